import type { Books } from "../balance.ts";

/** What else has to be true of all sessions together once they are closed, beside the invariants of the design. */
export function smtpRules(books: Books): void {
  sessions(books);
  transactions(books);
  if (books.has("session_duration_us")) standardSamples(books);
  if (books.has("command_service_us")) highSamples(books);
}

function sessions(books: Books): void {
  const of = (metric: string, pairs?: string): number => books.of(metric, pairs);
  books.equal("a result per AUTH", of("auth_attempts_total"), of("auth_results_total"));
  books.equal(
    "an attempt per AUTH command",
    of("auth_attempts_total"),
    of("commands_total", "verb.auth") + of("commands_total", "verb.x_exps"),
  );
  books.equal("greetings", of("greetings_total"), of("sessions_total"));
  books.atMost("opaque sessions", of("opaque_sessions_total"), of("sessions_total"));
  books.equal(
    "a handshake per session of TLS",
    of("tls_total", "event.handshake_seen"),
    of("opaque_sessions_total", "cause.starttls") + of("opaque_sessions_total", "cause.tls_first"),
  );
  books.equal(
    "a request per STARTTLS",
    of("tls_total", "event.requested"),
    of("commands_total", "verb.starttls") + of("commands_total", "verb.x_anonymoustls"),
  );
  books.equal(
    "an answer to each STARTTLS",
    of("tls_total", "event.accepted") +
      of("tls_total", "event.refused_4xx") +
      of("tls_total", "event.refused_5xx"),
    of("replies_total", "verb.starttls") + of("replies_total", "verb.x_anonymoustls"),
  );
  books.atMost(
    "anomalies once per session",
    of("anomalies_total", "kind.early_talker"),
    of("sessions_total"),
  );
  books.equal("unknown commands", of("anomalies_total", "kind.unknown_command"), answeredOthers(books));
}

function transactions(books: Books): void {
  const of = (metric: string, pairs?: string): number => books.of(metric, pairs);
  books.equal(
    "a refusal per refused MAIL",
    of("transaction_rejections_total", "stage.mail.class.4xx"),
    of("replies_total", "verb.mail.class.4xx") + of("replies_total", "verb.send.class.4xx"),
  );
  books.equal(
    "a transaction per accepted MAIL",
    of("transactions_started_total"),
    of("replies_total", "verb.mail.class.2xx") + of("replies_total", "verb.send.class.2xx"),
  );
  books.equal(
    "an accepted recipient per accepted RCPT",
    of("recipients_total", "outcome.accepted"),
    of("replies_total", "verb.rcpt.class.2xx"),
  );
  books.equal(
    "an unanswered recipient per unanswered RCPT",
    of("recipients_total", "outcome.unanswered"),
    of("commands_unanswered_total", "verb.rcpt"),
  );
  books.atMost(
    "a message per end of data",
    of("messages_total", "mode.data"),
    of("commands_total", "verb.eod"),
  );
  books.atMost("a message per BDAT", of("messages_total", "mode.bdat"), of("commands_total", "verb.bdat"));
  books.atMost("a message per BURL", of("messages_total", "mode.burl"), of("commands_total", "verb.burl"));
  books.atMost(
    "a transaction committed per message",
    of("transactions_total", "outcome.committed") + of("transactions_total", "outcome.partial"),
    of("messages_total"),
  );
  books.atMost("a commit per answered end of data", of("commit_duration_us"), of("messages_total"));
}

/** How many samples the distributions must have where the verbosity has them. */
function standardSamples(books: Books): void {
  const of = (metric: string, pairs?: string): number => books.of(metric, pairs);
  books.equal("a duration per session", of("session_duration_us"), of("session_ends_total"));
  books.equal("transactions per session", of("session_transactions"), of("session_ends_total"));
  for (const verb of TIMED) {
    books.equal(`a duration per ${verb}`, of("command_duration_us", verb), of("replies_total", verb));
  }
  books.equal(
    "transactions of sessions",
    books.total("session_transactions"),
    of("transactions_started_total"),
  );
  books.equal("a duration per transaction", of("transaction_duration_us"), of("transactions_total"));
  books.equal(
    "a size per message",
    of("message_bytes"),
    of("messages_total", "mode.data") + of("messages_total", "mode.bdat"),
  );
  books.atMost("cleartext messages", of("cleartext_messages_total"), of("messages_total"));
  books.atMost("a sample of recipients per message", of("transaction_recipients"), of("messages_total"));
  books.atMost("time for data per message", of("data_duration_us"), of("messages_total", "mode.data"));
  const replies = of("replies_total") + of("replies_unsolicited_total");
  books.atMost("a code per reply", replies - of("greetings_total", "class.invalid"), of("reply_codes_total"));
  books.atMost(
    "no code without a reply",
    of("reply_codes_total"),
    replies + of("deliveries_total") + of("reply_codes_total", "code.353"),
  );
}

function highSamples(books: Books): void {
  const of = (metric: string, pairs?: string): number => books.of(metric, pairs);
  books.equal(
    "a service time per answered command",
    of("command_service_us"),
    of("replies_total") - of("replies_total", "verb.connect"),
  );
  books.equal("codes of answers", of("command_reply_codes_total"), of("replies_total"));
  books.equal("results by mechanism", of("auth_mechanism_results_total"), of("auth_results_total"));
  books.equal("declared sizes", of("size_declarations_total"), of("message_bytes"));
  books.equal("sizes on the wire", of("message_wire_bytes"), of("message_bytes"));
}

/** `unknown_command` counts at most 1,000 in a session. */
function answeredOthers(books: Books): number {
  const answered = books.of("replies_total", "verb.other");
  const counted = books.of("anomalies_total", "kind.unknown_command");
  return counted < answered && counted >= MAX_PER_KIND ? counted : answered;
}

const MAX_PER_KIND = 1_000;

/** Verbs whose durations are told apart (metrics.md); a greeting that is none has no duration. */
const TIMED = "helo ehlo lhlo mail rcpt data eod bdat auth starttls rset vrfy"
  .split(" ")
  .map((verb) => `verb.${verb}`);
