import { words } from "../../../assembly/bytes/words";

/** What is worth an operator's look (label `kind`; when exactly: docs/smtp.md, "Anomalies"), in the order of `ANOMALIES`. */
export const enum Anomaly {
  bare_lf_command,
  bare_lf_body,
  bare_cr,
  nul,
  long_command,
  long_reply,
  eight_bit_without_smtputf8,
  reply_code_invalid,
  reply_code_mixed,
  reply_unmatched,
  multiline_reply_too_long,
  enhanced_class_mismatch,
  early_talker,
  pipeline_not_offered,
  pipeline_bad_order,
  data_before_354,
  body_as_commands,
  eod_ambiguous,
  eod_noncanonical_accepted,
  smuggling_suspected,
  starttls_command_injection,
  starttls_response_injection,
  starttls_stripped_suspected,
  bdat_invalid_size,
  bdat_after_last,
  bdat_data_mix,
  bdat_not_offered,
  nested_mail,
  rcpt_before_mail,
  data_before_rcpt,
  auth_in_transaction,
  auth_twice,
  auth_line_too_long,
  unknown_command,
  dialect_mismatch,
  tls_to_cleartext,
  http_to_smtp,
  limbo_overflow,
  fifo_overflow,
  desync,
}

/** Label values of `Anomaly`, by its number. */
export const ANOMALIES: string[] = words(`
  bare_lf_command bare_lf_body bare_cr nul long_command long_reply eight_bit_without_smtputf8
  reply_code_invalid reply_code_mixed reply_unmatched multiline_reply_too_long
  enhanced_class_mismatch early_talker pipeline_not_offered pipeline_bad_order data_before_354
  body_as_commands eod_ambiguous eod_noncanonical_accepted smuggling_suspected
  starttls_command_injection starttls_response_injection starttls_stripped_suspected
  bdat_invalid_size bdat_after_last bdat_data_mix bdat_not_offered nested_mail
  rcpt_before_mail data_before_rcpt auth_in_transaction auth_twice auth_line_too_long
  unknown_command dialect_mismatch tls_to_cleartext http_to_smtp limbo_overflow fifo_overflow
  desync
`);

/** Kinds that count once per session, as bits. */
const ONCE: u64 =
  ((<u64>1) << Anomaly.early_talker) |
  ((<u64>1) << Anomaly.starttls_command_injection) |
  ((<u64>1) << Anomaly.starttls_response_injection) |
  ((<u64>1) << Anomaly.http_to_smtp) |
  ((<u64>1) << Anomaly.tls_to_cleartext) |
  ((<u64>1) << Anomaly.dialect_mismatch) |
  ((<u64>1) << Anomaly.limbo_overflow) |
  ((<u64>1) << Anomaly.fifo_overflow) |
  ((<u64>1) << Anomaly.desync);

/** Whether one occurrence of this kind counts per session, and no more. */
export function countsOnce(kind: Anomaly): bool {
  return ((ONCE >> (<u64>kind)) & 1) != 0;
}
