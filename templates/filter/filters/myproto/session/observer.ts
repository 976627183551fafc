import { Result } from "../wire/replies";
import { Verb } from "../wire/verbs";

/** Which peer sent something. */
export enum From {
  client,
  server,
}

/** Label values of `From`. */
export const FROM: string[] = ["client", "server"];

/** Why a session is not read any more. */
export enum OpaqueCause {
  /** It began with a TLS handshake. */
  tls,
  /** More requests are outstanding than it may remember. */
  limit,
  /** Bytes could not be had: what comes next could mean anything. */
  desync,
}

/** Label values of `OpaqueCause`. */
export const OPAQUE_CAUSES: string[] = ["tls", "limit", "desync"];

/** What a session reports, an event each. Defaults do nothing: a spec overrides what it looks at. */
export abstract class MyProtoObserver {
  sessionStarted(): void {}
  sessionEnded(): void {}
  becameOpaque(_cause: OpaqueCause): void {}
  requestSent(_verb: Verb): void {}
  /** Every request ends once: answered after `duration` nanoseconds, or unanswered. */
  requestAnswered(_verb: Verb, _result: Result, _duration: u64): void {}
  requestUnanswered(_verb: Verb): void {}
  /** A reply that no request was sent for: the greeting. */
  replyUnsolicited(): void {}
}
