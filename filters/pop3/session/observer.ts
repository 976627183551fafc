import { Slice } from "../../../assembly/bytes/slice";
import { ConnectionObserver } from "../../shared/session/observer";
import { Login } from "../wire/logins";
import { Code, Status } from "../wire/replies";
import { Verb } from "../wire/verbs";
import { Anomaly } from "./anomalies";

/** Why a session ended (docs/pop3.md). */
export const enum EndReason {
  quit,
  client_close,
  server_close,
  server_err,
  greeting_rejected,
  upstream_unreachable,
  proxy_close,
  tls,
  not_pop3,
  desync,
}

/** What a session came to. */
export const enum Outcome {
  /** Nobody asked to be let in. */
  anonymous,
  /** Nobody was let in. */
  failed,
  /** Logged in, and no QUIT was answered: the server did not enter the UPDATE state (RFC 1939 §6). */
  unfinished,
  /** Logged in, and QUIT was answered +OK. */
  updated,
  /** Logged in, and QUIT was answered -ERR: not all that was marked is deleted. */
  incomplete,
  /** Passed unread at the end. */
  unread,
}

/** Why a session is passed on unread. */
export const enum OpaqueCause {
  stls,
  tls_first,
  sasl,
  not_pop3,
  desync,
  limit,
}

/** What became of the greeting. */
export const enum Greeting {
  ok,
  err,
  none,
  invalid,
}

/** What asking to be let in came to. */
export const enum LoginResult {
  success,
  /** -ERR, without a response code that says more. */
  failure,
  /** -ERR [IN-USE]: another session has the maildrop. */
  in_use,
  /** -ERR [LOGIN-DELAY]. */
  login_delay,
  /** -ERR [SYS/TEMP]. */
  sys_temp,
  /** -ERR [SYS/PERM]. */
  sys_perm,
  /** The client sent `*`. */
  cancelled,
  /** The session ended first. */
  aborted,
}

/** What became of a RETR. */
export const enum Retrieval {
  /** All of the message passed. */
  complete,
  /** -ERR. */
  refused,
  /** The session ended, or became unreadable, in the middle of the message. */
  interrupted,
  unanswered,
}

/** What became of a message that an answered DELE marked. */
export const enum Deletion {
  /** QUIT was answered +OK: it is gone. */
  committed,
  /** QUIT was answered -ERR: it may be there still. */
  incomplete,
  /** An answered RSET took the mark away. */
  reset,
  /** The session ended without QUIT: it stays. */
  dropped,
  /** QUIT was not answered, or the session was not read to its end. */
  unknown,
}

/** Steps on the way to TLS. */
export const enum TlsEvent {
  offered,
  requested,
  accepted,
  refused,
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
export abstract class Pop3Observer extends ConnectionObserver {
  /** Whether `userNamed` is wanted. */
  wantsNames: bool = false;

  sessionStarted(): void {}
  /** Exactly once for each started session. `retrievals`: messages that passed whole. */
  sessionEnded(_reason: EndReason, _outcome: Outcome, _retrievals: u32, _duration: u64): void {}
  /** Once per session: from here on it is passed unread. */
  becameOpaque(_cause: OpaqueCause): void {}
  /** Once per session. */
  greeted(_greeting: Greeting): void {}

  commandSent(_verb: Verb): void {}
  /** `depth`: replies outstanding with this command's own, at least 2. */
  commandPipelined(_depth: u32): void {}
  /** The reply to a command with all its lines, or the greeting to `connect`. */
  commandAnswered(_verb: Verb, _status: Status, _code: Code): void {}
  /** `duration`: from the command to the last line of its reply; `service`: from the later of it and the reply before. */
  commandTimed(_verb: Verb, _duration: u64, _service: u64): void {}
  commandUnanswered(_verb: Verb): void {}
  repliedUnsolicited(_status: Status): void {}

  /** The name in USER or APOP, as it stands on the wire. */
  userNamed(_name: Slice): void {}
  loginAttempted(_login: Login): void {}
  loginEnded(_login: Login, _result: LoginResult): void {}
  /** A password sent in clear text. */
  loginInClear(): void {}
  tls(_event: TlsEvent): void {}
  /** `offers`: the capabilities of a reply to CAPA, as `bitOf` bits. */
  extensionsOffered(_offers: u32): void {}

  /** The answer to STAT. */
  maildropSized(_messages: u64, _octets: u64): void {}
  /** Lines of a multi-line response that passed, all or up to where it was broken off. */
  linesPassed(_verb: Verb, _bytes: u64, _wireBytes: u64): void {}
  retrievalEnded(_retrieval: Retrieval): void {}
  /** A message passed whole. */
  messageRetrieved(_bytes: u64, _wireBytes: u64, _service: u64): void {}
  /** A message passed in clear text, while STLS was or was not offered. */
  retrievedInClear(_stlsOffered: bool): void {}
  deletionStarted(): void {}
  /** `count` messages, at least 1. */
  deletionsEnded(_deletion: Deletion, _count: u32): void {}
  /** `version`: 1 or 2. */
  proxyPreamble(_version: i32): void {}

  anomaly(_kind: Anomaly): void {}
  limitReached(_cap: Cap): void {}
}
