import { words } from "../../../assembly/bytes/words";

/** What is worth an operator's look (label `kind`; when exactly: docs/pop3.md, "Anomalies"), in the order of `ANOMALIES`. */
export const enum Anomaly {
  bare_lf_command,
  bare_lf_reply,
  bare_cr,
  nul,
  long_command,
  long_reply,
  auth_line_too_long,
  eight_bit_without_utf8,
  eod_ambiguous,
  reply_invalid,
  reply_unmatched,
  early_talker,
  pipeline_not_offered,
  starttls_command_injection,
  starttls_response_injection,
  starttls_stripped_suspected,
  wrong_state,
  login_twice,
  unknown_command,
  tls_to_cleartext,
  http_to_pop3,
  fifo_overflow,
  desync,
}

/** Label values of `Anomaly`, by its number. */
export const ANOMALIES: string[] = words(`
  bare_lf_command bare_lf_reply bare_cr nul long_command long_reply auth_line_too_long
  eight_bit_without_utf8 eod_ambiguous reply_invalid reply_unmatched early_talker
  pipeline_not_offered starttls_command_injection starttls_response_injection
  starttls_stripped_suspected wrong_state login_twice unknown_command tls_to_cleartext
  http_to_pop3 fifo_overflow desync
`);

/** Kinds that count once per session, as bits. */
const ONCE: u64 =
  ((<u64>1) << Anomaly.early_talker) |
  ((<u64>1) << Anomaly.pipeline_not_offered) |
  ((<u64>1) << Anomaly.starttls_command_injection) |
  ((<u64>1) << Anomaly.starttls_response_injection) |
  ((<u64>1) << Anomaly.starttls_stripped_suspected) |
  ((<u64>1) << Anomaly.http_to_pop3) |
  ((<u64>1) << Anomaly.tls_to_cleartext) |
  ((<u64>1) << Anomaly.fifo_overflow) |
  ((<u64>1) << Anomaly.desync);

/** Whether one occurrence of this kind counts per session, and no more. */
export function countsOnce(kind: Anomaly): bool {
  return ((ONCE >> (<u64>kind)) & 1) != 0;
}
