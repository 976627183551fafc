import { Pool, Pooled } from "../../../assembly/bytes/pool";
import { Verb } from "../wire/verbs";
import { Mechanism } from "../../shared/wire/mechanisms";

/** A reply that is owed, and what has to be remembered until it comes. */
@final
export class Expectation extends Pooled {
  next: Expectation | null = null;
  verb: Verb = Verb.other;
  /** `Parameter` bits of MAIL and RCPT. */
  parameters: u32 = 0;
  /** MAIL: declared size; BDAT: octets of the chunk; end of data: octets of the message. */
  size: u64 = 0;
  /** End of data: octets on the wire. */
  wireSize: u64 = 0;
  /** When the command was complete (monotonic nanoseconds; 0 where nobody asked). */
  sentAt: u64 = 0;
  mechanism: Mechanism = Mechanism.other;
  /** BDAT, BURL: the last chunk. */
  isLast: bool = false;
  hasNullSender: bool = false;
  /** A line without any word. */
  isBlank: bool = false;
  /** Its turn has come: every reply before its own was seen. */
  isDue: bool = false;
  /** End of data: it ends a message with recipients, or one after a go-ahead. */
  endsMessage: bool = false;
  /** Replies that are still to come for it, its own included; known when it is due (LMTP, PRDR). */
  remaining: u32 = 1;
  /** A reply was counted for it. */
  isAnswered: bool = false;
  /** PRDR: 353 has been seen. */
  isPerRecipient: bool = false;
  /** Commands sent behind it that had to wait for its reply (RFC 2920 §3.1). */
  badOrderBehind: u32 = 0;
  /** MAIL with SMTPUTF8: lines outside ASCII, its own included, that its acceptance makes legal. */
  eightBitLines: u32 = 0;
}

/** Expectations that all sessions of a VM share. */
const POOL = new Pool<Expectation>();

/**
 * The replies that are owed to a session, oldest first. RFC 2920 §3.1: replies are told by counting, never by their
 * text; so every command has its place here, unknown ones too.
 */
@final
export class Expectations {
  /** The oldest: what the next reply answers. */
  head: Expectation | null = null;
  length: u32 = 0;
  private tail: Expectation | null = null;

  /** A new expectation at the end, or null when the memory budget is spent. */
  push(verb: Verb, sentAt: u64): Expectation | null {
    const fresh = POOL.take();
    if (fresh === null) return null;
    fresh.next = null;
    fresh.verb = verb;
    fresh.parameters = 0;
    fresh.size = 0;
    fresh.wireSize = 0;
    fresh.sentAt = sentAt;
    fresh.isLast = false;
    fresh.hasNullSender = false;
    fresh.isBlank = false;
    fresh.isDue = false;
    fresh.endsMessage = false;
    fresh.remaining = 1;
    fresh.isAnswered = false;
    fresh.isPerRecipient = false;
    fresh.badOrderBehind = 0;
    fresh.eightBitLines = 0;
    const tail = this.tail;
    if (tail === null) this.head = fresh;
    else tail.next = fresh;
    this.tail = fresh;
    this.length++;
    return fresh;
  }

  /** Takes the oldest away; what it held is gone with the next `push` of any session. */
  @inline
  shift(): void {
    const head = this.head;
    if (head === null) return;
    this.head = head.next;
    if (this.head === null) this.tail = null;
    this.length--;
    POOL.give(head);
  }
}
