import type { Fragment } from "./fragments.ts";

/** TCP's flags. */
export const Flag = { fin: 1, syn: 2, rst: 4, ack: 16 } as const;

/** What a packet turned out to be. */
export type PacketKind = "tcp" | "fragment" | "short" | "other";

const TCP = 6;
const IPV4_HEADER_BYTES = 20;
const IPV6_HEADER_BYTES = 40;
const TCP_HEADER_BYTES = 20;
/** More than this many extension headers have not been seen in the wild; a chain must end. */
const MAX_EXTENSION_HEADERS = 16;

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;
const MOBILITY = 135;

/** Source and destination. */
const PORTS_BYTES = 4;

const MORE_FRAGMENTS_AND_OFFSET = 0x3fff;

/** One TCP segment. An object is filled again and again. */
export class Segment {
  sourcePort = 0;
  destinationPort = 0;
  sequence = 0;
  acknowledgement = 0;
  flags = 0;
  /** What was captured of the payload. */
  payload: Buffer = NOTHING;
  /** Bytes of the payload on the wire. */
  length = 0;

  /** What a packet is that turned out to be a fragment. */
  fragment: Fragment | undefined;

  private packet: Buffer = NOTHING;
  private ipAt = 0;
  private addressesAt = 0;
  private addressesBytes = 0;
  private tcpAt = 0;
  /** Where the IP packet ends on the wire; may be beyond what was captured. */
  private end = 0;
  private protocol = 0;

  /** Takes an IP packet apart that begins at `at`; `wireLength` is that of the whole frame. */
  read(packet: Buffer, at: number, wireLength: number): PacketKind {
    this.packet = packet;
    this.ipAt = at;
    const version = packet.readUInt8(at) >> 4;
    if (version !== 4 && version !== 6) return "other";
    const kind = version === 4 ? this.readIpv4(at, wireLength) : this.readIpv6(at, wireLength);
    return kind === "tcp" ? this.readTcp() : kind;
  }

  private readIpv4(at: number, wireLength: number): PacketKind {
    const { packet } = this;
    if (at + IPV4_HEADER_BYTES > packet.length) return "short";
    this.protocol = packet.readUInt8(at + 9);
    if (this.protocol !== TCP) return "other";
    const total = packet.readUInt16BE(at + 2);
    // Segmentation offload leaves the length to the network card.
    this.end = total === 0 ? wireLength : at + total;
    this.addressesAt = at + 12;
    this.addressesBytes = 8;
    const headerBytes = (packet.readUInt8(at) & 15) * 4;
    if (headerBytes < IPV4_HEADER_BYTES) return "other";
    this.tcpAt = at + headerBytes;
    const fragmented = packet.readUInt16BE(at + 6);
    return (fragmented & MORE_FRAGMENTS_AND_OFFSET) === 0 ? "tcp" : this.ipv4Fragment(fragmented);
  }

  private readIpv6(at: number, wireLength: number): PacketKind {
    const { packet } = this;
    if (at + IPV6_HEADER_BYTES > packet.length) return "short";
    const length = packet.readUInt16BE(at + 4);
    this.end = length === 0 ? wireLength : at + IPV6_HEADER_BYTES + length;
    this.addressesAt = at + 8;
    this.addressesBytes = 32;
    this.tcpAt = at + IPV6_HEADER_BYTES;
    this.protocol = packet.readUInt8(at + 6);
    for (let i = 0; i < MAX_EXTENSION_HEADERS && this.protocol !== TCP; i++) {
      const kind = this.skipExtension();
      if (kind !== undefined) return kind;
    }
    return this.protocol === TCP ? "tcp" : "other";
  }

  /** Goes over an extension header; returns what the packet is if it cannot go on. */
  private skipExtension(): PacketKind | undefined {
    const { packet, tcpAt: at } = this;
    if (at + 8 > packet.length) return "short";
    const units = packet.readUInt8(at + 1);
    switch (this.protocol) {
      case HOP_BY_HOP:
      case ROUTING:
      case DESTINATION_OPTIONS:
      case MOBILITY:
        this.tcpAt += (units + 1) * 8;
        break;
      case AUTHENTICATION:
        this.tcpAt += (units + 2) * 4;
        break;
      case FRAGMENT:
        // A packet that is its own only fragment is whole (RFC 6946).
        if ((packet.readUInt16BE(at + 2) & 0xfff9) !== 0) return this.ipv6Fragment(at);
        this.tcpAt += 8;
        break;
      default:
        return "other";
    }
    this.protocol = packet.readUInt8(at);
    return undefined;
  }

