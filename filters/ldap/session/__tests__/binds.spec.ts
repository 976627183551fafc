import {
  chars,
  extended,
  int,
  msg,
  result,
  saslBind,
  search,
  simpleBind,
  STARTTLS,
  str,
  Talk,
  tlv,
} from "../../__tests__/support";

const talk = new Talk();
/** What matters of binds. */
const BINDS: string = "bind mechanism bound in-clear ad anomaly answered";
const AD_TEXT: string =
  "80090308: LdapErr: DSID-0C090446, comment: AcceptSecurityContext error, data 52e, v1db1";

/** A Sicily bind: the choice's tag and its token. */
function sicily(id: i32, tag: string, token: string): string {
  return msg(id, tlv("60", int(3) + str("NTLM") + tlv(tag, token)));
}

/** Credentials of SASL, as an OCTET STRING. */
function credentials(text: string): string {
  return tlv("04", chars(text));
}

beforeEach(() => {
  talk.around.encrypted = false;
  talk.around.time = 1_000;
  talk.around.questions = 0;
  talk.recorder.wantsNames = false;
  talk.begin();
  talk.events();
});

afterEach(() => {
  talk.close();
});

describe("Binds", () => {
  it("are told by what proves the client", () => {
    talk.client(simpleBind(1, "", "") + simpleBind(2, "cn=a", "") + simpleBind(3, "cn=a", "x"));
    talk.client(simpleBind(4, "", "x") + saslBind(5, "EXTERNAL") + simpleBind(6, "", "", 2));
    talk.client(msg(7, tlv("60", int(3) + str("cn=a") + tlv("81", "00"))));
    talk.client(msg(8, tlv("60", int(4) + str("cn=a") + tlv("80", ""))));
    expect(talk.events(BINDS)).toBe(
      "bind anonymous; bind unauthenticated; bind simple; in-clear simple; bind simple; in-clear simple; bind sasl; " +
        "mechanism external; anomaly version_not_3; bind v2; bind other; anomaly version_not_3; bind unauthenticated",
    );
  });

  it("end with a result", () => {
    let requests = "";
    let responses = "";
    const codes: i32[] = [0, 49, 8, 13, 48, 2, 53, 32];
    for (let i = 0; i < codes.length; i++) {
      requests += simpleBind(i + 1, "", "");
      responses += result(i + 1, "61", codes[i]);
    }
    talk.client(requests);
    talk.events();
    talk.around.time = 1_500;
    talk.server(responses);
    expect(talk.events("bound")).toBe(
      "bound anonymous success 500; bound anonymous invalid_credentials 500; bound anonymous stronger_auth 500; " +
        "bound anonymous confidentiality 500; bound anonymous inappropriate_auth 500; " +
        "bound anonymous protocol_error 500; bound anonymous unwilling 500; bound anonymous other 500",
    );
  });

  it("of several steps are one exchange", () => {
    talk.client(saslBind(1, "GSSAPI", credentials("a")));
    talk.around.time = 2_000;
    talk.server(result(1, "61", 14, tlv("87", "00")));
    talk.client(saslBind(2, "gssapi", credentials("b")));
    talk.server(result(2, "61", 14, "8700"));
    talk.client(saslBind(3, "", credentials("c")));
    talk.around.time = 3_000;
    talk.server(result(3, "61", 0));
    expect(talk.events(BINDS)).toBe(
      "bind sasl; mechanism gssapi; answered bind continue 14; answered bind continue 14; " +
        "answered bind success 0; bound sasl success 2000",
    );
  });

  it("begin anew with another mechanism, after a result, or by another method", () => {
    talk.client(saslBind(1, "SCRAM-SHA-256-PLUS"));
    talk.server(result(1, "61", 14));
    talk.client(saslBind(2, "DIGEST-MD5"));
    talk.server(result(2, "61", 14));
    talk.client(saslBind(3, "X-ONE"));
    talk.server(result(3, "61", 14));
    talk.client(saslBind(4, "X-TWO"));
    talk.server(result(4, "61", 14));
    talk.client(simpleBind(5, "", ""));
    talk.server(result(5, "61", 0));
    talk.client(saslBind(6, "X-TWO"));
    talk.server(result(6, "61", 49));
    talk.client(saslBind(7, ""));
    expect(talk.events("bind mechanism bound")).toBe(
      "bind sasl; mechanism scram_sha_256; bind sasl; mechanism digest_md5; bind sasl; mechanism other; " +
        "bind sasl; mechanism other; bind anonymous; bound anonymous success 0; bind sasl; mechanism other; " +
        "bound sasl invalid_credentials 0; bind sasl; mechanism other",
    );
  });

  it("of Sicily answer their first steps with 0", () => {
    talk.client(sicily(1, "89", ""));
    talk.server(result(1, "61", 0));
    talk.client(sicily(2, "8a", "4e544c"));
    talk.server(result(2, "61", 0));
    talk.client(sicily(3, "8b", "4e544c"));
    talk.server(result(3, "61", 0));
    expect(talk.events(BINDS)).toBe(
      "bind sicily; answered bind success 0; answered bind success 0; answered bind success 0; bound sicily success 0",
    );
    talk.client(sicily(4, "8a", "00"));
    talk.server(result(4, "61", 0));
    talk.client(sicily(5, "8a", "00"));
    talk.server(result(5, "61", 49));
    expect(talk.events("bind bound")).toBe("bind sicily; bind sicily; bound sicily invalid_credentials 0");
  });

  it("that ask for more though they cannot are over", () => {
    talk.client(simpleBind(1, "", ""));
    talk.server(result(1, "61", 14));
    expect(talk.events("bound")).toBe("bound anonymous other 0");
  });

  it("tell why Active Directory refused", () => {
    talk.client(simpleBind(1, "a", "b") + simpleBind(2, "a", "b") + simpleBind(3, "a", "b") + search(4));
    talk.server(result(1, "61", 49, "", AD_TEXT) + result(2, "61", 49, "", "comment: data ZZZ, DATA 775"));
    talk.server(result(3, "61", 53, "", AD_TEXT) + result(4, "65", 49, "", AD_TEXT));
    expect(talk.events("ad")).toBe("ad 52e");
    talk.client(simpleBind(5, "a", "b") + simpleBind(6, "a", "b") + simpleBind(7, "a", "b"));
    talk.server(result(5, "61", 49, "", "data 999, v1") + result(6, "61", 49, "", "x data 52E"));
    talk.server(result(7, "61", 49, "", "x".repeat(160) + "data 52e"));
    expect(talk.events("ad")).toBe("ad other; ad 52e");
  });

  it("send passwords in clear text", () => {
    talk.client(saslBind(1, "PLAIN", tlv("04", "00" + chars("u") + "00" + chars("p"))));
    talk.client(saslBind(2, "PLAIN", tlv("04", "00" + chars("u") + "00")));
    talk.client(saslBind(3, "PLAIN"));
    talk.server(result(3, "61", 14));
    talk.client(saslBind(4, "", tlv("04", chars("z") + "00" + chars("u") + "00" + chars("p"))));
    expect(talk.events("in-clear")).toBe("in-clear sasl_plain; in-clear sasl_plain");
    talk.close();
    talk.begin();
    talk.client(saslBind(1, "LOGIN"));
    talk.server(result(1, "61", 14));
    talk.client(saslBind(2, "LOGIN", credentials("u")));
    talk.server(result(2, "61", 14));
    talk.client(saslBind(3, "LOGIN", credentials("p")));
    expect(talk.events("in-clear mechanism")).toBe("mechanism other; in-clear sasl_login");
  });

  it("are not in clear where the proxy ends TLS, or StartTLS was accepted", () => {
    talk.around.encrypted = true;
    talk.client(simpleBind(1, "a", "b") + simpleBind(2, "a", "b"));
    expect(talk.events("in-clear")).toBe("");
    expect(talk.around.questions).toBe(1);
    talk.close();
    talk.around.encrypted = false;
    talk.begin();
    talk.client(extended(1, STARTTLS));
    talk.server(result(1, "78", 0));
    talk.client(simpleBind(2, "a", "b"));
    expect(talk.events("in-clear starttls")).toBe(
      "starttls requested; starttls accepted; starttls continued_in_clear",
    );
  });

  it("show their name only where it is wanted", () => {
    talk.client(simpleBind(1, "cn=a,dc=t", "x"));
    talk.recorder.wantsNames = true;
    talk.client(simpleBind(2, "cn=b,dc=t", "x") + simpleBind(3, "", "") + simpleBind(4, "c".repeat(400), ""));
    expect(talk.events("named")).toBe("named cn=b,dc=t; named " + "c".repeat(320));
  });

  it("may be pipelined, and earlier ones stay", () => {
    talk.client(simpleBind(1, "", "") + simpleBind(2, "a", "b"));
    talk.server(result(2, "61", 0) + result(1, "61", 49));
    expect(talk.events("bound end")).toBe(
      "bound simple success 0; end bind answered; bound anonymous invalid_credentials 0; end bind answered",
    );
  });
});
