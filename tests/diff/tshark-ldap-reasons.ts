// Why tshark 4.0 and the filter read some connections of LDAP differently.

import { counts, type Reason } from "./books.ts";
import { LDAP_ROWS } from "./tshark-ldap-rows.ts";

const isOddOperation = counts("anomalies_total", { kind: "unknown_op" }, { kind: "request_from_server" });

/** By a word for it. */
export const LDAP_REASONS: Readonly<Record<string, Reason>> = {
  opaque: {
    says: "The filter has stopped reading (lost sync, TLS, a sealed layer) and says so; tshark tries on",
    when: counts("opaque_connections_total"),
    explained: LDAP_ROWS.opaque,
  },
  layer: {
    says: "Messages in buffers of a SASL layer: tshark reads them only behind a token that it takes for a whole one of Kerberos or NTLM",
    when: counts("sasl_buffers_total"),
    explained: LDAP_ROWS.layer,
  },
  starttls: {
    says: "StartTLS: tshark turns to TLS at a success, whichever request that answers and whatever follows",
    when: counts("starttls_total", { event: "requested" }),
    explained: LDAP_ROWS.starttls,
  },
  notices: {
    says: "A notice answers no request: tshark counts it as a response, the filter on its own",
    when: counts("unsolicited_total"),
    explained: LDAP_ROWS.notices,
  },
  unmatched: {
    says: "A response that comes late, twice or to nothing: to tshark a response, to the filter one that answers nothing",
    when: counts("responses_unmatched_total"),
    explained: LDAP_ROWS.unmatched,
  },
  kinds: {
    says: "A response of another kind than its request: tshark counts it by its tag, the filter by what it answers",
    when: counts("anomalies_total", { kind: "op_mismatch" }),
    explained: LDAP_ROWS.kinds,
  },
  tags: {
    says: "Operations that there are none of, or from the wrong side: tshark shows no operation for an unknown tag, and does not mind a primitive one for a constructed one",
    when: isOddOperation,
    explained: LDAP_ROWS.tags,
  },
  ids: {
    says: "Message IDs that are negative or too wide: tshark takes them for unsigned and cuts them to 32 bits",
    when: counts("anomalies_total", { kind: "msgid_negative" }, { kind: "msgid_wide" }),
    explained: LDAP_ROWS.ids,
  },
  codes: {
    says: "Result codes that are negative or missing: tshark takes a negative one for unsigned",
    when: counts("anomalies_total", { kind: "bad_tag" }),
    explained: LDAP_ROWS.codes,
  },
  preamble: {
    says: "Behind a PROXY preamble tshark finds no LDAP",
    when: counts("proxy_preambles_total"),
    explained: LDAP_ROWS.preamble,
  },
};
