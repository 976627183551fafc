/** Whether a stream whose beginning was not captured can be read from these bytes on. */
export type JoinTest = (bytes: Uint8Array) => boolean;

/** What a stream passes on, in order. */
export interface StreamSink {
  data(bytes: Uint8Array, time: number): void;
  /** `count` bytes are missing in the capture. */
  lost(count: number, time: number): void;
  /** FIN: the peer sends nothing more. */
  ended(time: number): void;
}

/** How the packets of a capture were put together; all streams count in one. */
export class ReassemblyCounts {
  retransmissions = 0;
  keepAlives = 0;
  outOfOrder = 0;
  /** Segments of which only a part was new. */
  overlaps = 0;
  gaps = 0;
  gapBytes = 0;
  /** Segments that fit no window. */
  strays = 0;
}

/** Out of order data to keep for a direction: what a fast, long path may have in flight behind one loss. */
const MAX_PENDING_BYTES = 4 * 1024 * 1024;
const MAX_PENDING_SEGMENTS = 4096;
/** What a segment takes that is kept, beside its payload. */
export const SEGMENT_BYTES = 256;

/** The largest window that TCP can announce (RFC 7323 §2.3). */
const MAX_WINDOW = 2 ** 30;

interface Piece {
  readonly sequence: number;
  /** On the wire; more than `bytes.length` where the capture cut a packet off. */
  readonly length: number;
  readonly bytes: Uint8Array;
}

/** How far `a` is behind `b` in sequence numbers, which wrap. */
export function distance(a: number, b: number): number {
  return (a - b) | 0;
}

/** Whether what is numbered `sequence` may come behind `next`, at once or later. */
export function isAhead(sequence: number, next: number): boolean {
  const offset = distance(sequence, next);
  return offset >= 0 && offset <= MAX_WINDOW;
}

/** One direction of a connection: segments in any order become bytes in theirs. Of bytes sent twice the first win. */
export class TcpStream {
  private readonly sink: StreamSink;
  private readonly counts: ReassemblyCounts;
  private readonly joins: JoinTest;
  private readonly pending: Piece[] = [];
  private pendingBytes = 0;
  private nextSequence = 0;
  private finAt: number | undefined;
  private isKnown = false;
  /** What came before the first bytes seen was not captured. */
  private isHeadless = false;
  private isInDoubt = false;
  private isOver = false;

  constructor(sink: StreamSink, counts: ReassemblyCounts, joins: JoinTest) {
    this.sink = sink;
    this.counts = counts;
    this.joins = joins;
  }

  /** Whether it is known which byte comes next. */
  get known(): boolean {
    return this.isKnown;
  }

  /** The sequence number that comes next. */
  get next(): number {
    return this.nextSequence;
  }

  /** Bytes of memory, roughly, that wait behind holes. */
  get waiting(): number {
    return this.pendingBytes + this.pending.length * SEGMENT_BYTES;
  }

  get over(): boolean {
    return this.isOver;
  }

  /** The stream's first byte will have this number. */
  begin(sequence: number): void {
    this.isKnown = true;
    this.nextSequence = sequence >>> 0;
  }

  /** The stream began before the capture; the next byte has this number. */
  join(sequence: number): void {
    this.begin(sequence);
    this.isHeadless = true;
  }

  /** How many sequence numbers the other side has acknowledged that were not seen here; 0 or less if none. */
  missing(acknowledged: number): number {
    if (!this.isKnown || this.isOver) return 0;
    const count = distance(acknowledged, this.accounted);
    return count > MAX_WINDOW ? 0 : count;
  }

  /** Whether a segment has the byte that comes next. */
  continues(sequence: number, length: number): boolean {
    const offset = distance(sequence, this.accounted);
    return this.isKnown && offset <= 0 && offset + length > 0;
  }

  /** Takes the payload of a segment: `length` bytes on the wire, of which `bytes` were captured. */
  add(sequence: number, bytes: Uint8Array, length: number, time: number): void {
    if (!this.isKnown) this.join(sequence);
    this.refute(sequence, time);
    const offset = distance(sequence, this.nextSequence);
    if (this.isOver || Math.abs(offset) > MAX_WINDOW) {
      this.counts.strays++;
    } else if (offset + length <= 0) {
      if (length <= 1 && offset === -1) this.counts.keepAlives++;
      else this.counts.retransmissions++;
    } else if (offset === 0 && this.pending.length === 0) {
      this.pass(bytes, length, time);
    } else {
      this.insert({ sequence, length, bytes }, offset);
      this.drain(time);
      if (this.pendingBytes > MAX_PENDING_BYTES || this.pending.length > MAX_PENDING_SEGMENTS) {
        this.skipHole(time);
      }
    }
  }

  /** A FIN behind the byte before this number. */
  finish(sequence: number, time: number): void {
    if (!this.isKnown) this.join(sequence);
    this.refute(sequence, time);
    if (this.isOver || !isAhead(sequence, this.nextSequence)) return;
    this.finAt ??= sequence >>> 0;
    this.endIfDue(time);
  }

  /** Whether the next number was acknowledged and is taken for a FIN, unless something comes behind it. */
  get inDoubt(): boolean {
    return this.isInDoubt;
  }

