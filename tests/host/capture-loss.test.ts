import { describe, expect, test } from "vitest";
import { TcpTalk, cutOff, packetOf, packetsOf } from "../support/pcap.ts";
import { ABC, DEF, GHI, WHOLE, conversation, eventsOf, moved, track, without } from "../support/tracked.ts";

describe("what was not captured", () => {
  test("is missing once the other side has acknowledged it and time has passed", () => {
    const told = track(packetsOf(without(conversation(), DEF)));
    expect(told.events).toEqual([["S:220 ", "C:abc", "C?3", "C:ghi", "S:250 ", "C.", "S."]]);
    expect(told.tracker.counts).toMatchObject({ gaps: 1, gapBytes: 3 });
  });

  test("at the end of a stream, and with it the FIN", () => {
    expect(eventsOf(without(conversation(), GHI))).toEqual([
      "S:220 ",
      "C:abcdef",
      "C?3",
      "S:250 ",
      "C.",
      "S.",
    ]);
    // The acknowledgement of the server's FIN is all that is left of it.
    expect(eventsOf(without(conversation(), 9))).toEqual(WHOLE);
    expect(eventsOf(without(conversation(), 8))).toEqual(WHOLE);
  });

  test("of one direction altogether is known by its acknowledgements", () => {
    const client = conversation().filter(({ from }) => from === "client");
    const told = track(packetsOf(client));
    expect(told.events).toEqual([["S?4", "C:abcdefghi", "S?4", "C.", "S."]]);
    const server = conversation().filter(({ from }) => from === "server");
    expect(track(packetsOf(server)).events).toEqual([["S:220 ", "C?9", "S:250 ", "C.", "S."]]);
  });

  test("is waited for: a little by the capture's clock, and for few packets", () => {
    const talk = new TcpTalk().handshake().client("abc").server("1").wait(60).server("2").client("def");
    const late = moved(talk.segments, 3, 5);
    expect(eventsOf(late)).toEqual(["C?3", "S:12", "C:def"]);
    const soon = new TcpTalk().handshake().client("abc").server("1").wait(40).server("2").client("def");
    expect(eventsOf(moved(soon.segments, 3, 5))).toEqual(["C:abc", "S:12", "C:def"]);
    const many = new TcpTalk().handshake().client("abc");
    for (let i = 0; i < 70; i++) many.server(String(i % 10));
    expect(eventsOf(moved(many.segments, 3, many.segments.length - 1))?.[0]).toBe("C?3");
  });

  test("and was never acknowledged is missing when nothing more comes", () => {
    const talk = new TcpTalk().handshake().client("abc").client("def").client("ghi");
    expect(eventsOf(without(talk.segments, 4))).toEqual(["C:abc", "C?3", "C:ghi"]);
    const reset = new TcpTalk().handshake().client("abc").client("def").client("ghi").reset("client");
    expect(eventsOf(without(reset.segments, 4))).toEqual(["C:abc", "C?3", "C:ghi", "C*"]);
  });

  test("is missing when too much waits behind it", () => {
    const talk = new TcpTalk().handshake().client("abc");
    for (let i = 0; i < 80; i++) talk.client(Buffer.alloc(60_000, 97));
    const told = track(packetsOf(without(talk.segments, 3)));
    expect(told.events[0]?.[0]).toBe("C?3");
    expect(told.events[0]?.[1]).toHaveLength(2 + 80 * 60_000);
    expect(told.tracker.counts.gaps).toBe(1);
  });

  test("of a packet that was cut off, its end", () => {
    const segments = conversation();
    const packets = packetsOf(segments);
    const def = packets[DEF];
    if (def === undefined) throw new Error("nothing was written");
    packets[DEF] = cutOff(def, def.bytes.length - 2);
    const told = track(packets);
    expect(told.events).toEqual([["S:220 ", "C:abcd", "C?2", "C:ghi", "S:250 ", "C.", "S."]]);
    // Headers alone tell of all of it.
    const headers = packets.map((packet) => cutOff(packet, 54));
    expect(track(headers).events).toEqual([["S?4", "C?3", "C?3", "C?3", "S?4", "C.", "S."]]);
    // Out of order as well.
    expect(track(packetsOf(moved(segments, GHI, ABC)).map((packet) => cutOff(packet, 56))).events).toEqual([
      ["S:22", "S?2", "C:ab", "C?1", "C:de", "C?1", "C:gh", "C?1", "S:25", "S?2", "C.", "S."],
    ]);
  });

  test("as its packets were fragments or cut off within their headers", () => {
    const segments = conversation();
    const packets = packetsOf(segments);
    const [fragment] = segments.slice(DEF, GHI).map((segment) => packetOf(segment, { fragment: 0x2000 }));
    if (fragment === undefined) throw new Error("nothing was written");
    packets[DEF] = fragment;
    const told = track([...packets, ...packets.slice(0, 1).map((packet) => cutOff(packet, 30))]);
    expect(told.events[0]).toContain("C?3");
    expect(told.tracker.counts).toMatchObject({ fragments: 1, short: 1, gaps: 1 });
  });
});
