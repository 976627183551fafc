import { describe, expect, test } from "vitest";
import { Fragments } from "../../host/capture/fragments.ts";
import { cutOff, fragmentsOf, packetsOf, type WrittenPacket } from "../support/pcap.ts";
import { DEF, GHI, WHOLE, conversation, track } from "../support/tracked.ts";

describe("IP fragments", () => {
  const orders: [string, (parts: WrittenPacket[]) => WrittenPacket[]][] = [
    ["in order", (parts) => parts],
    ["backwards", (parts) => parts.toReversed()],
    ["twice", (parts) => parts.flatMap((part) => [part, part])],
  ];
  describe.each([4, 6] as const)("of IPv%i", (version) => {
    const packets = packetsOf(conversation(), { version });
    const cut = (change: (parts: WrittenPacket[]) => WrittenPacket[], place = DEF): WrittenPacket[] =>
      packets.flatMap((packet, i) => (i === place ? change(fragmentsOf(packet, 8)) : [packet]));

    test.each(orders)("that come %s become their packet", (_, order) => {
      const told = track(cut(order));
      expect(told.events).toEqual([WHOLE]);
      const fragments = order(fragmentsOf(packets[DEF] ?? expect.fail("no packet"), 8)).length;
      expect(told.tracker.counts).toMatchObject({ fragments, fragmentsJoined: 3 });
    });

    test("of packets that are on their way at the same time are told apart", () => {
      const [one, two] = [DEF, GHI].map((place, i) =>
        fragmentsOf(packets[place] ?? expect.fail("no packet"), 8, i),
      );
      const mixed = (one ?? []).flatMap((part, i) => [part, two?.[i] ?? part]);
      expect(track([...packets.slice(0, DEF), ...mixed, ...packets.slice(GHI + 1)]).events).toEqual([WHOLE]);
    });

    test.each<[string, (parts: WrittenPacket[]) => WrittenPacket[]]>([
      ["that are not all there", (parts) => parts.slice(1)],
      ["one of which was cut off", (parts) => parts.map((part, i) => (i === 1 ? shortened(part) : part))],
    ])("%s leave a gap", (_, change) => {
      expect(track(cut(change)).events[0]).toContain("C?3");
    });
  });

  test("that overlap become nothing", () => {
    const packets = packetsOf(conversation());
    const [whole] = packets.slice(DEF, GHI);
    if (whole === undefined) throw new Error("nothing was written");
    const [first, , last] = fragmentsOf(whole, 8);
    const [wide] = fragmentsOf(whole, 16);
    if (first === undefined || last === undefined || wide === undefined) throw new Error("too few");
    // 8 octets at 0, 16 at 0 are one place; 16 octets at 8 overlap those behind them.
    const shifted = { ...wide, bytes: Buffer.from(wide.bytes) };
    shifted.bytes.writeUInt16BE(0x2001, 20);
    const told = track([...packets.slice(0, DEF), first, shifted, last, ...packets.slice(GHI)]);
    expect(told.tracker.counts.fragmentsJoined).toBe(0);
    expect(told.events[0]).toContain("C?3");
  });

  test("that overlap and are longer than a packet together are not kept", () => {
    const fragments = new Fragments();
    const add = (offset: number, length: number, isLast = false): Buffer | undefined => {
      const [header, bytes] = [Buffer.alloc(20), Buffer.alloc(length)];
      return fragments.add({ key: "one", header, offset, isLast, bytes, length }, 0);
    };
    expect([add(0, 40_000), add(8, 40_000)]).toEqual([undefined, undefined]);
    // A packet of the same name begins from nothing.
    expect(add(0, 16)).toBeUndefined();
    expect(add(16, 5, true)).toHaveLength(41);
  });

  test("that never become whole are forgotten, however many they are", () => {
    const [packet] = packetsOf(conversation());
    if (packet === undefined) throw new Error("nothing was written");
    const first = Array.from({ length: 5000 }, (_, id) => fragmentsOf(packet, 8, id).slice(0, 1)).flat();
    const told = track([...first, ...packetsOf(conversation())]);
    expect(told.tracker.counts).toMatchObject({ fragments: 5000, fragmentsJoined: 0 });
    expect(told.events).toEqual([WHOLE]);
  });
});

function shortened(packet: WrittenPacket): WrittenPacket {
  return cutOff(packet, packet.bytes.length - 1);
}
