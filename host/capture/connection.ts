import { Flag } from "./segment.ts";
import { SEGMENT_BYTES, TcpStream, isAhead, type JoinTest, type ReassemblyCounts } from "./stream.ts";

export type CapturePeer = "client" | "server";

/** Hears what a connection carries, in the order in which its ends saw it. Times are nanoseconds, never going back. */
export interface ConnectionSink {
  data(from: CapturePeer, bytes: Uint8Array, time: number): void;
  lost(from: CapturePeer, count: number, time: number): void;
  ended(from: CapturePeer, time: number): void;
  reset(from: CapturePeer, time: number): void;
}

/** Listens to a connection that nobody wants. */
export const NOBODY: ConnectionSink = {
  data: () => undefined,
  lost: () => undefined,
  ended: () => undefined,
  reset: () => undefined,
};

/** A segment as a connection takes it. */
export interface ConnectionSegment {
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
  readonly payload: Uint8Array;
  readonly length: number;
}

interface Held extends ConnectionSegment {
  readonly from: CapturePeer;
  readonly time: number;
}

/**
 * What acknowledges bytes that were not captured waits for them this long: captures of several queues or interfaces put
 * packets in a slightly wrong order. Afterwards they count as missing.
 */
const MAX_WAIT_NS = 50_000_000;
const MAX_HELD = 64;

export type State = "opening" | "open" | "closed";

/** One TCP connection of a capture. */
export class TcpConnection {
  state: State = "opening";
  /** Neither SYN nor SYN-ACK was captured. */
  isMidStream = false;

  private readonly onOpen: (time: number) => ConnectionSink;
  private sink: ConnectionSink | undefined;
  /** Sequence numbers of the SYNs that were captured. */
  private readonly initial: Record<CapturePeer, number | undefined> = {
    client: undefined,
    server: undefined,
  };
  private readonly streams: Record<CapturePeer, TcpStream>;
  private readonly held: Held[] = [];
  private heldBytes = 0;
  private now = 0;

  /** `onOpen` is called when both ends have agreed on the connection, or its first bytes are seen. */
  constructor(onOpen: (time: number) => ConnectionSink, counts: ReassemblyCounts, joins: JoinTest) {
    this.onOpen = onOpen;
    const stream = (from: CapturePeer): TcpStream =>
      new TcpStream(
        {
          data: (bytes, time) => this.opened(time).data(from, bytes, time),
          lost: (count, time) => this.opened(time).lost(from, count, time),
          ended: (time) => this.opened(time).ended(from, time),
        },
        counts,
        joins,
      );
    this.streams = { client: stream("client"), server: stream("server") };
  }

  /** Whether it was ever passed on. */
  get hasOpened(): boolean {
    return this.sink !== undefined;
  }

  /** Bytes of memory, roughly, that wait for packets that have not come. */
  get waiting(): number {
    const { client, server } = this.streams;
    return this.heldBytes + this.held.length * SEGMENT_BYTES + client.waiting + server.waiting;
  }

  /** Whether a SYN belongs to this connection: if not, it opens another one between the same ports. */
  opensWith(from: CapturePeer, { flags, sequence }: ConnectionSegment): boolean {
    const known = this.initial[from];
    const isAnswer = (flags & Flag.ack) !== 0;
    if (known !== undefined) return known === sequence && !(isAnswer && this.isClosed());
    // Both ends may open at once (RFC 9293 §3.5).
    return isAnswer ? !this.isClosed() : this.state === "opening" && from === "server";
  }

  accept(from: CapturePeer, segment: ConnectionSegment, time: number): void {
    if (this.state === "closed") return;
    const first = this.held[0];
    if (first === undefined) {
      if (this.isEarly(from, segment)) this.hold(from, segment, time);
      else this.process(from, segment, time);
      return;
    }
    const awaited = opposite(first.from);
    if (from === awaited && this.streams[from].continues(segment.sequence, numbersOf(segment))) {
      this.process(from, segment, time);
      this.release();
    } else {
      this.hold(from, segment, time);
    }
    while (this.mustGiveUp(time)) this.giveUp();
  }

  /** Gives up what is awaited for too long at this time; with Infinity, all that is. */
  giveUpAt(time: number): void {
    while (this.mustGiveUp(time)) this.giveUp();
    if (time !== Infinity) return;
    this.streams.client.passOn(this.now);
    this.streams.server.passOn(this.now);
    this.closeIfOver();
  }

  /** The capture has no more of this connection. */
  finish(time: number): void {
    while (this.held.length > 0 && !this.isClosed()) this.giveUp();
    if (this.isClosed()) return;
    this.streams.client.flush(this.at(time));
    this.streams.server.flush(this.at(time));
    this.closeIfOver();
  }

  /** The client has forgotten the connection: its ports are in use for another one. */
  supersede(time: number): void {
    this.finish(time);
    if (this.state === "open") this.sink?.reset("client", this.at(time));
    this.close();
  }

