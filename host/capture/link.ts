const NULL = 0;
const ETHERNET = 1;
const RAW_BSD = 12;
const RAW_OPENBSD = 14;
const RAW = 101;
const LOOP = 108;
const LINUX_SLL = 113;
const IPV4 = 228;
const IPV6 = 229;
const LINUX_SLL2 = 276;

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
/** 802.1Q, 802.1ad (QinQ), and what QinQ was before it had a number. */
const VLAN_TYPES: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100]);
const VLAN_TAG_BYTES = 4;

/** Where a link type says what follows, and where that follows; -1: the IP header tells by itself. */
interface Layout {
  readonly typeAt: number;
  readonly headerBytes: number;
}

const LAYOUTS = new Map<number, Layout>([
  [NULL, { typeAt: -1, headerBytes: 4 }],
  [LOOP, { typeAt: -1, headerBytes: 4 }],
  [ETHERNET, { typeAt: 12, headerBytes: 14 }],
  [LINUX_SLL, { typeAt: 14, headerBytes: 16 }],
  [LINUX_SLL2, { typeAt: 0, headerBytes: 20 }],
  ...[RAW, RAW_BSD, RAW_OPENBSD, IPV4, IPV6].map((raw) => [raw, { typeAt: -1, headerBytes: 0 }] as const),
]);

/** For complaints about any other. */
export const LINK_NAMES =
  "Ethernet (1), Linux cooked (113, 276), loopback (0, 108) or raw IP (101, 228, 229)";

/** Whether IP packets can be found in frames of a link type. */
export function isSupported(link: number): boolean {
  return LAYOUTS.has(link);
}

/** Where the IP header begins in a frame; -1 if the frame has none. The IP version is in its first four bits. */
export function networkOffset(link: number, frame: Buffer): number {
  const layout = LAYOUTS.get(link);
  if (layout === undefined) return -1;
  let { typeAt, headerBytes: at } = layout;
  if (typeAt >= 0) {
    for (;;) {
      if (at > frame.length || typeAt + 2 > frame.length) return -1;
      const type = frame.readUInt16BE(typeAt);
      if (type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6) break;
      if (!VLAN_TYPES.has(type)) return -1;
      // The tag ends with the type of what follows, whatever the layout of the frame's own header.
      typeAt = at + 2;
      at += VLAN_TAG_BYTES;
    }
  }
  return at < frame.length ? at : -1;
}
