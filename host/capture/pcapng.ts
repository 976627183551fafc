import {
  BIG_ENDIAN,
  LITTLE_ENDIAN,
  MAX_PACKET_BYTES,
  NANOSECONDS_PER_SECOND,
  wireLengthOf,
  type ByteOrder,
  type PacketSink,
  type Place,
  type RecordReader,
} from "./capture.ts";
import { LINK_NAMES, isSupported } from "./link.ts";

/** Reads the same in both byte orders. */
export const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const PACKET = 2;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Type, length, and the length again at the end. */
const FRAME_BYTES = 12;
/** The longest block: a packet with its options, or a list of names, or the keys of TLS sessions. */
const MAX_BLOCK_BYTES = 16 * 1024 * 1024;

const OPTION_END = 0;
const OPTION_TSRESOL = 9;
const OPTION_TSOFFSET = 14;

/** Whatever divides a second exactly this often or less can be counted in doubles until the year 2255. */
const EXACT_UNITS = 1_000_000;
const TWO_TO_32 = 2 ** 32;

interface Interface {
  readonly link: number;
  readonly snapLength: number;
  readonly unitsPerSecond: bigint;
  readonly offsetSeconds: number;
}

/** The time of a packet: whole seconds since 1970 and nanoseconds on top. */
interface Time {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** A file in the format of Wireshark: any number of sections, each with its own byte order and interfaces. */
export class PcapngReader implements RecordReader {
  readonly unit = "block";
  private readonly place: Place;
  private readonly sink: PacketSink;
  private order: ByteOrder = LITTLE_ENDIAN;
  private interfaces: Interface[] = [];
  /** Simple packets have no time of their own. */
  private lastTime: Time = { seconds: 0, nanoseconds: 0 };
  private hasReadable = false;

  constructor(place: Place, sink: PacketSink) {
    this.place = place;
    this.sink = sink;
  }

  read(bytes: Buffer, position: number): number {
    let at = 0;
    for (;;) {
      const end = this.readBlock(bytes, at, position);
      if (end < 0) return at;
      at = end;
    }
  }

  /** Returns where the block ends; -1 if it is not all there. */
  private readBlock(bytes: Buffer, at: number, position: number): number {
    if (at + FRAME_BYTES > bytes.length) return -1;
    const isSection = bytes.readUInt32BE(at) === SECTION_HEADER;
    if (isSection) this.beginSection(bytes, at, position);
    const length = this.order.u32(bytes, at + 4);
    if (length < FRAME_BYTES || length > MAX_BLOCK_BYTES || length % 4 !== 0) {
      const expected = `the length of a block, ${FRAME_BYTES} to ${MAX_BLOCK_BYTES} and a multiple of 4`;
      return this.place.fail(position + at + 4, expected, `${length}`);
    }
    const end = at + length;
    if (end > bytes.length) return -1;
    const again = this.order.u32(bytes, end - 4);
    if (again !== length)
      this.place.fail(position + end - 4, `the block's length ${length} again`, `${again}`);
    if (!isSection) this.readBody(bytes.subarray(at, end - 4), position + at);
    return end;
  }

  private beginSection(bytes: Buffer, at: number, position: number): void {
    const little = bytes.readUInt32LE(at + 8) === BYTE_ORDER_MAGIC;
    if (!little && bytes.readUInt32BE(at + 8) !== BYTE_ORDER_MAGIC) {
      this.place.fail(
        position + at + 8,
        "the byte-order magic of pcapng",
        bytes.toString("hex", at + 8, at + 12),
      );
    }
    this.order = little ? LITTLE_ENDIAN : BIG_ENDIAN;
    this.interfaces = [];
  }

  /** `block` is without the length at its end. */
  private readBody(block: Buffer, position: number): void {
    switch (this.order.u32(block, 0)) {
      case INTERFACE_DESCRIPTION:
        this.interfaces.push(this.describe(block, position));
        break;
      case ENHANCED_PACKET:
        this.needs(block, position, 28);
        this.timedPacket(block, position, this.order.u32(block, 8));
        break;
      case PACKET:
        this.needs(block, position, 28);
        this.timedPacket(block, position, this.order.u16(block, 8));
        break;
      case SIMPLE_PACKET:
        this.needs(block, position, 12);
        this.simplePacket(block, position);
        break;
      default:
    }
  }

