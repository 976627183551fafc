import { Pool, Pooled } from "../../../assembly/bytes/pool";
import { Login } from "../wire/logins";
import { Verb } from "../wire/verbs";

/** A reply that is owed, and what has to be remembered until it comes. */
@final
export class Expectation extends Pooled {
  next: Expectation | null = null;
  /** When the command was complete (monotonic nanoseconds). */
  sentAt: u64 = 0;
  verb: Verb = Verb.other;
  /** PASS, APOP. */
  login: Login = Login.user_pass;
  /** Lines follow behind +OK. */
  isMultiline: bool = false;
  /** Its status line came, and its lines are on their way. */
  isBegun: bool = false;
  /** XTND XMIT. */
  isTransmit: bool = false;
}

/** Expectations that all sessions of a VM share. */
const POOL = new Pool<Expectation>();

/** The replies that are owed to a session, oldest first: replies come in the order of their commands (RFC 2449 §6.6). */
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
    fresh.sentAt = sentAt;
    fresh.isMultiline = false;
    fresh.isBegun = false;
    fresh.isTransmit = false;
    const tail = this.tail;
    if (tail === null) this.head = fresh;
    else tail.next = fresh;
    this.tail = fresh;
    this.length++;
    return fresh;
  }

  /** Takes the oldest away; what it held is gone with the next `push` of any session. */
  shift(): void {
    const head = this.head;
    if (head === null) return;
    this.head = head.next;
    if (this.head === null) this.tail = null;
    this.length--;
    POOL.give(head);
  }
}
