import { MAX_COLLECTED } from "../bytes/collected";
import { Framer, Framing } from "../bytes/framing/framer";
import { Slice } from "../bytes/slice";
import { Faults } from "../host/faults";
import { MAX_FETCH } from "../host/scratch";
import { Chunk } from "./chunk";
import { KeptMessage } from "./kept-message";
import { MessagePart, MessageSink, MessageViews, Pass, Streamed } from "./message";

/** Bytes that are fetched at once to find where messages end: one read of Envoy's. */
const WINDOW: i32 = 16 << 10;

const enum Stage {
  /** No message has begun. */
  between,
  /** Its end is not known. */
  framing,
  /** `rest` bytes of it are to come. */
  measured,
  /** Nobody knows where messages begin. */
  unread,
}

const enum Course {
  undecided,
  whole,
  streamed,
}

/**
 * Reads the messages of one direction. What a message has in earlier chunks is collected in `kept`; the rest lies in the
 * chunk at hand, from `from` to `at`.
 */
@final
export class MessageReader {
  private readonly cap: i32;
  private readonly headBytes: i32;
  private stage: Stage = Stage.between;
  private course: Course = Course.undecided;
  private why: Streamed = Streamed.unwanted;
  /** Bytes seen of the message, those shown in parts, and those that are still to come. */
  private seen: u64 = 0;
  private shown: u64 = 0;
  private rest: u64 = 0;
  private readonly kept: KeptMessage = new KeptMessage();
  /** Offsets in the chunk: next byte, first byte of the message that is not in `kept`, end of what goes on. */
  private at: i32 = 0;
  private from: i32 = 0;
  private passes: i32 = 0;
  /** How many faults had been reported when the chunk came. */
  private reports: u32 = 0;
  private readonly bytes: Slice = new Slice();
  private readonly views: MessageViews = MessageViews.shared();

  constructor(
    private readonly framer: Framer,
    cap: i32,
    private readonly pass: Pass,
    headBytes: i32,
    private readonly sink: MessageSink,
  ) {
    this.cap = min(max(cap, 1), MAX_COLLECTED);
    this.headBytes = min(max(headBytes, 1), this.cap);
  }

  /** Another connection begins. */
  reset(): void {
    this.stage = Stage.between;
    this.kept.drop();
    this.kept.forget();
  }

  read(chunk: Chunk, endOfStream: bool): void {
    this.at = 0;
    this.from = 0;
    this.passes = 0;
    this.reports = Faults.reports;
    while (this.at < chunk.size && this.stage != Stage.unread && !this.isStopped(chunk)) this.step(chunk);
    if (chunk.isClosed) {
      this.dropRest(chunk);
      return;
    }
    if (!this.isStopped(chunk)) this.readRest(chunk);
    // After a fault the filter is shown nothing more: what it keeps of these bytes goes on at once.
    if (this.isStopped(chunk)) this.stage = Stage.unread;
    if (endOfStream || this.stage == Stage.unread) {
      this.end();
      this.passes = chunk.size;
    }
    if (this.pass == Pass.whole) this.settle(chunk);
  }

  /** Nothing more comes: a message that has begun is a partial one. */
  end(): void {
    if (this.stage == Stage.framing || this.stage == Stage.measured) {
      const partial = this.views.partial;
      partial.size = this.seen;
      this.kept.bytes.start(this.kept.bytes.length, partial.bytes);
      this.sink.onPartial(partial);
      this.stage = Stage.between;
    }
    this.kept.letGo();
  }

  /** These bytes go on unseen, behind what is owed, and nothing is read any more. */
  restore(chunk: Chunk): void {
    this.stage = Stage.unread;
    this.kept.letGo();
    this.kept.giveBack(chunk);
  }

  /** Whether the filter is to be shown nothing more: it closed, or something was reported. */
  private isStopped(chunk: Chunk): bool {
    return chunk.isClosed || Faults.reports != this.reports;
  }

  private step(chunk: Chunk): void {
    if (this.stage == Stage.between) this.begin();
    if (this.stage == Stage.framing) this.frame(chunk);
    if (this.stage == Stage.unread) return;
    if (this.stage == Stage.measured) {
      const count = <i32>min<u64>(this.rest, <u64>(chunk.size - this.at));
      this.rest -= <u64>count;
      this.take(count);
    }
    const isOver = this.stage == Stage.measured && this.rest == 0;
    if (this.course == Course.undecided) this.decide(chunk, isOver);
    if (this.isStopped(chunk)) return;
    if (this.course == Course.whole && (this.isTooLong || (isOver && !this.show(chunk)))) {
      this.stream(this.isTooLong ? Streamed.tooLong : Streamed.noMemory);
    }
    if (this.course == Course.streamed && !this.isStopped(chunk)) this.showParts(chunk, isOver);
    if (isOver && !chunk.isClosed) this.finish();
  }

  private begin(): void {
    this.framer.begin();
    this.stage = Stage.framing;
    this.course = Course.undecided;
    this.seen = 0;
    this.shown = 0;
    this.rest = 0;
    this.from = this.at;
  }

  /** Lets the framer look at what has come; the window begins with the message while that fills less than half of it. */
  private frame(chunk: Chunk): void {
    const back = this.at - this.from <= WINDOW >> 1 ? this.at - this.from : 0;
    const piece = chunk.ahead(this.at - back, back + 1, WINDOW);
    piece.advance(back);
    const start = piece.start;
    const length = piece.length;
    if (length == 0) {
      this.stage = Stage.unread;
      return;
    }
    const found = this.framer.read(piece);
    const count = min(max(<i32>(piece.start - start), 0), length);
    this.take(count);
    if (found == Framing.ends && this.seen > 0) {
      this.stage = Stage.measured;
      this.rest = this.framer.rest;
    } else if (found != Framing.more || count < length) {
      this.stage = Stage.unread;
      this.sink.onInvalid();
    }
  }

