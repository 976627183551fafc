import { bytesOf } from "../../../../assembly/testing";
import { adReasonOf, AD_REASONS, NO_AD_REASON } from "../adreasons";
import { ANOMALIES } from "../anomalies";
import { Control, CONTROL_COUNT, controlOf, CONTROLS, isOfRequest } from "../controlnames";
import { EXTENDED_NAMES, extendedNameOf, isSyncInfo, NOTICES, noticeOf } from "../extendednames";
import { baseOf, fingerprintOf, mechanismOf, MECHANISMS } from "../mechanisms";
import { SCOPES, SHAPES } from "../message";
import { answeredBy, expectsResponse, isResponse, Op, OPERATIONS, requestedBy } from "../operations";
import { classOf, isApiCode, RESULT_CLASSES } from "../results";

/** `name|OID` */
const OIDS: string[] = [
  "paged|1.2.840.113556.1.4.319",
  "sort|1.2.840.113556.1.4.473",
  "sort|1.2.840.113556.1.4.474",
  "vlv|2.16.840.1.113730.3.4.9",
  "vlv|2.16.840.1.113730.3.4.10",
  "persistent_search|2.16.840.1.113730.3.4.3",
  "persistent_search|2.16.840.1.113730.3.4.7",
  "sync|1.3.6.1.4.1.4203.1.9.1.1",
  "sync|1.3.6.1.4.1.4203.1.9.1.2",
  "sync|1.3.6.1.4.1.4203.1.9.1.3",
  "proxy_authz|2.16.840.1.113730.3.4.12",
  "proxy_authz|2.16.840.1.113730.3.4.18",
  "dirsync|1.2.840.113556.1.4.841",
  "authzid|2.16.840.1.113730.3.4.16",
  "authzid|2.16.840.1.113730.3.4.15",
  "manage_dsa_it|2.16.840.1.113730.3.4.2",
  "password_expired|2.16.840.1.113730.3.4.4",
  "password_expiring|2.16.840.1.113730.3.4.5",
  "ppolicy|1.3.6.1.4.1.42.2.27.8.5.1",
  "account_usable|1.3.6.1.4.1.42.2.27.9.5.8",
  "ger|1.3.6.1.4.1.42.2.27.9.5.2",
  "subentries|1.3.6.1.4.1.4203.1.10.1",
  "assertion|1.3.6.1.1.12",
  "pre_read|1.3.6.1.1.13.1",
  "post_read|1.3.6.1.1.13.2",
  "txn_spec|1.3.6.1.1.21.2",
  "dont_use_copy|1.3.6.1.1.22",
  "matched_values|1.2.826.0.1.3344810.2.3",
  "session_tracking|1.3.6.1.4.1.21008.108.63.1",
  "chaining|1.3.6.1.4.1.4203.666.11.3",
  "show_deleted|1.2.840.113556.1.4.417",
  "extended_dn|1.2.840.113556.1.4.529",
  "sd_flags|1.2.840.113556.1.4.801",
  "lazy_commit|1.2.840.113556.1.4.619",
  "tree_delete|1.2.840.113556.1.4.805",
  "permissive_modify|1.2.840.113556.1.4.1413",
  "domain_scope|1.2.840.113556.1.4.1339",
  "search_options|1.2.840.113556.1.4.1340",
  "asq|1.2.840.113556.1.4.1504",
  "quota|1.2.840.113556.1.4.1852",
  "range|1.2.840.113556.1.4.802",
  "policy_hints|1.2.840.113556.1.4.2239",
  "policy_hints|1.2.840.113556.1.4.2066",
  "show_recycled|1.2.840.113556.1.4.2064",
  "show_deactivated_link|1.2.840.113556.1.4.2065",
  "dirsync_ex|1.2.840.113556.1.4.2090",
  "notification|1.2.840.113556.1.4.528",
  "other|1.2.840.113556.1.4.320",
  "other|1.2.840.113556.1.4.0319",
  "other|1.2.840.113556.1.4.31900",
  "other|1.2.840.113556.1.4.",
  "other|1.2.840.113556.1.4.3a9",
  "other|2.16.840.1.113730.3.4.1",
  "other|1.3.6.1.4.1.4203.1.9.1",
  "other|1.3.6.1.1.13",
  "other|",
];

/** `class|codes` before a client is authenticated. */
const CLASSES: string[] = [
  "success|0 5 6",
  "continue|14",
  "referral|9 10",
  "security|1 7 8 13 48 49 50 123",
  "limit|3 4 11",
  "not_found|32",
  "invalid|2 12 16 17 18 19 20 21 33 34 36 54 60 61 64 65 66 67 68 69 70 71 76 118 119 120 121 122",
  "server|51 52 53 80",
  "unknown|-1 15 22 31 35 37 47 55 59 62 63 72 79 81 112 113 117 124 4096 16654",
];

/** `name|OID` */
const EXTENDED: string[] = [
  "starttls|1.3.6.1.4.1.1466.20037",
  "whoami|1.3.6.1.4.1.4203.1.11.3",
  "passwd_modify|1.3.6.1.4.1.4203.1.11.1",
  "cancel|1.3.6.1.1.8",
  "txn_start|1.3.6.1.1.21.1",
  "txn_end|1.3.6.1.1.21.3",
  "refresh|1.3.6.1.4.1.1466.101.119.1",
  "fast_bind|1.2.840.113556.1.4.1781",
  "batch|1.2.840.113556.1.4.2212",
  "other|1.3.6.1.4.1.1466.2003",
];

