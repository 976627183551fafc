import type { Books } from "../balance.ts";

/** What else has to be true of all sessions together once they are closed, beside the invariants of the design. */
export function pop3Rules(books: Books): void {
  const of = (metric: string, pairs?: string): number => books.of(metric, pairs);
  books.equal("greetings", of("greetings_total"), of("sessions_total"));
  books.atMost("opaque sessions", of("opaque_sessions_total"), of("sessions_total"));
  books.equal(
    "sessions unread at the end",
    of("session_outcomes_total", "outcome.unread"),
    of("opaque_sessions_total"),
  );
  books.equal(
    "a handshake per session of TLS",
    of("tls_total", "event.handshake_seen"),
    of("opaque_sessions_total", "cause.stls") + of("opaque_sessions_total", "cause.tls_first"),
  );
  books.equal("a request per STLS", of("tls_total", "event.requested"), of("commands_total", "verb.stls"));
  books.equal(
    "an answer to each STLS",
    of("tls_total", "event.accepted") + of("tls_total", "event.refused"),
    of("replies_total", "verb.stls"),
  );
  books.equal("refused messages", of("retrievals_total", "outcome.refused"), refused(books));
  books.equal(
    "messages that did not come whole",
    of("retrievals_total", "outcome.interrupted") + of("retrievals_total", "outcome.unanswered"),
    of("commands_unanswered_total", "verb.retr"),
  );
  books.atMost(
    "an attempt per login",
    of("auth_attempts_total", "mechanism.user_pass"),
    of("commands_total", "verb.pass"),
  );
  books.equal(
    "an attempt per APOP",
    of("auth_attempts_total", "mechanism.apop"),
    of("commands_total", "verb.apop"),
  );
  if (books.has("session_duration_us")) standardSamples(books);
  if (books.has("command_service_us")) highSamples(books);
}

function refused(books: Books): number {
  return books.of("replies_total", "verb.retr") - books.of("replies_total", "verb.retr.class.ok");
}

/** How many samples the distributions must have where the verbosity has them. */
function standardSamples(books: Books): void {
  const of = (metric: string, pairs?: string): number => books.of(metric, pairs);
  books.equal("a duration per session", of("session_duration_us"), of("session_ends_total"));
  books.equal("retrievals per session", of("session_retrievals"), of("session_ends_total"));
  books.equal(
    "retrievals of sessions",
    books.total("session_retrievals"),
    of("retrievals_total", "outcome.complete"),
  );
  for (const verb of TIMED) {
    books.equal(`a duration per ${verb}`, of("command_duration_us", verb), of("replies_total", verb));
  }
  books.equal("a maildrop has both", of("maildrop_messages"), of("maildrop_bytes"));
  books.atMost("a maildrop per STAT", of("maildrop_messages"), of("replies_total", "verb.stat.class.ok"));
}

function highSamples(books: Books): void {
  const of = (metric: string, pairs?: string): number => books.of(metric, pairs);
  books.equal(
    "a service time per answered command",
    of("command_service_us"),
    of("replies_total") - of("replies_total", "verb.connect"),
  );
  books.equal("codes by command", of("command_error_codes_total"), of("error_codes_total"));
  books.equal("sizes on the wire", of("message_wire_bytes"), of("message_bytes"));
}

/** Verbs whose durations are told apart; a greeting that is none has no duration. */
const TIMED = "user pass apop auth auth_response stls capa stat list uidl retr top dele rset quit"
  .split(" ")
  .map((verb) => `verb.${verb}`);
