import { describe, expect, test } from "vitest";
import { networkOffset } from "../../host/capture/link.ts";
import { Segment } from "../../host/capture/segment.ts";
import { TcpTalk, packetsOf, type FrameOptions } from "../support/pcap.ts";

describe("frames", () => {
  const segments = new TcpTalk({ client: 0xfffffff0 }).client("payload").segments;
  const frame = (options: FrameOptions = {}): Buffer =>
    Buffer.concat(packetsOf(segments, options).map(({ bytes }) => bytes));

  function payloadIn(options: FrameOptions, mode: { trailer?: number; wireLength?: number } = {}): string {
    const bytes = Buffer.concat([frame(options), Buffer.alloc(mode.trailer ?? 0)]);
    const at = networkOffset(options.link ?? 1, bytes);
    if (at < 0) return "no IP";
    const found = new Segment();
    const kind = found.read(bytes, at, mode.wireLength ?? bytes.length);
    return kind === "tcp" ? `${found.payload.toString()} ${found.sequence}` : kind;
  }

  const PAYLOAD = `payload ${0xfffffff0}`;

  test.each([
    ["Ethernet", {}],
    ["Ethernet with padding", {}],
    ["VLAN", { tags: [0x8100] }],
    ["QinQ", { tags: [0x88a8, 0x8100] }],
    ["QinQ of old", { tags: [0x9100, 0x8100] }],
    ["SLL", { link: 113 }],
    ["SLL with VLAN", { link: 113, tags: [0x8100] }],
    ["SLL2", { link: 276 }],
    ["loopback of BSD", { link: 0 }],
    ["loopback of OpenBSD", { link: 108 }],
    ["raw IP", { link: 101 }],
    ["raw IP by its old number", { link: 12 }],
    ["raw IPv4", { link: 228 }],
  ] as const)("%s", (name, options) => {
    const mode = name.endsWith("padding") ? { trailer: 6 } : {};
    expect(payloadIn(options, mode)).toBe(PAYLOAD);
    if (name !== "raw IPv4") expect(payloadIn({ ...options, version: 6 }, mode)).toBe(PAYLOAD);
  });

  test("IPv6 with extension headers", () => {
    expect(payloadIn({ version: 6, extensions: [0, 43, 60, 51] })).toBe(PAYLOAD);
    // A fragment header of a packet that is whole (RFC 6946).
    expect(payloadIn({ version: 6, extensions: [44] })).toBe(PAYLOAD);
    expect(payloadIn({ version: 6, extensions: Array<number>(17).fill(60) })).toBe("other");
  });

  test("fragments are told from whole packets", () => {
    expect(payloadIn({ fragment: 0x2000 })).toBe("fragment");
    expect(payloadIn({ fragment: 0x0001 })).toBe("fragment");
    expect(payloadIn({ fragment: 0x4000 })).toBe(PAYLOAD);
  });

  test("what is not IP is not read", () => {
    expect(payloadIn({ tags: [0x0806] })).toBe("no IP");
    expect(networkOffset(1, Buffer.alloc(13))).toBe(-1);
    expect(networkOffset(105, Buffer.alloc(64))).toBe(-1);
    expect(new Segment().read(Buffer.from([0x50, 0, 0, 0]), 0, 4)).toBe("other");
  });

  test("every cut of a packet is short or loses payload, and never more", () => {
    for (const options of [{}, { version: 6, extensions: [0, 60] } as const]) {
      const bytes = frame(options);
      for (let length = 0; length < bytes.length; length++) {
        const cut = bytes.subarray(0, length);
        const at = networkOffset(1, cut);
        if (at < 0) continue;
        const found = new Segment();
        const kind = found.read(cut, at, bytes.length);
        if (kind === "tcp") expect(found.length).toBe(7);
        else expect(kind).toBe("short");
        if (kind === "tcp") expect("payload".startsWith(found.payload.toString())).toBe(true);
      }
    }
  });

  test("a length of 0 in the IP header is the network card's to fill in", () => {
    const bytes = frame();
    bytes.writeUInt16BE(0, 16);
    const found = new Segment();
    expect(found.read(bytes, 14, bytes.length)).toBe("tcp");
    expect(found.payload.toString()).toBe("payload");
  });

  test("headers that are shorter than headers are, are none", () => {
    const bytes = frame();
    for (const words of [0, 4]) {
      bytes.writeUInt8(0x40 + words, 14);
      // Where the TCP header would say how long it is.
      bytes.writeUInt8(0x50, 14 + 4 * words + 12);
      expect(new Segment().read(bytes, 14, bytes.length)).toBe("other");
    }
    bytes.writeUInt8(0x45, 14);
    bytes.writeUInt8(4 << 4, 14 + 20 + 12);
    expect(new Segment().read(bytes, 14, bytes.length)).toBe("other");
  });

  test("VLAN tags three deep, and a frame that ends within them", () => {
    const tags = [0x88a8, 0x8100, 0x8100];
    expect(payloadIn({ tags })).toBe(PAYLOAD);
    for (let length = 0; length < 26; length++) {
      expect(networkOffset(1, frame({ tags }).subarray(0, length))).toBe(-1);
    }
  });

  test("as many IPv6 extension headers as are looked through", () => {
    expect(payloadIn({ version: 6, extensions: Array<number>(16).fill(60) })).toBe(PAYLOAD);
  });
});
