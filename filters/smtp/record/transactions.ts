import { Block } from "../../../assembly/bytes/block";
import { Slice } from "../../../assembly/bytes/slice";
import { Text } from "../../../assembly/bytes/text";
import { MESSAGE_MODES, OUTCOMES } from "../labels";
import { Message } from "../session/message";
import { Outcome, RecipientOutcome } from "../session/observer";
import { ReplyClass } from "../wire/replies";
import { Verb } from "../wire/verbs";
import { Refusals } from "./refusals";
import { writeForeign, writeKey, writeWord } from "../../shared/record/json";

/** Transactions that a record shows: the last ones. */
export const MAX_SHOWN: i32 = 16;

/** Octets that are kept of the transactions of a session. */
const SHOWN_BYTES: i32 = 3_072;

/** Octets for sender and recipients of a transaction; the recipients are cut where there is no room. */
const IDENTITIES_BYTES: i32 = 1_152;

/** Octets of the sender as it is written: twice the longest address, as quotes and backslashes take two, and controls six. */
const SENDER_BYTES: i32 = 640;

/** Octets of all else of a transaction, with numbers of twenty digits. */
const FACTS_BYTES: i32 = 256;

/** What ends the record behind the transactions: `]}`. */
const END_BYTES: i32 = 2;

const COMMA: u8 = 0x2c;

/** The last transactions of a session as JSON, the oldest dropped where there is no room. */
@final
export class TransactionLog {
  private readonly block: ArrayBuffer;
  private readonly shown: Text;
  /** Sender and accepted recipients of the transaction at hand: `"from":"…","to":["…"`. */
  private readonly identities: Text;
  /** Length of each of the transactions shown, oldest first. */
  private readonly lengths: usize;
  private count: i32 = 0;

  private readonly refusals: Refusals = new Refusals();
  private accepted: u32 = 0;
  private asked: u32 = 0;
  private isSent: bool = false;
  private mode: i32 = 0;
  private bytes: u64 = 0;
  private commit: u64 = 0;
  private code: i32 = 0;

  constructor() {
    const block = Block.allocate(<usize>(SHOWN_BYTES + IDENTITIES_BYTES) + ((<usize>MAX_SHOWN) << 2));
    const start = Block.start(block);
    this.block = block;
    this.lengths = start;
    this.shown = new Text(start + ((<usize>MAX_SHOWN) << 2), SHOWN_BYTES);
    this.identities = new Text(start + ((<usize>MAX_SHOWN) << 2) + <usize>SHOWN_BYTES, IDENTITIES_BYTES);
  }

  clear(): void {
    this.shown.clear();
    this.count = 0;
  }

  /** MAIL was accepted. `sender`: what is shown of it. */
  begin(sender: Slice): void {
    const identities = this.identities.clear();
    writeForeign(writeKey(identities, "from"), sender, SENDER_BYTES);
    writeKey(identities, "to").byte(0x5b);
    this.refusals.clear();
    this.accepted = 0;
    this.asked = 0;
    this.isSent = false;
    this.commit = 0;
    this.code = 0;
  }

  /** RCPT was answered. `recipient`: what is shown of it, if it was accepted. */
  addRecipient(outcome: RecipientOutcome, recipient: Slice): void {
    this.asked++;
    if (outcome != RecipientOutcome.accepted) return;
    this.accepted++;
    const before = this.identities.length;
    writeForeign(this.identities, recipient);
    if (this.identities.truncated) this.identities.cutTo(before);
  }

  /** A reply within the transaction: the last one before its end is shown, unless a refusal decided. */
  replied(code: i32): void {
    this.code = code;
  }

  /** The reply answered nothing. */
  repliedUnsolicited(): void {
    this.refusals.unasked(this.code);
  }

  /** The reply was one recipient's, to the end of data. */
  delivered(replyClass: ReplyClass): void {
    if (replyClass != ReplyClass.success) this.refusals.undelivered(this.code);
  }

  /** The reply answered a command. */
  answered(verb: Verb, replyClass: ReplyClass): void {
    this.refusals.answered(verb, replyClass, this.code, this.isSent);
  }

  sent(message: Message): void {
    this.isSent = true;
    this.mode = message.mode;
    this.bytes = message.bytes;
  }

  committed(microseconds: u64): void {
    this.commit = microseconds;
  }

  /** The transaction ended. `withIdentities`: sender and recipients are shown. */
  end(outcome: Outcome, microseconds: u64, withIdentities: bool): void {
    const text = ONE.clear();
    text.byte(0x7b);
    writeWord(writeKey(text, "outcome"), unchecked(OUTCOMES[outcome]));
    if (withIdentities) text.byte(COMMA).bytes(this.identities.start, this.identities.length).byte(0x5d);
    writeKey(text, "recipients").byte(0x22).unsigned(this.accepted);
    text.byte(0x2f).unsigned(this.asked).byte(0x22);
    if (this.isSent) {
      writeWord(writeKey(text, "mode"), unchecked(MESSAGE_MODES[this.mode]));
      writeKey(text, "bytes").unsigned(this.bytes);
      writeKey(text, "commit_us").unsigned(this.commit);
    }
    const code =
      outcome == Outcome.rejected ? this.refusals.deciding(this.accepted > 0, this.code) : this.code;
    writeKey(text, "code").unsigned(<u64>code);
    writeKey(text, "duration_us").unsigned(microseconds).byte(0x7d);
    this.show(text);
  }

  /** The transactions, `{…},{…}`: the last ones for which `text` has room. They come last in it. */
  write(text: Text): void {
    const room = text.capacity - text.length - END_BYTES;
    let skipped = 0;
    for (let i = 0; i < this.count && this.shown.length - skipped > room; i++) skipped += this.taken(i);
    const from = min(skipped, this.shown.length);
    text.bytes(this.shown.start + <usize>from, this.shown.length - from);
  }

  private show(one: Text): void {
    while (this.count == MAX_SHOWN || this.shown.length + one.length + 1 > SHOWN_BYTES) this.dropOldest();
    if (this.count > 0) this.shown.byte(COMMA);
    this.shown.bytes(one.start, one.length);
    store<i32>(this.lengths + ((<usize>this.count) << 2), one.length);
    this.count++;
  }

  private dropOldest(): void {
    const length = min(this.taken(0), this.shown.length);
    memory.copy(this.shown.start, this.shown.start + <usize>length, <usize>(this.shown.length - length));
    this.shown.cutTo(this.shown.length - length);
    this.count--;
    memory.copy(this.lengths, this.lengths + 4, (<usize>this.count) << 2);
  }

  /** Octets of one of the transactions shown, with the comma behind it, which only the last one lacks. */
  private taken(place: i32): i32 {
    return load<i32>(this.lengths + ((<usize>place) << 2)) + 1;
  }
}

/** Scratch: the transaction that ends. */
const ONE = Text.ofCapacity(IDENTITIES_BYTES + FACTS_BYTES);
