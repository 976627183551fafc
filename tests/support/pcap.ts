// Writes captures: segments of TCP connections, in frames, in files.

import { Flag } from "../../host/capture/segment.ts";

/** A segment of a connection between 192.0.2.1 (or 2001:db8::1) and .2. */
export interface WrittenSegment {
  readonly from: "client" | "server";
  /** Sequence number of the first byte, or of SYN or FIN. */
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
  readonly payload: Uint8Array;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
  readonly clientPort: number;
  readonly serverPort: number;
}

export interface WrittenPacket {
  readonly time: bigint;
  readonly bytes: Buffer;
  /** On the wire, if that was more. */
  readonly wireLength?: number;
}

/** 2026-01-01, as the transcripts' clock. */
export const START = 1_767_225_600_000_000_000n;

/** Two peers that talk by the book; each call writes one segment. Single packets can be changed or left out afterwards. */
export class TcpTalk {
  readonly segments: WrittenSegment[] = [];
  readonly clientPort: number;
  readonly serverPort: number;
  private readonly sent: Record<"client" | "server", number>;
  private now: bigint;

  constructor({ clientPort = 49152, serverPort = 25, client = 1000, server = 5000, time = START } = {}) {
    this.clientPort = clientPort;
    this.serverPort = serverPort;
    this.sent = { client, server };
    this.now = time;
  }

  handshake(): this {
    this.write("client", Flag.syn);
    this.write("server", Flag.syn | Flag.ack);
    return this.write("client", Flag.ack);
  }

  client(text: string | Uint8Array): this {
    return this.write("client", Flag.ack, text);
  }

  server(text: string | Uint8Array): this {
    return this.write("server", Flag.ack, text);
  }

  fin(from: "client" | "server", text: string | Uint8Array = ""): this {
    return this.write(from, Flag.ack | Flag.fin, text);
  }

  reset(from: "client" | "server"): this {
    return this.write(from, Flag.ack | Flag.rst);
  }

  /** An empty acknowledgement. */
  ack(from: "client" | "server"): this {
    return this.write(from, Flag.ack);
  }

  wait(milliseconds: number): this {
    this.now += BigInt(Math.round(milliseconds * 1e6));
    return this;
  }

  private write(from: "client" | "server", flags: number, text: string | Uint8Array = ""): this {
    const payload = typeof text === "string" ? Buffer.from(text) : text;
    const to = from === "client" ? "server" : "client";
    const acknowledgement = (flags & Flag.ack) === 0 ? 0 : this.sent[to];
    const { clientPort, serverPort, now: time } = this;
    const sequence = this.sent[from];
    this.segments.push({ from, sequence, acknowledgement, flags, payload, time, clientPort, serverPort });
    const counted = (flags & (Flag.syn | Flag.fin)) === 0 ? 0 : 1;
    this.sent[from] = (sequence + payload.length + counted) >>> 0;
    return this;
  }
}

export interface FrameOptions {
  /** LINKTYPE_…; Ethernet by default. */
  readonly link?: number;
  readonly version?: 4 | 6;
  /** EtherTypes of the VLAN tags in front. */
  readonly tags?: readonly number[];
  /** IPv6 extension headers by number, or an IPv4 fragment offset field. */
  readonly extensions?: readonly number[];
  readonly fragment?: number;
}

/** The packet of a segment. */
export function packetOf(segment: WrittenSegment, options: FrameOptions = {}): WrittenPacket {
  const ip =
    options.version === 6 ? ipv6(segment, options.extensions ?? []) : ipv4(segment, options.fragment ?? 0);
  return { time: segment.time, bytes: Buffer.concat([linkHeader(options), ip]) };
}

/** All packets of some segments. */
export function packetsOf(segments: readonly WrittenSegment[], options: FrameOptions = {}): WrittenPacket[] {
  return segments.map((segment) => packetOf(segment, options));
}

/** Cuts a packet off as a snaplen does. */
export function cutOff(packet: WrittenPacket, bytes: number): WrittenPacket {
  return { ...packet, bytes: packet.bytes.subarray(0, bytes), wireLength: packet.bytes.length };
}

