import { Block } from "../../../assembly/bytes/block";
import { Buffer } from "../../../assembly/bytes/buffer";
import { Slice } from "../../../assembly/bytes/slice";
import { Text } from "../../../assembly/bytes/text";
import { MESSAGE_MODES, OUTCOMES } from "../labels";
import { Message } from "../session/message";
import { Outcome, RecipientOutcome } from "../session/observer";
import { Verb } from "../wire/verbs";
import { MAX_IDENTITY_BYTES } from "../../shared/record/identities";
import { writeForeign, writeKey, writeWord } from "../../shared/record/json";

/** Transactions that a record shows: the last ones. */
export const MAX_SHOWN: i32 = 16;

/** Octets for the transactions of a record, so that all of it stays below 4 KiB. */
const SHOWN_BYTES: i32 = 3_072;

/** Octets of one transaction; those of its recipients are what is cut. */
const ONE_BYTES: i32 = 1_400;

/** Octets for sender and recipients of the transaction at hand. */
const IDENTITY_BYTES: i32 = 1_024;

const COMMA: u8 = 0x2c;

/** The last transactions of a session as JSON, the oldest dropped where there is no room. */
@final
export class TransactionLog {
  private readonly block: ArrayBuffer;
  private readonly shown: Text;
  private readonly recipients: Text;
  /** Length of each of the transactions shown, oldest first. */
  private readonly lengths: usize;
  private count: i32 = 0;

  private readonly sender: Buffer = new Buffer(MAX_IDENTITY_BYTES);
  private accepted: u32 = 0;
  private asked: u32 = 0;
  private isSent: bool = false;
  private mode: i32 = 0;
  private bytes: u64 = 0;
  private commit: u64 = 0;
  private code: i32 = 0;
  /** Codes of the last RCPT and of the last DATA, chunk or end of data that was refused; 0 without one. */
  private recipientRefusal: i32 = 0;
  private contentRefusal: i32 = 0;

  constructor() {
    const block = Block.allocate(<usize>(SHOWN_BYTES + IDENTITY_BYTES) + ((<usize>MAX_SHOWN) << 2));
    const start = Block.start(block);
    this.block = block;
    this.lengths = start;
    this.shown = new Text(start + ((<usize>MAX_SHOWN) << 2), SHOWN_BYTES);
    this.recipients = new Text(start + ((<usize>MAX_SHOWN) << 2) + <usize>SHOWN_BYTES, IDENTITY_BYTES);
  }

  clear(): void {
    this.shown.clear();
    this.count = 0;
  }

  /** MAIL was accepted. `sender`: what is shown of it. */
  begin(sender: Slice): void {
    this.sender.length = 0;
    this.sender.append(sender);
    this.recipients.clear();
    this.accepted = 0;
    this.asked = 0;
    this.isSent = false;
    this.commit = 0;
    this.code = 0;
    this.recipientRefusal = 0;
    this.contentRefusal = 0;
  }

  /** RCPT was answered. `recipient`: what is shown of it, if it was accepted. */
  addRecipient(outcome: RecipientOutcome, recipient: Slice): void {
    this.asked++;
    if (outcome != RecipientOutcome.accepted) return;
    this.accepted++;
    const before = this.recipients.length;
    writeForeign(this.recipients, recipient);
    if (this.recipients.truncated) this.recipients.cutTo(before);
  }

  /** A reply within the transaction: the last one before its end is shown, unless a refusal decided. */
  replied(code: i32): void {
    this.code = code;
  }

  /** A command was refused. */
  refused(verb: Verb, code: i32): void {
    if (verb == Verb.rcpt) this.recipientRefusal = code;
    else if (verb == Verb.data || verb == Verb.bdat || verb == Verb.eod || verb == Verb.burl)
      this.contentRefusal = code;
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
    if (withIdentities) {
      writeForeign(writeKey(text, "from"), SENDER.set(this.sender.pointer, this.sender.length));
      writeKey(text, "to").byte(0x5b).bytes(this.recipients.start, this.recipients.length).byte(0x5d);
    }
    writeKey(text, "recipients").byte(0x22).unsigned(this.accepted);
    text.byte(0x2f).unsigned(this.asked).byte(0x22);
    if (this.isSent) {
      writeWord(writeKey(text, "mode"), unchecked(MESSAGE_MODES[this.mode]));
      writeKey(text, "bytes").unsigned(this.bytes);
      writeKey(text, "commit_us").unsigned(this.commit);
    }
    const code = outcome == Outcome.rejected ? this.refusal : this.code;
    writeKey(text, "code").unsigned(<u64>code);
    writeKey(text, "duration_us").unsigned(microseconds).byte(0x7d);
    if (!text.truncated) this.show(text);
  }

  /** The transactions, `{…},{…}`. */
  write(text: Text): void {
    text.bytes(this.shown.start, this.shown.length);
  }

  /** Without recipients it is the refusal of the last of them that decided, not that of the DATA behind it. */
  private get refusal(): i32 {
    if (this.accepted == 0 && this.recipientRefusal != 0) return this.recipientRefusal;
    return this.contentRefusal != 0 ? this.contentRefusal : this.code;
  }

  private show(one: Text): void {
    while (this.count == MAX_SHOWN || this.shown.length + one.length + 1 > SHOWN_BYTES) {
      if (this.count == 0) return;
      this.dropOldest();
    }
    if (this.count > 0) this.shown.byte(COMMA);
    this.shown.bytes(one.start, one.length);
    store<i32>(this.lengths + ((<usize>this.count) << 2), one.length);
    this.count++;
  }

  private dropOldest(): void {
    // Its comma goes with it, where there is one.
    const length = min(load<i32>(this.lengths) + 1, this.shown.length);
    memory.copy(this.shown.start, this.shown.start + <usize>length, <usize>(this.shown.length - length));
    this.shown.cutTo(this.shown.length - length);
    this.count--;
    memory.copy(this.lengths, this.lengths + 4, (<usize>this.count) << 2);
  }
}

/** Scratch: the transaction that ends. */
const ONE = Text.ofCapacity(ONE_BYTES);
const SENDER = new Slice();