describe("Tables", () => {
  it("name every control", () => {
    for (let i = 0; i < OIDS.length; i++) {
      const pair = OIDS[i].split("|");
      expect(CONTROLS[controlOf(bytesOf(pair[1]))]).toBe(pair[0], OIDS[i]);
    }
    expect(CONTROLS.length).toBe(CONTROL_COUNT);
    expect(CONTROLS[Control.other]).toBe("other");
  });

  it("have a class for every code", () => {
    for (let i = 0; i < CLASSES.length; i++) {
      const pair = CLASSES[i].split("|");
      const codes = pair[1].split(" ");
      for (let j = 0; j < codes.length; j++) {
        expect(RESULT_CLASSES[classOf(<i32>parseInt(codes[j]), false)]).toBe(pair[0], codes[j]);
      }
    }
    expect(RESULT_CLASSES[classOf(1, true)]).toBe("server");
    expect(isApiCode(80) || isApiCode(113)).toBe(false);
    expect(isApiCode(81) && isApiCode(112)).toBe(true);
  });

  it("name extended operations and notices", () => {
    for (let i = 0; i < EXTENDED.length; i++) {
      const pair = EXTENDED[i].split("|");
      expect(EXTENDED_NAMES[extendedNameOf(bytesOf(pair[1]))]).toBe(pair[0], EXTENDED[i]);
    }
    expect(NOTICES[noticeOf(bytesOf("1.3.6.1.4.1.1466.20036"))]).toBe("disconnect");
    expect(NOTICES[noticeOf(bytesOf("1.3.6.1.1.21.4"))]).toBe("aborted_transaction");
    expect(NOTICES[noticeOf(bytesOf("1.3.6.1.1.21"))]).toBe("other");
    expect(isSyncInfo(bytesOf("1.3.6.1.4.1.4203.1.9.1.4"))).toBe(true);
  });

  it("name mechanisms, the case and -PLUS ignored", () => {
    const names =
      "GSSAPI GSS-SPNEGO External plain DIGEST-MD5 CRAM-MD5 NTLM SCRAM-SHA-1 SCRAM-SHA-256-PLUS " +
      "scram-sha-512-plus SRP OTP OAUTHBEARER X-FOO";
    const all = names.split(" ");
    expect(all.length).toBe(MECHANISMS.length);
    for (let i = 0; i < all.length; i++) expect(mechanismOf(baseOf(bytesOf(all[i])))).toBe(i, all[i]);
    expect(mechanismOf(bytesOf("LOGIN"))).toBe(MECHANISMS.length);
    expect(baseOf(bytesOf("-PLUS")).length).toBe(5);
    expect(fingerprintOf(bytesOf("X-Foo"))).toBe(fingerprintOf(bytesOf("x-fOO")));
    expect(fingerprintOf(bytesOf("X-Foo")) == fingerprintOf(bytesOf("x-bar"))).toBe(false);
  });

  it("tell operations by their tags", () => {
    const requests: i32[] = [0x60, 0x42, 0x63, 0x66, 0x68, 0x4a, 0x6c, 0x6e, 0x50, 0x77, 0x62];
    for (let i = 0; i < requests.length; i++) expect(requestedBy(requests[i])).toBe(i);
    expect(OPERATIONS.length).toBe(requests.length);
    const responses: i32[] = [0x61, 0x64, 0x73, 0x65, 0x67, 0x69, 0x6b, 0x6d, 0x6f, 0x78, 0x79];
    for (let i = 0; i < responses.length; i++) expect(isResponse(responses[i])).toBe(true);
    expect(answeredBy(0x79)).toBe(Op.unknown);
    expect(isResponse(0x60)).toBe(false);
    expect(expectsResponse(Op.unbind) || expectsResponse(Op.abandon)).toBe(false);
    expect(expectsResponse(Op.unknown)).toBe(true);
  });

  it("tell the controls that keep a search open from what servers answer to them", () => {
    expect(isOfRequest(Control.persistent_search, bytesOf("2.16.840.1.113730.3.4.3"))).toBe(true);
    expect(isOfRequest(Control.persistent_search, bytesOf("2.16.840.1.113730.3.4.7"))).toBe(false);
    expect(isOfRequest(Control.sync, bytesOf("1.3.6.1.4.1.4203.1.9.1.1"))).toBe(true);
    expect(isOfRequest(Control.sync, bytesOf("1.3.6.1.4.1.4203.1.9.1.2"))).toBe(false);
    expect(isOfRequest(Control.notification, bytesOf("1.2.840.113556.1.4.528"))).toBe(true);
  });

  it("find Active Directory's reason wherever it is", () => {
    for (let i = 0; i < AD_REASONS.length - 1; i++) {
      expect(adReasonOf(bytesOf("error, data " + AD_REASONS[i] + ", v1"), false)).toBe(i);
      expect(adReasonOf(bytesOf("data " + AD_REASONS[i]), false)).toBe(i);
    }
    expect(adReasonOf(bytesOf("data 0"), false)).toBe(AD_REASONS.length - 1);
    expect(adReasonOf(bytesOf("data data 52e"), false)).toBe(0);
    expect(adReasonOf(bytesOf("metadata 52e"), false)).toBe(NO_AD_REASON);
    expect(adReasonOf(bytesOf("data 52ex"), false)).toBe(NO_AD_REASON);
    expect(adReasonOf(bytesOf("data 52e"), true)).toBe(NO_AD_REASON);
    expect(adReasonOf(bytesOf("data 52e,"), true)).toBe(0);
    expect(adReasonOf(bytesOf("data ,"), false)).toBe(NO_AD_REASON);
    expect(adReasonOf(bytesOf("data "), false)).toBe(NO_AD_REASON);
    expect(adReasonOf(bytesOf(""), false)).toBe(NO_AD_REASON);
  });

  it("have as many names as values", () => {
    expect(ANOMALIES.length).toBe(24);
    expect(SCOPES.length).toBe(5);
    expect(SHAPES.length).toBe(12);
  });
});
