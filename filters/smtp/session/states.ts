import { classOf, ReplyClass } from "../wire/replies";
import { Verb } from "../wire/verbs";
import { AbortCause } from "./observer";

/** How the client's next byte is read. */
export const enum ClientMode {
  /** The head of the stream: TLS, a PROXY preamble, or text. */
  opening,
  /** A command line. */
  command,
  /** A line inside an AUTH exchange. */
  authLine,
  /** The data of DATA. */
  body,
  /** The octets of a BDAT chunk. */
  chunk,
  /** The octets of an XEXCH50 block. */
  block,
  /** The first byte behind an accepted STARTTLS says whether TLS follows. */
  tlsPeek,
  /** The first byte behind a 235 says whether a SASL layer follows. */
  saslPeek,
  /** In limbo: what the bytes mean depends on the reply to the command before them. */
  parkedData,
  parkedAuth,
  parkedTls,
  parkedBlock,
  parkedChunk,
  /** Passed unread. */
  opaque,
}

/** Whether bytes are put aside in this mode. */
export function isParked(mode: ClientMode): bool {
  return mode >= ClientMode.parkedData && mode <= ClientMode.parkedChunk;
}

/** The mode behind a command line (BDAT apart: its size decides). */
export function modeBehind(verb: Verb): ClientMode {
  switch (verb) {
    case Verb.data:
      return ClientMode.parkedData;
    case Verb.auth:
    case Verb.x_exps:
      return ClientMode.parkedAuth;
    case Verb.starttls:
    case Verb.x_anonymoustls:
      return ClientMode.parkedTls;
    case Verb.xexch50:
      return ClientMode.parkedBlock;
    default:
      return ClientMode.command;
  }
}

/**
 * The mode that a reply to the command before the parked bytes leads to. `mayWrap`: the AUTH mechanism may put a
 * security layer over what follows.
 */
export function modeAfter(parked: ClientMode, code: i32, mayWrap: bool): ClientMode {
  const goesOn = classOf(code) == ReplyClass.intermediate;
  switch (parked) {
    case ClientMode.parkedData:
      return goesOn ? ClientMode.body : ClientMode.command;
    case ClientMode.parkedAuth:
      if (goesOn) return ClientMode.authLine;
      return code == 235 && mayWrap ? ClientMode.saslPeek : ClientMode.command;
    case ClientMode.parkedTls:
      return code == 220 ? ClientMode.tlsPeek : ClientMode.command;
    case ClientMode.parkedBlock:
      return goesOn ? ClientMode.block : ClientMode.command;
    default:
      return ClientMode.command;
  }
}

/** HELO, EHLO, LHLO. */
export function isHello(verb: Verb): bool {
  return verb == Verb.helo || verb == Verb.ehlo || verb == Verb.lhlo;
}

/** What an accepted command does to the open transaction: an `AbortCause`, or -1 for nothing. */
export function resets(verb: Verb): i32 {
  switch (verb) {
    case Verb.rset:
      return AbortCause.rset;
    case Verb.quit:
      return AbortCause.quit;
    case Verb.xclient:
      return AbortCause.hello;
    default:
      return -1;
  }
}

/** Whether a command names a sender or a recipient. */
export function namesAddress(verb: Verb): bool {
  return verb == Verb.mail || verb == Verb.send || verb == Verb.rcpt;
}

/** Whether a command must be the last of its group (RFC 2920 §3.1); hellos apart, as their reply may allow more. */
export function waitsAlone(verb: Verb): bool {
  switch (verb) {
    case Verb.data:
    case Verb.vrfy:
    case Verb.expn:
    case Verb.turn:
    case Verb.quit:
    case Verb.noop:
    case Verb.starttls:
    case Verb.x_anonymoustls:
    case Verb.auth:
    case Verb.x_exps:
    case Verb.auth_response:
      return true;
    default:
      return false;
  }
}
