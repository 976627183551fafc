import { Status } from "../wire/replies";
import { Verb } from "../wire/verbs";

/** How the client's next byte is read. */
export const enum ClientMode {
  /** The head of the stream: TLS, a PROXY preamble, or text. */
  opening,
  /** A command line. */
  command,
  /** A line inside an AUTH exchange. */
  authLine,
  /** The first byte behind an accepted STLS says whether TLS follows. */
  tlsPeek,
  /** The first byte behind +OK to AUTH says whether a SASL layer follows. */
  saslPeek,
  /** In limbo: what the bytes mean depends on the reply to the command before them. */
  parkedAuth,
  parkedTls,
  /** Passed unread. */
  opaque,
}

/** Whether bytes are put aside in this mode. */
export function isParked(mode: ClientMode): bool {
  return mode == ClientMode.parkedAuth || mode == ClientMode.parkedTls;
}

/** The mode that a reply to the command before the parked bytes leads to. `mayWrap`: a security layer may follow. */
export function modeAfter(parked: ClientMode, status: Status, mayWrap: bool): ClientMode {
  if (parked == ClientMode.parkedTls) return status == Status.ok ? ClientMode.tlsPeek : ClientMode.command;
  if (status == Status.more) return ClientMode.authLine;
  return status == Status.ok && mayWrap ? ClientMode.saslPeek : ClientMode.command;
}

/** Commands that every state knows, and those that no state does. */
export function isAnyState(verb: Verb): bool {
  return (
    verb == Verb.connect || verb == Verb.quit || verb == Verb.capa || verb == Verb.lang || verb == Verb.other
  );
}

/** Commands of the AUTHORIZATION state; all others are those of the TRANSACTION state. */
export function isBeforeLogin(verb: Verb): bool {
  return verb < Verb.stat && verb != Verb.lang;
}
