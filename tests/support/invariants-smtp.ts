import type { Statement } from "../../host/testing/invariants.ts";

/** For every verb but the greeting: what was sent was answered, is outstanding, or will never be answered. */
const VERBS =
  "helo ehlo lhlo mail rcpt data eod bdat rset quit noop vrfy expn help auth auth_response starttls etrn turn burl " +
  "xclient xforward x_exps x_anonymoustls xexch50 send other";

export const SMTP: readonly Statement[] = [
  ["no filter errors", "filter_errors_total = 0"],
  ["opaque bytes are bytes of the client", "bytes_total{from=client} >= opaque_bytes_total{from=client}"],
  ["opaque bytes are bytes of the server", "bytes_total{from=server} >= opaque_bytes_total{from=server}"],

  ["sessions end once", "sessions_total = session_ends_total + sessions_active"],
  ["no session stays active", "sessions_active -> 0"],
  ["a dialect per ended session", "session_ends_total = session_dialects_total"],
  ["a greeting per session", "sessions_total -> greetings_total"],
  [
    "an answer per session's greeting",
    "sessions_total -> replies_total{verb=connect} + commands_unanswered_total{verb=connect}",
  ],
  ...VERBS.split(" ").map((verb): Statement => {
    const both = `replies_total{verb=${verb}} + commands_unanswered_total{verb=${verb}}`;
    return [`an answer per ${verb}`, `commands_total{verb=${verb}} -> ${both}`];
  }),

  ["no transaction stays active", "transactions_active -> 0"],
  ["transactions end once", "transactions_started_total = transactions_total + transactions_active"],
  [
    "a stage per rejected transaction",
    "transactions_total{outcome=rejected} = transaction_rejections_total{stage!=mail}",
  ],
  ["a cause per aborted transaction", "transactions_total{outcome=aborted} = transaction_aborts_total"],
  ["an outcome per RCPT", "commands_total{verb=rcpt} -> recipients_total"],
];