  private describe(block: Buffer, position: number): Interface {
    this.needs(block, position, 16);
    const link = this.order.u16(block, 8);
    this.hasReadable ||= isSupported(link);
    let unitsPerSecond = 1_000_000n;
    let offsetSeconds = 0;
    for (const { code, value } of this.options(block, 16)) {
      if (code === OPTION_TSRESOL && value.length > 0) unitsPerSecond = resolution(value.readUInt8(0));
      if (code === OPTION_TSOFFSET && value.length >= 8) offsetSeconds = this.signed64(value);
    }
    return { link, snapLength: this.order.u32(block, 12), unitsPerSecond, offsetSeconds };
  }

  private *options(block: Buffer, from: number): Generator<{ code: number; value: Buffer }> {
    for (let at = from; at + 4 <= block.length;) {
      const code = this.order.u16(block, at);
      const length = this.order.u16(block, at + 2);
      if (code === OPTION_END) return;
      yield { code, value: block.subarray(at + 4, Math.min(at + 4 + length, block.length)) };
      at += 4 + padded(length);
    }
  }

  private timedPacket(block: Buffer, position: number, index: number): void {
    const from = this.interfaceOf(index, position);
    const captured = this.order.u32(block, 20);
    this.lastTime = timeOf(this.order.u32(block, 12), this.order.u32(block, 16), from);
    this.pass(block, position, { at: 28, captured, wireLength: this.order.u32(block, 24), link: from.link });
  }

  private simplePacket(block: Buffer, position: number): void {
    const { link, snapLength } = this.interfaceOf(0, position);
    const wireLength = this.order.u32(block, 8);
    const most = snapLength === 0 ? wireLength : Math.min(wireLength, snapLength);
    this.pass(block, position, { at: 12, captured: Math.min(most, block.length - 12), wireLength, link });
  }

  private pass(
    block: Buffer,
    position: number,
    { at, captured, wireLength, link }: { at: number; captured: number; wireLength: number; link: number },
  ): void {
    const room = Math.min(block.length - at, MAX_PACKET_BYTES);
    if (captured > room) this.place.fail(position + at, `a packet of at most ${room} bytes`, `${captured}`);
    this.sink({
      link,
      bytes: block.subarray(at, at + captured),
      wireLength: wireLengthOf(captured, wireLength),
      ...this.lastTime,
    });
  }

  private interfaceOf(index: number, position: number): Interface {
    const found = this.interfaces[index];
    if (found === undefined) {
      return this.place.fail(position, "a packet of an interface described before", `interface ${index}`);
    }
    if (!this.hasReadable) {
      this.place.fail(position, `an interface with a link type of ${LINK_NAMES}`, `link type ${found.link}`);
    }
    return found;
  }

  private needs(block: Buffer, position: number, length: number): void {
    if (block.length >= length) return;
    this.place.fail(position, `a block of at least ${length + 4} bytes`, `${block.length + 4}`);
  }

  private signed64(value: Buffer): number {
    const big = this.order === LITTLE_ENDIAN ? value.readBigInt64LE(0) : value.readBigInt64BE(0);
    return Number(big);
  }
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

/** if_tsresol: a negative power of 10, or of 2 with the highest bit set. */
function resolution(value: number): bigint {
  const exponent = BigInt(value & 0x7f);
  return value >= 0x80 ? 2n ** exponent : 10n ** exponent;
}

function timeOf(high: number, low: number, { unitsPerSecond, offsetSeconds }: Interface): Time {
  if (unitsPerSecond <= EXACT_UNITS) {
    const units = high * TWO_TO_32 + low;
    const perSecond = Number(unitsPerSecond);
    const seconds = Math.floor(units / perSecond);
    const rest = units - seconds * perSecond;
    return {
      seconds: seconds + offsetSeconds,
      nanoseconds: Math.floor((rest * NANOSECONDS_PER_SECOND) / perSecond),
    };
  }
  const units = (BigInt(high) << 32n) | BigInt(low);
  const nanoseconds = ((units % unitsPerSecond) * BigInt(NANOSECONDS_PER_SECOND)) / unitsPerSecond;
  return { seconds: Number(units / unitsPerSecond) + offsetSeconds, nanoseconds: Number(nanoseconds) };
}
