import { NANOSECONDS_PER_SECOND } from "./capture.ts";

/** A part of an IP packet that was cut up on its way. */
export interface Fragment {
  /** Equal for all fragments of a packet: addresses, identification, protocol. */
  readonly key: string;
  /** The IP header of the whole packet, but for its length. */
  readonly header: Buffer;
  /** Where the part begins behind the header. */
  readonly offset: number;
  readonly isLast: boolean;
  /** What was captured of it. */
  readonly bytes: Buffer;
  /** On the wire. */
  readonly length: number;
}

interface Partial {
  /** By offset. */
  readonly parts: Map<number, Buffer>;
  readonly since: number;
  header: Buffer;
  held: number;
  /** Known once the last fragment was seen. */
  total: number | undefined;
}

/** An IP packet is no longer, whatever its fragments say. */
const MAX_PACKET_BYTES = 65_535;

/** Packets to put together at a time: a sender has few on their way, and lost ones wait here. */
const MAX_PARTIAL = 1024;

/** RFC 8200 §4.5: what is not complete after a minute is dropped. */
const PATIENCE_NS = 60 * NANOSECONDS_PER_SECOND;

const IPV4_HEADER_BYTES = 20;

/** Puts IP packets together again (RFC 791 §3.2, RFC 8200 §4.5), in any order of their fragments. */
export class Fragments {
  /** The oldest first. */
  private readonly partial = new Map<string, Partial>();
  private joinedCount = 0;

  /** Fragments that became part of a packet. */
  get used(): number {
    return this.joinedCount;
  }

  /** Takes a fragment; returns the packet if that completes it. `time` is in nanoseconds. */
  add(fragment: Fragment, time: number): Buffer | undefined {
    this.forget(time);
    const { key, header, offset, isLast, bytes, length } = fragment;
    const known = this.partial.get(key);
    const packet = known ?? { parts: new Map(), since: time, header, held: 0, total: undefined };
    if (known === undefined) this.partial.set(key, packet);
    if (packet.parts.has(offset)) return undefined;
    const isNonsense =
      packet.held + length > MAX_PACKET_BYTES ||
      offset + length > MAX_PACKET_BYTES ||
      (!isLast && length % 8 !== 0);
    if (bytes.length < length || isNonsense) {
      // Cut off in the capture, overlapping or too long: nothing whole can come of it.
      this.partial.delete(key);
      return undefined;
    }
    // A copy: the capture's buffer is large and would be kept with it.
    packet.parts.set(offset, Buffer.from(bytes));
    packet.held += length;
    if (offset === 0) packet.header = header;
    if (isLast) packet.total = offset + length;
    if (packet.total === undefined || packet.held < packet.total) return undefined;
    this.partial.delete(key);
    const whole = joined(packet);
    if (whole !== undefined) this.joinedCount += packet.parts.size;
    return whole;
  }

  private forget(time: number): void {
    for (const [key, { since }] of this.partial) {
      if (time - since <= PATIENCE_NS && this.partial.size < MAX_PARTIAL) return;
      this.partial.delete(key);
    }
  }
}

/** The packet; undefined where fragments overlap, which nobody's stack may take (RFC 5722). */
function joined({ parts, header }: Partial): Buffer | undefined {
  const ordered = [...parts].sort(([a], [b]) => a - b);
  let next = 0;
  for (const [offset, bytes] of ordered) {
    if (offset !== next) return undefined;
    next += bytes.length;
  }
  const packet = Buffer.concat([header, ...ordered.map(([, bytes]) => bytes)]);
  if (header.length === IPV4_HEADER_BYTES) packet.writeUInt16BE(Math.min(packet.length, MAX_PACKET_BYTES), 2);
  else packet.writeUInt16BE(next, 4);
  return packet;
}
