/** A packet as a capture file holds it. */
export interface CapturedPacket {
  /** LINKTYPE_… (https://www.tcpdump.org/linktypes.html): what the bytes begin with. */
  readonly link: number;
  /** What was captured; valid as long as it is held. */
  readonly bytes: Buffer;
  /** Bytes on the wire: more than `bytes.length` where the capture cut the packet off (snaplen). */
  readonly wireLength: number;
  /** Time of capture: whole seconds since 1970 and nanoseconds on top of them. */
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** Takes records apart. `position` is that of `bytes[0]` in the (unpacked) file. */
export interface RecordReader {
  /** Passes on every packet that is complete; returns how many bytes were used up. */
  read(bytes: Buffer, position: number): number;
  /** What `bytes`, the incomplete rest of the file, begins: `record`, `block`. */
  readonly unit: string;
}

export type PacketSink = (packet: CapturedPacket) => void;

/** A capture that cannot be read; the message is one line that names file, offset and what was expected. */
export class CaptureError extends Error {
  override readonly name = "CaptureError";
}

/** Where in a file a reader stands; makes its complaints. */
export class Place {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  fail(offset: number, expected: string, found: string): never {
    throw new CaptureError(`${this.file}: byte ${offset}: expected ${expected}, found ${found}`);
  }
}

/** The longest packet: BIG TCP segments have up to 512 KiB; what claims to be longer is no packet. */
export const MAX_PACKET_BYTES = 1024 * 1024;

/** How long a packet was on the wire, of which a file claims that it was so long. */
export function wireLengthOf(captured: number, claimed: number): number {
  return claimed > MAX_PACKET_BYTES ? captured : Math.max(captured, claimed);
}

export const NANOSECONDS_PER_SECOND = 1_000_000_000;

/** Reads numbers in the byte order of the machine that wrote the capture. */
export interface ByteOrder {
  u16(bytes: Buffer, offset: number): number;
  u32(bytes: Buffer, offset: number): number;
}

export const LITTLE_ENDIAN: ByteOrder = {
  u16: (bytes, offset) => bytes.readUInt16LE(offset),
  u32: (bytes, offset) => bytes.readUInt32LE(offset),
};

export const BIG_ENDIAN: ByteOrder = {
  u16: (bytes, offset) => bytes.readUInt16BE(offset),
  u32: (bytes, offset) => bytes.readUInt32BE(offset),
};