  /** Data or a FIN are known that begin here: behind a number in doubt, which was a byte's then. */
  refute(sequence: number, time: number): void {
    if (!this.isInDoubt || !isAhead(sequence, this.accounted)) return;
    this.isInDoubt = false;
    this.lose(1, time);
  }

  /** Nothing more is to be expected: a number in doubt was a FIN. */
  settle(time: number): void {
    if (this.isInDoubt) this.finish(this.nextSequence, time);
  }

  /** What was acknowledged up to this number but never captured is missing for good. */
  giveUp(acknowledged: number, time: number): void {
    while (this.missing(acknowledged) > 0) {
      const first = this.pending[0];
      if (first !== undefined && distance(acknowledged, first.sequence) > 0) this.skipHole(time);
      else this.giveUpEnd(acknowledged, time);
    }
  }

  /** Passes on with gaps what waits behind holes. */
  passOn(time: number): void {
    while (this.pending.length > 0) this.skipHole(time);
  }

  /** No more packets come: what waits behind holes is passed on with gaps. */
  flush(time: number): void {
    this.passOn(time);
    this.settle(time);
    if (this.finAt !== undefined) this.loseUntilFin(MAX_WINDOW, time);
  }

  /** The number behind all that was passed on, is missing or in doubt. */
  private get accounted(): number {
    return this.isInDoubt ? this.nextSequence + 1 : this.nextSequence;
  }

  /** Gives up a hole that nothing captured lies in. */
  private giveUpEnd(acknowledged: number, time: number): void {
    const hole = distance(acknowledged, this.nextSequence);
    this.isInDoubt = hole === 1 && this.pending.length === 0 && this.finAt === undefined;
    if (!this.isInDoubt) this.loseUntilFin(hole, time);
  }

  private loseUntilFin(count: number, time: number): void {
    const rest = this.finAt === undefined ? count : distance(this.finAt, this.nextSequence);
    this.lose(Math.min(count, rest), time);
    this.drain(time);
    this.endIfDue(time);
  }

  private skipHole(time: number): void {
    const first = this.pending[0];
    if (first === undefined) return;
    this.loseUntilFin(distance(first.sequence, this.nextSequence), time);
  }

  private lose(count: number, time: number): void {
    if (count <= 0) return;
    this.counts.gaps++;
    this.counts.gapBytes += count;
    this.nextSequence = (this.nextSequence + count) >>> 0;
    this.isHeadless = false;
    this.sink.lost(count, time);
  }

  /** Passes on what comes next. */
  private pass(bytes: Uint8Array, length: number, time: number): void {
    this.isInDoubt = false;
    const isLost = this.isHeadless && !this.joins(bytes);
    this.isHeadless = false;
    if (isLost) {
      // Without their beginning these bytes mean nothing; how many are missing before them nobody knows.
      this.nextSequence = (this.nextSequence + length) >>> 0;
      this.sink.lost(length, time);
    } else {
      this.nextSequence = (this.nextSequence + bytes.length) >>> 0;
      if (bytes.length > 0) this.sink.data(bytes, time);
      this.lose(length - bytes.length, time);
    }
    this.endIfDue(time);
  }

  private endIfDue(time: number): void {
    if (this.isOver || this.finAt === undefined || distance(this.finAt, this.nextSequence) > 0) return;
    this.isOver = true;
    this.isInDoubt = false;
    this.pending.length = 0;
    this.pendingBytes = 0;
    this.sink.ended(time);
  }

  /** Puts aside what of a segment is neither passed on nor put aside yet. */
  private insert(segment: Piece, offset: number): void {
    if (offset > 0) this.counts.outOfOrder++;
    const skipped = Math.max(0, -offset);
    let rest: Piece | undefined = skipped === 0 ? segment : without(segment, skipped);
    let isCut = skipped > 0;
    for (let i = 0; i < this.pending.length && rest !== undefined; i++) {
      const there = this.pending[i];
      if (there === undefined) break;
      const before = distance(there.sequence, rest.sequence);
      if (before >= rest.length) {
        this.place(i, rest);
        rest = undefined;
        break;
      }
      if (before > 0) this.place(i++, upTo(rest, before));
      const covered = before + there.length;
      if (covered <= 0) continue;
      isCut = true;
      rest = covered >= rest.length ? undefined : without(rest, covered);
    }
    if (rest !== undefined) this.place(this.pending.length, rest);
    if (isCut) this.counts.overlaps++;
  }

  private place(index: number, piece: Piece): void {
    // A copy: the packet's buffer is large and would be kept with it.
    this.pending.splice(index, 0, { ...piece, bytes: Uint8Array.from(piece.bytes) });
    this.pendingBytes += piece.bytes.length;
  }

  private drain(time: number): void {
    let count = 0;
    for (const { sequence, bytes, length } of [...this.pending]) {
      if (sequence !== this.nextSequence) break;
      count++;
      this.pendingBytes -= bytes.length;
      this.pass(bytes, length, time);
      if (this.isOver) return;
    }
    this.pending.splice(0, count);
  }
}

function without({ sequence, length, bytes }: Piece, count: number): Piece {
  return { sequence: (sequence + count) >>> 0, length: length - count, bytes: bytes.subarray(count) };
}

function upTo({ sequence, bytes }: Piece, count: number): Piece {
  return { sequence, length: count, bytes: bytes.subarray(0, count) };
}
