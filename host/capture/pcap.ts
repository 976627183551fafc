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

const HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;

/** The upper bits of the link type field tell of a frame check sequence. */
const LINK_MASK = 0xffff;

interface Format {
  readonly order: ByteOrder;
  /** Nanoseconds in a unit of the second half of a time stamp. */
  readonly unit: number;
}

/** By the magic number as it reads in big-endian order. */
const FORMATS = new Map<number, Format>([
  [0xa1b2c3d4, { order: BIG_ENDIAN, unit: 1000 }],
  [0xd4c3b2a1, { order: LITTLE_ENDIAN, unit: 1000 }],
  [0xa1b23c4d, { order: BIG_ENDIAN, unit: 1 }],
  [0x4d3cb2a1, { order: LITTLE_ENDIAN, unit: 1 }],
]);

export function isPcap(magic: number): boolean {
  return FORMATS.has(magic);
}

/** A file in libpcap's own format, of microseconds or nanoseconds and either byte order. */
export class PcapReader implements RecordReader {
  readonly unit = "record";
  private readonly place: Place;
  private readonly sink: PacketSink;
  private format: Format | undefined;
  private link = 0;

  constructor(place: Place, sink: PacketSink) {
    this.place = place;
    this.sink = sink;
  }

  read(bytes: Buffer, position: number): number {
    let at = 0;
    if (this.format === undefined) {
      if (bytes.length < HEADER_BYTES) return 0;
      this.format = this.readHeader(bytes, position);
      at = HEADER_BYTES;
    }
    for (;;) {
      const end = this.readRecord(bytes, at, position, this.format);
      if (end < 0) return at;
      at = end;
    }
  }

  private readHeader(bytes: Buffer, position: number): Format {
    const format = FORMATS.get(bytes.readUInt32BE(0));
    if (format === undefined) {
      return this.place.fail(position, "the magic number of pcap", bytes.toString("hex", 0, 4));
    }
    const major = format.order.u16(bytes, 4);
    if (major !== 2) this.place.fail(position + 4, "version 2 of pcap", `version ${major}`);
    this.link = format.order.u32(bytes, 20) & LINK_MASK;
    if (!isSupported(this.link)) {
      this.place.fail(position + 20, `a link type of ${LINK_NAMES}`, `link type ${this.link}`);
    }
    return format;
  }

  /** Returns where the record ends; -1 if it is not all there. */
  private readRecord(bytes: Buffer, at: number, position: number, { order, unit }: Format): number {
    const start = at + RECORD_HEADER_BYTES;
    if (start > bytes.length) return -1;
    const captured = order.u32(bytes, at + 8);
    if (captured > MAX_PACKET_BYTES) {
      const expected = `a packet of at most ${MAX_PACKET_BYTES} bytes`;
      return this.place.fail(position + at + 8, expected, `${captured}`);
    }
    const end = start + captured;
    if (end > bytes.length) return -1;
    const fraction = order.u32(bytes, at + 4) * unit;
    const carry = Math.floor(fraction / NANOSECONDS_PER_SECOND);
    this.sink({
      link: this.link,
      bytes: bytes.subarray(start, end),
      wireLength: wireLengthOf(captured, order.u32(bytes, at + 12)),
      seconds: order.u32(bytes, at) + carry,
      nanoseconds: fraction - carry * NANOSECONDS_PER_SECOND,
    });
    return end;
  }
}