/** The packet in fragments (Ethernet, no extension headers) of so many bytes each, a multiple of 8. */
export function fragmentsOf(packet: WrittenPacket, size: number, id = 7): WrittenPacket[] {
  const isV4 = packet.bytes.readUInt8(14) >> 4 === 4;
  const headerBytes = 14 + (isV4 ? 20 : 40);
  const payload = packet.bytes.subarray(headerBytes);
  const parts: WrittenPacket[] = [];
  for (let at = 0; at < payload.length; at += size) {
    const part = payload.subarray(at, at + size);
    const more = at + size < payload.length;
    const header = Buffer.from(packet.bytes.subarray(0, headerBytes));
    if (isV4) {
      header.writeUInt16BE(20 + part.length, 16);
      header.writeUInt16BE(id, 18);
      header.writeUInt16BE(at / 8 + (more ? 0x2000 : 0), 20);
      parts.push({ ...packet, bytes: Buffer.concat([header, part]) });
      continue;
    }
    const extension = Buffer.alloc(8);
    extension.writeUInt8(header.readUInt8(20), 0);
    extension.writeUInt16BE(at + (more ? 1 : 0), 2);
    extension.writeUInt32BE(id, 4);
    header.writeUInt16BE(8 + part.length, 18);
    header.writeUInt8(44, 20);
    parts.push({ ...packet, bytes: Buffer.concat([header, extension, part]) });
  }
  return parts;
}

function tcp(segment: WrittenSegment): Buffer {
  const header = Buffer.alloc(20);
  const ports = [segment.clientPort, segment.serverPort];
  if (segment.from === "server") ports.reverse();
  header.writeUInt16BE(ports[0] ?? 0, 0);
  header.writeUInt16BE(ports[1] ?? 0, 2);
  header.writeUInt32BE(segment.sequence, 4);
  header.writeUInt32BE(segment.acknowledgement, 8);
  header.writeUInt8(5 << 4, 12);
  header.writeUInt8(segment.flags, 13);
  return Buffer.concat([header, segment.payload]);
}

function ipv4(segment: WrittenSegment, fragment: number): Buffer {
  const payload = tcp(segment);
  const header = Buffer.alloc(20);
  header.writeUInt8(0x45, 0);
  header.writeUInt16BE(20 + payload.length, 2);
  header.writeUInt16BE(fragment, 6);
  header.writeUInt8(6, 9);
  const hosts = segment.from === "client" ? [1, 2] : [2, 1];
  hosts.forEach((host, i) => Buffer.from([192, 0, 2, host]).copy(header, 12 + 4 * i));
  return Buffer.concat([header, payload]);
}

const FRAGMENT_HEADER = 44;
const AUTHENTICATION_HEADER = 51;

function ipv6(segment: WrittenSegment, extensions: readonly number[]): Buffer {
  const chain = [...extensions, 6];
  const headers = extensions.map((kind, i) => {
    const header = Buffer.alloc(kind === FRAGMENT_HEADER ? 8 : 16);
    header.writeUInt8(chain[i + 1] ?? 6, 0);
    // The length counts 8 bytes behind the first 8; that of AH 4 bytes behind the first 8.
    if (kind !== FRAGMENT_HEADER) header.writeUInt8(kind === AUTHENTICATION_HEADER ? 2 : 1, 1);
    return header;
  });
  const payload = Buffer.concat([...headers, tcp(segment)]);
  const header = Buffer.alloc(40);
  header.writeUInt8(0x60, 0);
  header.writeUInt16BE(payload.length, 4);
  header.writeUInt8(chain[0] ?? 6, 6);
  const hosts = segment.from === "client" ? [1, 2] : [2, 1];
  hosts.forEach((host, i) => {
    Buffer.from([0x20, 0x01, 0x0d, 0xb8]).copy(header, 8 + 16 * i);
    header.writeUInt8(host, 23 + 16 * i);
  });
  return Buffer.concat([header, payload]);
}

function linkHeader({ link = 1, version = 4, tags = [] }: FrameOptions): Buffer {
  const type = version === 6 ? 0x86dd : 0x0800;
  const types = [...tags, type];
  const tagBytes = tags.map((_, i) =>
    Buffer.from([0, 100 + i, (types[i + 1] ?? 0) >> 8, (types[i + 1] ?? 0) & 255]),
  );
  const first = Buffer.from([(types[0] ?? 0) >> 8, (types[0] ?? 0) & 255]);
  switch (link) {
    case 1:
      return Buffer.concat([Buffer.alloc(12, 2), first, ...tagBytes]);
    case 113:
      return Buffer.concat([Buffer.alloc(14), first, ...tagBytes]);
    case 276:
      return Buffer.concat([first, Buffer.alloc(18), ...tagBytes]);
    case 0:
      return Buffer.from([version === 6 ? 30 : 2, 0, 0, 0]);
    case 108:
      return Buffer.from([0, 0, 0, version === 6 ? 30 : 2]);
    default:
      return Buffer.alloc(0);
  }
}

