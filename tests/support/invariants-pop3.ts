import type { Statement } from "../../host/testing/invariants.ts";

/** For every verb but the greeting: what was sent was answered, is outstanding, or will never be answered. */
const VERBS =
  "user pass apop auth auth_response stls capa utf8 lang stat list uidl retr top dele noop rset quit other";

export const POP3: readonly Statement[] = [
  ["no filter errors", "filter_errors_total = 0"],
  ["opaque bytes are bytes of the client", "bytes_total{from=client} >= opaque_bytes_total{from=client}"],
  ["opaque bytes are bytes of the server", "bytes_total{from=server} >= opaque_bytes_total{from=server}"],
  ["lines are bytes of the server", "bytes_total{from=server} >= response_bytes_total"],

  ["sessions end once", "sessions_total = session_ends_total + sessions_active"],
  ["no session stays active", "sessions_active -> 0"],
  ["an outcome per ended session", "session_ends_total = session_outcomes_total"],
  ["a greeting per session", "sessions_total -> greetings_total"],
  [
    "an answer per session's greeting",
    "sessions_total -> replies_total{verb=connect} + commands_unanswered_total{verb=connect}",
  ],
  ...VERBS.split(" ").map((verb): Statement => {
    const both = `replies_total{verb=${verb}} + commands_unanswered_total{verb=${verb}}`;
    return [`an answer per ${verb}`, `commands_total{verb=${verb}} -> ${both}`];
  }),
  ["a code per -ERR", "error_codes_total = replies_total{class=err}"],

  ["a result per login", "auth_attempts_total -> auth_results_total"],
  ["a result per mechanism", "auth_results_total = auth_mechanism_results_total"],
  ["passwords in clear are logins", "auth_attempts_total >= auth_cleartext_total"],

  ["an outcome per RETR", "commands_total{verb=retr} -> retrievals_total"],
  ["a message per complete RETR", "retrievals_total{outcome=complete} = message_bytes"],
  ["octets of a message are lines of RETR", "response_bytes_total{verb=retr} >= message_bytes:sum"],
  ["a time per complete RETR", "retrievals_total{outcome=complete} = retrieval_duration_us"],
  ["messages in clear are messages", "retrievals_total{outcome=complete} >= cleartext_messages_total"],

  ["a mark per accepted DELE", "replies_total{verb=dele,class=ok} = deletions_started_total"],
  ["deletions end once", "deletions_started_total = deletions_total + deletions_pending"],
  ["no deletion stays pending", "deletions_pending -> 0"],
];
