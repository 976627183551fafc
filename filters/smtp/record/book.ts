import { Block } from "../../../assembly/bytes/block";
import { Text } from "../../../assembly/bytes/text";
import { ReplyClass } from "../wire/replies";
import { Verb, VERBS } from "../wire/verbs";

/** Replies behind which a server reads no more: 221 and 421 (RFC 5321 §4.2.3), and 521 (RFC 7504; Postfix to a bad BDAT). */
const CLOSING: i32 = 221;
const SHUTTING_DOWN: i32 = 421;
const NO_MAIL: i32 = 521;

/**
 * Commands of a session, accepted and in all, as Postfix counts them in its line `disconnect from … ehlo=1 mail=1
 * rcpt=3/6 data=1 quit=1 commands=6/9`: DATA is accepted with its message, AUTH with its exchange; what was sent behind
 * the server's last word was never read.
 */
@final
export class CommandBook {
  /** Two numbers of 32 bits for each verb: accepted, all. */
  private readonly counts: ArrayBuffer = Block.allocate((<usize>VERBS.length) << 3);

  /** The last reply said that the server leaves. */
  private isOver: bool = false;

  clear(): void {
    this.isOver = false;
    memory.fill(Block.start(this.counts), 0, (<usize>VERBS.length) << 3);
  }

  /** A reply, whatever it answers: comes before `answered`. */
  replied(code: i32): void {
    this.isOver = code == CLOSING || code == SHUTTING_DOWN || code == NO_MAIL;
  }

  /** A command got its reply. */
  answered(verb: Verb, replyClass: ReplyClass): void {
    if (verb == Verb.connect || verb == Verb.auth_response) return;
    // Postfix says 221 to what is no SMTP, too ("I can break rules, too. Goodbye.").
    const accepted = replyClass == ReplyClass.success && (!this.isOver || verb == Verb.quit);
    if (verb == Verb.eod) {
      if (accepted) this.add(Verb.data, 0);
      return;
    }
    this.add(verb, 1);
    if (accepted) this.add(verb, 0);
  }

  /** The refused line that was just answered is no command to Postfix: there was no word in it. */
  forgetBlank(): void {
    const place = this.place(Verb.other, 1);
    store<u32>(place, load<u32>(place) - 1);
  }

  /** An AUTH exchange succeeded that went on beyond its first reply. */
  authenticated(verb: Verb): void {
    this.add(verb, 0);
  }

  /** A command got none. */
  unanswered(verb: Verb): void {
    if (this.isOver) return;
    if (verb != Verb.connect && verb != Verb.eod && verb != Verb.auth_response) this.add(verb, 1);
  }

  /** `ehlo=1 rcpt=3/6 … commands=4/7`, in the order of the verbs. */
  write(text: Text): void {
    let accepted: u64 = 0;
    let all: u64 = 0;
    for (let verb = 0; verb < VERBS.length; verb++) {
      const total = this.count(verb, 1);
      if (total == 0) continue;
      accepted += this.count(verb, 0);
      all += total;
      writeShare(text, unchecked(VERBS[verb]), this.count(verb, 0), total);
      text.byte(0x20);
    }
    writeShare(text, "commands", accepted, all);
  }

  private add(verb: i32, which: i32): void {
    const place = this.place(verb, which);
    store<u32>(place, load<u32>(place) + 1);
  }

  private count(verb: i32, which: i32): u64 {
    return <u64>load<u32>(this.place(verb, which));
  }

  private place(verb: i32, which: i32): usize {
    return Block.start(this.counts) + ((<usize>((verb << 1) + which)) << 2);
  }
}

/** `name=3` when all were accepted, `name=3/6` otherwise, and `name=0/0` when there were none. */
function writeShare(text: Text, name: string, accepted: u64, all: u64): void {
  text.string(name).byte(0x3d).unsigned(accepted);
  if (accepted != all || all == 0) text.byte(0x2f).unsigned(all);
}