export interface PcapOptions {
  readonly link?: number;
  readonly unit?: "us" | "ns";
  readonly order?: "little" | "big";
}

/** A file in libpcap's format. */
export function pcapOf(packets: readonly WrittenPacket[], options: PcapOptions = {}): Buffer {
  const { link = 1, unit = "us", order = "little" } = options;
  const u32 = writer(order);
  const magic = unit === "us" ? 0xa1b2c3d4 : 0xa1b23c4d;
  const version = order === "little" ? 0x0004_0002 : 0x0002_0004;
  const parts = [u32(magic, version, 0, 0, 262_144, link)];
  for (const { time, bytes, wireLength = bytes.length } of packets) {
    const fraction = Number(time % 1_000_000_000n);
    const units = unit === "us" ? Math.floor(fraction / 1000) : fraction;
    parts.push(u32(Number(time / 1_000_000_000n), units, bytes.length, wireLength), bytes);
  }
  return Buffer.concat(parts);
}

export interface PcapngOptions {
  readonly link?: number;
  readonly order?: "little" | "big";
  /** if_tsresol as it stands in the file; microseconds without it. */
  readonly resolution?: number;
  /** if_tsoffset, seconds. */
  readonly offset?: number;
  readonly block?: "enhanced" | "simple" | "obsolete";
}

/** A section in the format of Wireshark; several after one another make a file as well. */
export function pcapngOf(packets: readonly WrittenPacket[], options: PcapngOptions = {}): Buffer {
  const { link = 1, order = "little", resolution, offset = 0, block: kind = "enhanced" } = options;
  const u32 = writer(order);
  const pair = (low: number, high: number): number =>
    order === "little" ? low + high * 65536 : low * 65536 + high;
  const block = (type: number, ...body: Uint8Array[]): Buffer => {
    const content = padded(Buffer.concat(body));
    return Buffer.concat([u32(type, content.length + 12), content, u32(content.length + 12)]);
  };
  const resolutionOption =
    resolution === undefined ? [] : [u32(pair(9, 1)), Buffer.from([resolution, 0, 0, 0])];
  const high = order === "little" ? [offset, 0] : [0, offset];
  const offsetOption = offset === 0 ? [] : [u32(pair(14, 8)), u32(...high)];
  const parts = [
    block(0x0a0d0d0a, u32(0x1a2b3c4d, pair(1, 0), 0xffffffff, 0xffffffff)),
    // A block that nobody knows has to be passed over.
    block(0x0bad, Buffer.from("whatever")),
    block(1, u32(pair(link, 0), 262_144), ...resolutionOption, ...offsetOption, u32(0)),
  ];
  const value = resolution ?? 6;
  const perSecond = value >= 0x80 ? 2n ** BigInt(value & 0x7f) : 10n ** BigInt(value);
  for (const { time, bytes, wireLength = bytes.length } of packets) {
    const units = ((time - BigInt(offset) * 1_000_000_000n) * perSecond) / 1_000_000_000n;
    const stamp = u32(Number(units >> 32n), Number(units & 0xffffffffn), bytes.length, wireLength);
    if (kind === "enhanced") parts.push(block(6, u32(0), stamp, bytes));
    else if (kind === "obsolete") parts.push(block(2, u32(pair(0, 7)), stamp, bytes));
    else parts.push(block(3, u32(wireLength), bytes));
  }
  return Buffer.concat(parts);
}

function writer(order: "little" | "big"): (...numbers: number[]) => Buffer {
  return (...numbers) => {
    const bytes = Buffer.alloc(numbers.length * 4);
    numbers.forEach((number, i) => {
      if (order === "little") bytes.writeUInt32LE(number >>> 0, i * 4);
      else bytes.writeUInt32BE(number >>> 0, i * 4);
    });
    return bytes;
  };
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