  private take(count: i32): void {
    this.at += count;
    this.seen += <u64>count;
  }

  /** Asks whether the message is wanted whole, once enough of it is there. */
  private decide(chunk: Chunk, isOver: bool): void {
    const isMeasured = this.stage == Stage.measured;
    const there = this.kept.bytes.length + (this.at - this.from);
    const isReady = there >= this.headBytes && (isMeasured || !this.framer.declaresLength);
    if (isOver || isReady) this.ask(chunk, min(this.headBytes, there));
    else if (there > this.cap) this.stream(Streamed.tooLong);
  }

  private ask(chunk: Chunk, count: i32): void {
    const head = this.views.head;
    if (!this.gather(chunk, count)) {
      this.stream(Streamed.noMemory);
      return;
    }
    head.bytes.copyOf(this.bytes);
    head.hasLength = this.framer.declaresLength;
    head.length = head.hasLength ? this.length : 0;
    this.course = this.sink.wantsWhole(head) ? Course.whole : Course.streamed;
    this.why = Streamed.unwanted;
  }

  /** Length of the message, if it is measured; more than 64 bits are as good as the most of them. */
  private get length(): u64 {
    return this.rest > u64.MAX_VALUE - this.seen ? u64.MAX_VALUE : this.seen + this.rest;
  }

  private get isTooLong(): bool {
    return this.length > <u64>this.cap;
  }

  private stream(why: Streamed): void {
    this.course = Course.streamed;
    this.why = why;
  }

  /** Points `bytes` at the first `count` bytes of the message, all of which have come. */
  private gather(chunk: Chunk, count: i32): bool {
    if (this.kept.bytes.length == 0) {
      const piece = chunk.ahead(this.from, count, max(count, WINDOW));
      this.bytes.set(piece.start, min(piece.length, count));
      return this.bytes.length == count;
    }
    if (!this.collect(chunk, this.from + max(count - this.kept.bytes.length, 0))) return false;
    this.kept.bytes.start(count, this.bytes);
    return true;
  }

  /** Collects the bytes of the chunk up to the offset `until`. */
  private collect(chunk: Chunk, until: i32): bool {
    const count = until - this.from;
    if (count == 0) return true;
    const piece = chunk.slice(this.from, count);
    if (piece.length != count || !this.kept.bytes.append(piece)) return false;
    this.from = until;
    return true;
  }

  /** Shows the whole message. */
  private show(chunk: Chunk): bool {
    if (!this.gather(chunk, <i32>this.seen)) return false;
    this.sink.onMessage(this.bytes, this.framer.prefix, this.framer.suffix);
    return true;
  }

  /** Shows what there is of a message that comes in parts. */
  private showParts(chunk: Chunk, isOver: bool): void {
    const part = this.views.part;
    if (this.kept.bytes.length > 0) {
      this.kept.bytes.start(this.kept.bytes.length, this.bytes);
      this.showPart(part.ofBytes(this.bytes), isOver && this.from == this.at);
      this.kept.letGo();
    }
    while (this.from < this.at && !this.isStopped(chunk)) {
      const count = min(this.at - this.from, MAX_FETCH);
      this.showPart(part.ofChunk(chunk, this.from, count), isOver && this.from + count == this.at);
      this.from += count;
    }
    if (!chunk.isClosed) this.passes = this.at;
  }

  private showPart(part: MessagePart, isLast: bool): void {
    part.offset = this.shown;
    part.isLast = isLast;
    part.why = this.why;
    this.shown += <u64>part.size;
    this.sink.onPart(part);
  }

  private finish(): void {
    this.kept.letGo();
    this.stage = Stage.between;
    this.passes = this.at;
    this.from = this.at;
  }

  /** What is left of the chunk goes on unread, or belongs to a message that goes on in the next one. */
  private readRest(chunk: Chunk): void {
    if (this.stage == Stage.unread) this.passUnread(chunk);
    else if (this.stage != Stage.between) this.keep(chunk);
  }

  /** Collects what the chunk has of a message that goes on in the next one. */
  private keep(chunk: Chunk): void {
    if (this.course == Course.streamed || this.collectAll(chunk)) return;
    this.stream(Streamed.noMemory);
    this.showParts(chunk, false);
  }

  private collectAll(chunk: Chunk): bool {
    while (this.from < chunk.size) {
      if (!this.collect(chunk, min(this.from + MAX_FETCH, chunk.size))) return false;
    }
    return true;
  }

  private passUnread(chunk: Chunk): void {
    const size = this.kept.bytes.length + chunk.size - this.from;
    if (size > 0) this.sink.onUnread(size);
    this.kept.letGo();
  }

  /** Takes the bytes of an unfinished message out of the chunk, and puts those back that go on. */
  private settle(chunk: Chunk): void {
    if (!this.kept.take(chunk, this.passes)) {
      this.stream(Streamed.noMemory);
      this.showParts(chunk, false);
    }
    this.kept.giveBack(chunk);
  }

  /** After a close: what lies in front of the message at which that happened goes on, the rest does not. */
  private dropRest(chunk: Chunk): void {
    this.stage = Stage.unread;
    this.kept.drop();
    if (this.pass == Pass.whole) this.kept.cut(chunk, this.passes);
  }
}
