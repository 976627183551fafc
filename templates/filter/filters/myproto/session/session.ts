import { Slice } from "heirloom/assembly";
import { LineReader } from "../wire/lines";
import { resultOf } from "../wire/replies";
import { verbOf } from "../wire/verbs";
import { From, MyProtoObserver, OpaqueCause } from "./observer";
import { Outstanding } from "./outstanding";

/** First byte of a TLS handshake. */
const TLS_HANDSHAKE: i32 = 0x16;

/**
 * What is going on in one connection: lines in, events out. It knows neither proxy nor metrics, and any bytes lead to a
 * state that is defined.
 */
@final
export class MyProtoSession {
  /** Whether the bytes are of any use; when not, the session is opaque. */
  reads: bool = false;
  private isOpen: bool = false;
  private hasBegun: bool = false;
  private readonly client: LineReader = new LineReader();
  private readonly server: LineReader = new LineReader();
  private readonly outstanding: Outstanding = new Outstanding();

  constructor(
    private readonly observer: MyProtoObserver,
    private readonly most: i32,
  ) {}

  /** A connection begins; nothing is left of the one before. */
  begin(): void {
    this.reads = true;
    this.isOpen = true;
    this.hasBegun = false;
    this.client.clear();
    this.server.clear();
    this.observer.sessionStarted();
  }

  /** The next bytes of a peer; `now` in nanoseconds. */
  read(from: From, bytes: Slice, now: u64): void {
    if (from == From.server) {
      while (this.reads && this.server.next(bytes)) this.answer(now);
      return;
    }
    if (!this.hasBegun && bytes.at(0) == TLS_HANDSHAKE) this.turnOpaque(OpaqueCause.tls);
    this.hasBegun = true;
    while (this.reads && this.client.next(bytes)) this.ask(now);
  }

  /** Bytes of a peer are lost. */
  lose(): void {
    this.turnOpaque(OpaqueCause.desync);
  }

  /** The connection is over. */
  end(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.reads = false;
    this.giveUp();
    this.observer.sessionEnded();
  }

  private ask(now: u64): void {
    const verb = verbOf(this.client.word);
    this.observer.requestSent(verb);
    this.outstanding.push(verb, now);
    if (this.outstanding.length > this.most) this.turnOpaque(OpaqueCause.limit);
  }

  /** Replies come in the order of their requests, whatever they say. */
  private answer(now: u64): void {
    const request = this.outstanding.shift();
    if (request === null) this.observer.replyUnsolicited();
    else this.observer.requestAnswered(request.verb, resultOf(this.server.word), now - request.sentAt);
  }

  private turnOpaque(cause: OpaqueCause): void {
    if (!this.reads) return;
    this.reads = false;
    this.observer.becameOpaque(cause);
    this.giveUp();
  }

  private giveUp(): void {
    let request = this.outstanding.shift();
    while (request !== null) {
      this.observer.requestUnanswered(request.verb);
      request = this.outstanding.shift();
    }
  }
}
