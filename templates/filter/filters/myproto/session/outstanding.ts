import { Verb } from "../wire/verbs";

/** A request whose reply is owed. */
@final
export class Request {
  next: Request | null = null;
  verb: Verb = Verb.other;
  /** Nanoseconds of the clock that never goes back. */
  sentAt: u64 = 0;
}

/** The requests of one connection whose replies are owed, oldest first. What was used once is used again. */
@final
export class Outstanding {
  length: i32 = 0;
  private head: Request | null = null;
  private tail: Request | null = null;
  private free: Request | null = null;

  /** Adds a request behind all others. */
  push(verb: Verb, sentAt: u64): void {
    const request = this.take();
    request.verb = verb;
    request.sentAt = sentAt;
    const tail = this.tail;
    if (tail === null) this.head = request;
    else tail.next = request;
    this.tail = request;
    this.length++;
  }

  /** Takes the oldest away; what it holds is valid until the next `push`. Null without any. */
  shift(): Request | null {
    const request = this.head;
    if (request === null) return null;
    this.head = request.next;
    if (this.head === null) this.tail = null;
    request.next = this.free;
    this.free = request;
    this.length--;
    return request;
  }

  private take(): Request {
    const free = this.free;
    if (free === null) return new Request();
    this.free = free.next;
    free.next = null;
    return free;
  }
}
