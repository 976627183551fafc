import { Slice } from "../../../assembly/bytes/slice";
import { ConnectionObserver } from "../../shared/session/observer";
import { Extension } from "../wire/extensions";
import { Mechanism } from "../../shared/wire/mechanisms";
import { Reply, ReplyClass } from "../wire/replies";
import { Verb } from "../wire/verbs";
import { Anomaly } from "./anomalies";
import { Message } from "./message";

/** Why a session ended (docs/smtp.md). */
export const enum EndReason {
  quit,
  client_close,
  server_close,
  server_421,
  greeting_rejected,
  upstream_unreachable,
  proxy_close,
  tls,
  not_smtp,
  desync,
}

/** What the hello that was last accepted made of the session. */
export const enum Dialect {
  smtp,
  esmtp,
  lmtp,
  none,
}

/** Why a session is passed on unread. */
export const enum OpaqueCause {
  starttls,
  tls_first,
  sasl,
  turn,
  not_smtp,
  desync,
  limit,
}

/** What became of the greeting. */
export const enum Greeting {
  success,
  transient,
  permanent,
  none,
  invalid,
}

/** How a transaction ended. */
export const enum Outcome {
  committed,
  partial,
  rejected,
  aborted,
  unknown,
}

/** Where a transaction was refused. */
export const enum Stage {
  mail,
  rcpt,
  data,
  eod,
}

/** What ended a transaction that was not refused. */
export const enum AbortCause {
  rset,
  hello,
  quit,
  client_close,
  server_close,
  starttls,
  opaque,
}

/** What became of a recipient. */
export const enum RecipientOutcome {
  accepted,
  rejected_4xx,
  rejected_5xx,
  unanswered,
}

/** How an AUTH exchange ended. */
export const enum AuthResult {
  success,
  failure,
  temporary,
  cancelled,
  aborted,
}

/** Steps on the way to TLS. */
export const enum TlsEvent {
  offered,
  requested,
  accepted,
  refused_4xx,
  refused_5xx,
  handshake_seen,
  alert_seen,
}

/** Caps that a session can reach. */
export const enum Cap {
  line,
  pipeline,
  limbo,
  metrics,
  sessions,
  memory,
}

/**
 * What a session reports, in the order in which it happened. Times are in nanoseconds. Every method does nothing by
 * default: statistics override all, a spec only what it looks at.
 */
export abstract class SmtpObserver extends ConnectionObserver {
  /** Whether the times of commands are wanted: otherwise the clock is not read for them. */
  timesCommands: bool = true;
  /** Whether `commandAddressed` is wanted. */
  wantsAddresses: bool = false;

  sessionStarted(): void {}
  /** Exactly once for each started session. `transactions`: how many it started. */
  sessionEnded(_reason: EndReason, _dialect: Dialect, _transactions: u32, _duration: u64): void {}
  /** Once per session: from here on it is passed unread. */
  becameOpaque(_cause: OpaqueCause): void {}
  /** Once per session. */
  greeted(_greeting: Greeting): void {}

  commandSent(_verb: Verb): void {}
  /** The address of a MAIL or RCPT that was sent, as it stands on the wire without its brackets. */
  commandAddressed(_address: Slice): void {}
  /** `depth`: replies outstanding with this command's own, at least 2. */
  commandPipelined(_depth: u32): void {}
  /** The final reply to a command, or the greeting to `connect`. */
  commandAnswered(_verb: Verb, _replyClass: ReplyClass, _code: i32): void {}
  /** `duration`: from the command to its reply; `service`: from the later of the command and the reply before. */
  commandTimed(_verb: Verb, _duration: u64, _service: u64): void {}
  /** The command that was just refused was a line without any word. */
  blankRefused(): void {}
  commandUnanswered(_verb: Verb): void {}
  /** Every complete reply; `hasStatus`: its enhanced status counts (rule 9). */
  replied(_reply: Reply, _hasStatus: bool): void {}
  repliedUnsolicited(_code: i32): void {}

  transactionStarted(): void {}
  transactionEnded(_outcome: Outcome, _duration: u64): void {}
  rejected(_stage: Stage, _replyClass: ReplyClass): void {}
  aborted(_cause: AbortCause): void {}
  recipient(_outcome: RecipientOutcome): void {}
  /** A per-recipient reply to the end of data (LMTP, PRDR). */
  delivered(_replyClass: ReplyClass): void {}
  /** A transaction accepted with MAIL FROM:<>. */
  nullSender(): void {}
  /** The end of data of a message was sent. `recipients`: those accepted, -1 outside a transaction. */
  messageSent(_message: Message, _recipients: i32): void {}
  /** From the go-ahead to the end of data. */
  dataTimed(_duration: u64): void {}
  /** From the end of data to its (first) reply. */
  commitTimed(_duration: u64): void {}
  /** A message in clear text, while STARTTLS was or was not offered. */
  sentInClear(_starttlsOffered: bool): void {}

  authAttempted(_mechanism: Mechanism): void {}
  authEnded(_mechanism: Mechanism, _result: AuthResult): void {}
  /** An exchange that went on beyond AUTH's own reply succeeded. */
  authContinued(): void {}
  /** A password sent in clear text. */
  authInClear(): void {}
  tls(_event: TlsEvent): void {}
  /** `offers`: the extensions of an accepted hello, as `bitOf` bits. */
  extensionsOffered(_offers: u32): void {}
  extensionUsed(_extension: Extension): void {}
  /** `version`: 1 or 2. */
  proxyPreamble(_version: i32): void {}

  anomaly(_kind: Anomaly): void {}
  limitReached(_cap: Cap): void {}
}