  private ipv4Fragment(field: number): PacketKind {
    const { packet, ipAt: at, addresses } = this;
    const header = Buffer.from(packet.subarray(at, at + IPV4_HEADER_BYTES));
    header.writeUInt8(0x45, 0);
    header.writeUInt16BE(0, 6);
    const key = latin1(addresses, 0, addresses.length) + latin1(packet, at + 4, at + 6);
    return this.fragmentAt(this.tcpAt, {
      key,
      header,
      offset: (field & 0x1fff) * 8,
      isLast: (field & 0x2000) === 0,
    });
  }

  /** `at`: the fragment header. */
  private ipv6Fragment(at: number): PacketKind {
    const { packet, ipAt, addresses } = this;
    const header = Buffer.from(packet.subarray(ipAt, ipAt + IPV6_HEADER_BYTES));
    header.writeUInt8(packet.readUInt8(at), 6);
    const field = packet.readUInt16BE(at + 2);
    const key = latin1(addresses, 0, addresses.length) + latin1(packet, at + 4, at + 8);
    return this.fragmentAt(at + 8, { key, header, offset: field & 0xfff8, isLast: (field & 1) === 0 });
  }

  private fragmentAt(start: number, fragment: Omit<Fragment, "bytes" | "length">): PacketKind {
    const { packet, end } = this;
    if (start > end) return "other";
    this.fragment = {
      ...fragment,
      bytes: packet.subarray(start, Math.min(end, packet.length)),
      length: end - start,
    };
    return "fragment";
  }

  private readTcp(): PacketKind {
    const { packet, tcpAt: at } = this;
    if (at + TCP_HEADER_BYTES > packet.length) return "short";
    const start = at + (packet.readUInt8(at + 12) >> 4) * 4;
    if (start < at + TCP_HEADER_BYTES || start > this.end) return "other";
    this.sourcePort = packet.readUInt16BE(at);
    this.destinationPort = packet.readUInt16BE(at + 2);
    this.sequence = packet.readUInt32BE(at + 4);
    this.acknowledgement = packet.readUInt32BE(at + 8);
    this.flags = packet.readUInt8(at + 13);
    this.length = this.end - start;
    // Most packets of some captures are bare acknowledgements: an object less for each.
    this.payload = this.length === 0 ? NOTHING : packet.subarray(start, Math.min(this.end, packet.length));
    return "tcp";
  }

  /** Both addresses, the source's first: 8 bytes or 32. */
  get addresses(): Buffer {
    return this.packet.subarray(this.addressesAt, this.addressesAt + this.addressesBytes);
  }

  /** A number that segments of one direction of a connection have in common, and others mostly have not. */
  get hash(): number {
    const { packet, addressesAt, addressesBytes } = this;
    const ends = packet.readInt32LE(addressesAt) ^ packet.readInt32LE(addressesAt + addressesBytes - 4);
    return (
      Math.imul(ends ^ Math.imul(this.sourcePort, 0x9e3779b1) ^ (this.destinationPort << 8), 0x85ebca6b) >>> 0
    );
  }

  /** Whether it goes from and to where another one did, whose {@link ends} these are. */
  goesAs(ends: Buffer): boolean {
    const { packet, addressesAt, addressesBytes, tcpAt } = this;
    if (ends.length !== addressesBytes + PORTS_BYTES) return false;
    if (packet.readInt32LE(tcpAt) !== ends.readInt32LE(addressesBytes)) return false;
    for (let i = 0; i < addressesBytes; i += 4) {
      if (packet.readInt32LE(addressesAt + i) !== ends.readInt32LE(i)) return false;
    }
    return true;
  }

  /** A copy of both addresses and ports. */
  get ends(): Buffer {
    return Buffer.concat([this.addresses, this.packet.subarray(this.tcpAt, this.tcpAt + PORTS_BYTES)]);
  }

  /** Tells the direction of a connection from all others; equal for all its segments that way. */
  get key(): string {
    const { addresses, packet, tcpAt } = this;
    return latin1(addresses, 0, addresses.length) + latin1(packet, tcpAt, tcpAt + 4);
  }

  /** The {@link key} of the other direction. */
  get reverseKey(): string {
    const { addresses, packet, tcpAt } = this;
    const half = addresses.length / 2;
    const [from, to] = [latin1(packet, tcpAt, tcpAt + 2), latin1(packet, tcpAt + 2, tcpAt + 4)];
    return latin1(addresses, half, 2 * half) + latin1(addresses, 0, half) + to + from;
  }

  has(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }
}

function latin1(bytes: Buffer, start: number, end: number): string {
  return bytes.toString("latin1", start, end);
}

const NOTHING = Buffer.alloc(0);