  private mustGiveUp(time: number): boolean {
    const first = this.held[0];
    if (first === undefined || this.isClosed()) return false;
    return time - first.time > MAX_WAIT_NS || this.held.length > MAX_HELD;
  }

  private giveUp(): void {
    const first = this.held[0];
    if (first === undefined) return;
    const awaited = opposite(first.from);
    const [stream, time] = [this.streams[awaited], this.at(first.time)];
    stream.giveUp(first.acknowledgement, time);
    for (const held of this.held) {
      if (held.from === awaited && numbersOf(held) > 0) stream.refute(held.sequence, time);
    }
    if ((first.flags & Flag.fin) !== 0) stream.settle(time);
    this.release();
  }

  /** Takes what was held as if it came now. */
  private release(): void {
    for (const segment of this.dropHeld()) this.accept(segment.from, segment, segment.time);
  }

  private dropHeld(): Held[] {
    this.heldBytes = 0;
    return this.held.splice(0);
  }

  private hold(from: CapturePeer, segment: ConnectionSegment, time: number): void {
    const { sequence, acknowledgement, flags, length } = segment;
    // A copy: the packet's buffer is large and would be kept with it.
    const payload = Uint8Array.from(segment.payload);
    this.held.push({ from, time, sequence, acknowledgement, flags, payload, length });
    this.heldBytes += payload.length;
  }

  /** Whether a segment acknowledges what the other side was not seen to send, or follows an end that is in doubt. */
  private isEarly(from: CapturePeer, { flags, acknowledgement }: ConnectionSegment): boolean {
    if ((flags & Flag.ack) === 0 || (flags & Flag.rst) !== 0) return false;
    const other = this.streams[opposite(from)];
    return other.missing(acknowledgement) > 0 || (other.inDoubt && (flags & Flag.fin) !== 0);
  }

  private process(from: CapturePeer, segment: ConnectionSegment, captured: number): void {
    const time = this.at(captured);
    const { flags, sequence, length } = segment;
    const stream = this.streams[from];
    if ((flags & Flag.syn) !== 0) this.synchronise(from, segment);
    else if ((flags & Flag.ack) !== 0) this.learn(from, segment);
    if ((flags & Flag.rst) !== 0) {
      this.resetBy(from, segment, time);
      return;
    }
    const isHandshakeDone = from === "client" && (flags & (Flag.ack | Flag.syn)) === Flag.ack;
    if (length > 0 || (isHandshakeDone && this.streams.client.known && !this.isMidStream)) this.opened(time);
    const start = (flags & Flag.syn) !== 0 ? (sequence + 1) >>> 0 : sequence;
    if (length > 0) stream.add(start, segment.payload, length, time);
    if ((flags & Flag.fin) !== 0 && this.state === "open") stream.finish((start + length) >>> 0, time);
    this.closeIfOver();
  }

  private synchronise(from: CapturePeer, { sequence, acknowledgement, flags }: ConnectionSegment): void {
    this.initial[from] ??= sequence;
    if (!this.streams[from].known) this.streams[from].begin(sequence + 1);
    const other = this.streams[opposite(from)];
    if ((flags & Flag.ack) !== 0 && !other.known) other.begin(acknowledgement);
  }

  /** An acknowledgement tells where the other side's stream is, if nothing of it was captured so far. */
  private learn(from: CapturePeer, { sequence, acknowledgement, length }: ConnectionSegment): void {
    const [stream, other] = [this.streams[from], this.streams[opposite(from)]];
    if (other.known) return;
    const isHandshake = this.initial.client !== undefined && length === 0 && stream.next === sequence;
    if (isHandshake) other.begin(acknowledgement);
    else if (stream.known || length > 0) other.join(acknowledgement);
  }

  private resetBy(from: CapturePeer, { sequence }: ConnectionSegment, time: number): void {
    const stream = this.streams[from];
    const isElsewhere = stream.known && !isAhead(sequence, stream.next);
    if (isElsewhere && this.state === "open") return;
    if (this.state === "open") {
      this.streams.client.flush(time);
      this.streams.server.flush(time);
      this.closeIfOver();
      if (!this.isClosed()) this.sink?.reset(from, time);
    }
    this.close();
  }

  private opened(time: number): ConnectionSink {
    if (this.sink !== undefined) return this.sink;
    this.state = "open";
    this.sink = this.onOpen(time);
    return this.sink;
  }

  private closeIfOver(): void {
    if (this.streams.client.over && this.streams.server.over) this.close();
  }

  private close(): void {
    this.state = "closed";
    this.dropHeld();
  }

  /** A method, as the compiler does not see that calls change the state. */
  private isClosed(): boolean {
    return this.state === "closed";
  }

  private at(time: number): number {
    this.now = Math.max(this.now, time);
    return this.now;
  }
}

/** How many sequence numbers a segment takes that is no SYN. */
function numbersOf({ length, flags }: ConnectionSegment): number {
  return (flags & Flag.fin) === 0 ? length : length + 1;
}

export function opposite(peer: CapturePeer): CapturePeer {
  return peer === "client" ? "server" : "client";
}
