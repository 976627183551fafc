import { words } from "../../../assembly/bytes/words";

/** What is worth an operator's look (label `kind`; when exactly: docs/ldap.md, rules 3–5, 19), in the order of `ANOMALIES`. */
export const enum Anomaly {
  /** A length in more octets than it needs, except where the whole message is written that way. */
  nonminimal_length,
  /** More than four octets of length (X.690 §8.1.3.5). */
  len_octets_gt4,
  /** The indefinite form of length, which RFC 4511 §5.1 forbids. */
  indefinite,
  zero_length,
  /** An element that is longer than what it is in, or that is not there. */
  child_overrun,
  /** Elements behind the operation that are not its controls. */
  trailing_bytes,
  /** Another element than the grammar has there. */
  bad_tag,
  /** A string in pieces, which RFC 4511 §5.1 forbids. */
  constructed_string,
  msgid_zero,
  msgid_negative,
  /** A message ID in more than four octets. */
  msgid_wide,
  response_from_client,
  request_from_server,
  unknown_op,
  /** A response of another kind than the operation that it answers. */
  op_mismatch,
  version_not_3,
  filter_too_deep,
  pdu_too_big,
  /** A code that exists only inside client libraries (81–112). */
  api_code_on_wire,
  after_unbind,
  tls_on_plain,
  http_on_ldap,
  /** A request under the ID of one that is still outstanding. */
  duplicate_msgid,
  /** A message ID beyond 32 bits with sign. */
  msgid_out_of_range,
}

/** Label values of `Anomaly`, by its number. */
export const ANOMALIES: string[] = words(`
  nonminimal_length len_octets_gt4 indefinite zero_length child_overrun trailing_bytes bad_tag
  constructed_string msgid_zero msgid_negative msgid_wide response_from_client request_from_server
  unknown_op op_mismatch version_not_3 filter_too_deep pdu_too_big api_code_on_wire after_unbind
  tls_on_plain http_on_ldap duplicate_msgid msgid_out_of_range
`);

/** No anomaly, where one is held as a number. */
export const NO_ANOMALY: i32 = -1;
