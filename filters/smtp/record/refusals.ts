import { classOf, ReplyClass } from "../wire/replies";
import { Verb } from "../wire/verbs";

/** 421 ends the session, and so refuses nothing by itself. */
const SHUTTING_DOWN: i32 = 421;

/**
 * Codes of the refusals of a transaction, 0 where there was none: of those that decide together a temporary one stays,
 * since a retry may work (docs/smtp.md, rule 12).
 */
@final
export class Refusals {
  /** Of RCPT. */
  private recipient: i32 = 0;
  /** Of DATA, BDAT and BURL since the last one that was accepted. */
  private content: i32 = 0;
  /** Of the end of data, by the server or for recipients. */
  private end: i32 = 0;
  /** While nothing was owed. */
  private unsolicited: i32 = 0;

  clear(): void {
    this.recipient = 0;
    this.content = 0;
    this.end = 0;
    this.unsolicited = 0;
  }

  /** The reply to a command. `isSent`: the end of the message was, so that a reply to BDAT or BURL is the one to it. */
  answered(verb: Verb, replyClass: ReplyClass, code: i32, isSent: bool): void {
    const isAccepted = replyClass == (verb == Verb.data ? ReplyClass.intermediate : ReplyClass.success);
    if (verb == Verb.rcpt) {
      if (!isAccepted) this.recipient = weigh(this.recipient, code);
    } else if (verb == Verb.data || verb == Verb.bdat || verb == Verb.eod || verb == Verb.burl) {
      if (!isSent && verb != Verb.eod) this.content = isAccepted ? 0 : weigh(this.content, code);
      else if (!isAccepted) this.end = code;
    }
  }

  /** A recipient's refusal at the end of data (LMTP, PRDR). */
  undelivered(code: i32): void {
    this.end = weigh(this.end, code);
  }

  /** A reply that answered nothing. */
  unasked(code: i32): void {
    const replyClass = classOf(code);
    const isRefusal = replyClass == ReplyClass.transient || replyClass == ReplyClass.permanent;
    if (isRefusal && code != SHUTTING_DOWN) this.unsolicited = weigh(this.unsolicited, code);
  }

  /** The one that decided. `hasRecipients`: some were accepted. `otherwise`: where none was noted. */
  deciding(hasRecipients: bool, otherwise: i32): i32 {
    if (this.end != 0) return this.end;
    if (this.unsolicited != 0) return this.unsolicited;
    if (!hasRecipients && this.recipient != 0) return this.recipient;
    return this.content != 0 ? this.content : otherwise;
  }
}

/** Which of two refusals stands: a temporary one, else the later one. */
function weigh(earlier: i32, later: i32): i32 {
  return classOf(earlier) == ReplyClass.transient ? earlier : later;
}
