import { describe, expect, test, vi } from "vitest";
import { Flag, Segment } from "../../host/capture/segment.ts";
import { ConnectionTracker, type OpenedConnection } from "../../host/capture/tracker.ts";
import {
  START,
  TcpTalk,
  cutOff,
  fragmentsOf,
  packetOf,
  packetsOf,
  type WrittenPacket,
  type WrittenSegment,
} from "../support/pcap.ts";

interface Told {
  readonly opened: OpenedConnection[];
  /** `C:text`, `S?5` (five bytes missing), `C.`, `S*` in order, by connection. */
  readonly events: string[][];
  readonly times: number[];
  readonly tracker: ConnectionTracker;
}

function track(packets: readonly WrittenPacket[], ports?: readonly number[]): Told {
  const told = { opened: [] as OpenedConnection[], events: [] as string[][], times: [] as number[] };
  const tracker = new ConnectionTracker({
    ports: ports && new Set(ports),
    open: (connection) => {
      const events: string[] = [];
      told.opened.push(connection);
      told.events.push(events);
      const say = (from: string, what: string, time: number): void => {
        const side = from === "client" ? "C" : "S";
        const last = events.at(-1);
        if (what.startsWith(":") && last?.startsWith(`${side}:`))
          events[events.length - 1] = last + what.slice(1);
        else events.push(side + what);
        told.times.push(time);
      };
      return {
        data: (from, bytes, time) => say(from, `:${Buffer.from(bytes).toString()}`, time),
        lost: (from, count, time) => say(from, `?${count}`, time),
        ended: (from, time) => say(from, ".", time),
        reset: (from, time) => say(from, "*", time),
      };
    },
  });
  for (const { time, bytes, wireLength = bytes.length } of packets) {
    const seconds = Number(time / 1_000_000_000n);
    tracker.accept({ link: 1, bytes, wireLength, seconds, nanoseconds: Number(time % 1_000_000_000n) });
  }
  tracker.finish();
  return { ...told, tracker };
}

function eventsOf(segments: readonly WrittenSegment[]): string[] | undefined {
  return track(packetsOf(segments)).events[0];
}

/** A whole connection; its parts by name to be put in other orders. */
function conversation(options: ConstructorParameters<typeof TcpTalk>[0] = {}): WrittenSegment[] {
  return new TcpTalk(options)
    .handshake()
    .server("220 ")
    .client("abc")
    .client("def")
    .client("ghi")
    .server("250 ")
    .fin("client")
    .fin("server")
    .ack("client").segments;
}

const WHOLE = ["S:220 ", "C:abcdefghi", "S:250 ", "C.", "S."];
/** Places in conversation(): SYN SYN-ACK ACK 220 abc def ghi 250 FIN FIN ACK. */
const [ABC, DEF, GHI, REPLY] = [4, 5, 6, 7];

function moved(segments: WrittenSegment[], from: number, to: number): WrittenSegment[] {
  const changed = [...segments];
  changed.splice(to, 0, ...changed.splice(from, 1));
  return changed;
}

function without(segments: WrittenSegment[], ...places: number[]): WrittenSegment[] {
  return segments.filter((_, i) => !places.includes(i));
}

function withPayload(segment: WrittenSegment | undefined, offset: number, text: string): WrittenSegment {
  if (segment === undefined) throw new Error("no such segment");
  return { ...segment, sequence: (segment.sequence + offset) >>> 0, payload: Buffer.from(text) };
}

function inserted(segments: WrittenSegment[], at: number, ...more: WrittenSegment[]): WrittenSegment[] {
  return [...segments.slice(0, at), ...more, ...segments.slice(at)];
}

describe("a connection", () => {
  test("is passed on in order, from its handshake to both ends", () => {
    const told = track(packetsOf(conversation()));
    expect(told.events).toEqual([WHOLE]);
    expect(told.opened[0]).toMatchObject({
      number: 1,
      client: { host: "192.0.2.1", port: 49152 },
      server: { host: "192.0.2.2", port: 25 },
      isMidStream: false,
    });
    expect(told.tracker.counts).toMatchObject({
      connections: 1,
      gaps: 0,
      retransmissions: 0,
      outOfOrder: 0,
      strays: 0,
    });
  });

  test("over IPv6 has IPv6 addresses in their short form", () => {
    const told = track(packetsOf(conversation(), { version: 6 }));
    expect(told.events).toEqual([WHOLE]);
    expect(told.opened[0]?.client.host).toBe("2001:db8::1");
  });

  test("survives the wrap of its sequence numbers", () => {
    for (const start of [0xffffffff, 0xfffffffe, 0xfffffffa, 0x7ffffffe]) {
      expect(eventsOf(conversation({ client: start, server: start }))).toEqual(WHOLE);
      expect(eventsOf(moved(conversation({ client: start, server: start }), GHI, ABC))).toEqual(WHOLE);
    }
  });

  test("carries times that count from the first packet and never go back", () => {
    const talk = new TcpTalk().handshake().wait(2).server("a").wait(-1).client("b").wait(10).server("c");
    expect(track(packetsOf(talk.segments)).times).toEqual([2e6, 2e6, 11e6]);
  });

  test("with data in its SYN (fast open)", () => {
    const segments = conversation();
    const [syn] = segments;
    const fast = [withPayload(syn, 0, "ab"), ...segments.slice(1)];
    expect(eventsOf(fast)).toEqual(["C:ab", "S:220 ", "C:cdefghi", "S:250 ", "C.", "S."]);
  });

  test("that is reset says by whom", () => {
    const talk = (): TcpTalk => new TcpTalk().handshake().server("220 ");
    expect(eventsOf(talk().reset("client").segments)).toEqual(["S:220 ", "C*"]);
    expect(eventsOf(talk().reset("server").segments)).toEqual(["S:220 ", "S*"]);
    expect(eventsOf(talk().fin("client").reset("server").segments)).toEqual(["S:220 ", "C.", "S*"]);
    // Old resets, or forged ones that miss the window, end nothing.
    const [reset] = talk().reset("server").segments.slice(-1);
    const old = { ...withPayload(reset, -2, ""), flags: Flag.rst };
    expect(eventsOf([...talk().segments, old, ...talk().server("x").segments.slice(-1)])).toEqual([
      "S:220 x",
    ]);
  });

  test("that nobody answers, or the server refuses, is none", () => {
    const [syn] = conversation();
    if (syn === undefined) throw new Error("nothing was written");
    const refusal = {
      ...syn,
      from: "server",
      flags: Flag.rst | Flag.ack,
      sequence: 0,
      acknowledgement: 1001,
    } as const;
    expect(track(packetsOf([syn, syn])).tracker.counts).toMatchObject({ connections: 0, unanswered: 1 });
    expect(track(packetsOf([syn, refusal])).tracker.counts).toMatchObject({ connections: 0, unanswered: 1 });
  });

  test("still open at the end of the capture ends in nothing", () => {
    expect(eventsOf(conversation().slice(0, 8))).toEqual(["S:220 ", "C:abcdefghi", "S:250 "]);
  });
});

describe("segments", () => {
  test("that come twice count once", () => {
    const segments = conversation();
    const twice = segments.flatMap((segment) => [segment, segment]);
    const told = track(packetsOf(twice));
    expect(told.events).toEqual([WHOLE]);
    expect(told.tracker.counts.retransmissions).toBe(5);
  });

  test("in any order of three come out right", () => {
    for (const [from, to] of [
      [ABC, DEF],
      [ABC, GHI],
      [DEF, GHI],
      [GHI, ABC],
    ] as const) {
      const told = track(packetsOf(moved(conversation(), from, to)));
      expect(told.events).toEqual([WHOLE]);
      expect(told.tracker.counts.outOfOrder).toBeGreaterThan(0);
      expect(told.tracker.counts.gaps).toBe(0);
    }
  });

  test("that come behind the reply to them still come before it", () => {
    const told = track(packetsOf(moved(conversation(), DEF, REPLY)));
    expect(told.events).toEqual([WHOLE]);
    const twoLate = moved(moved(conversation(), DEF, REPLY), ABC, REPLY);
    expect(eventsOf(twoLate)).toEqual(WHOLE);
  });

  test("that overlap: the first bytes win", () => {
    const segments = conversation();
    const abc = segments[ABC];
    // Behind what was passed on…
    expect(eventsOf(inserted(segments, DEF, withPayload(abc, 0, "XXXd")))).toEqual(WHOLE);
    // …before and around what waits, and in the midst of it.
    const early = [withPayload(abc, 2, "cd"), withPayload(abc, 6, "gh"), withPayload(abc, 1, "bXXefXXi")];
    const told = track(packetsOf(inserted(segments, ABC, ...early)));
    expect(told.events).toEqual([WHOLE]);
    expect(told.tracker.counts.overlaps).toBeGreaterThan(0);
    expect(eventsOf(inserted(segments, ABC, withPayload(abc, 1, "bcd"), withPayload(abc, 2, "XX")))).toEqual(
      WHOLE,
    );
  });

  test("that keep a connection alive carry nothing", () => {
    const segments = conversation();
    const probes = [withPayload(segments[DEF], -1, ""), withPayload(segments[DEF], -1, "X")];
    const told = track(packetsOf(inserted(segments, DEF, ...probes)));
    expect(told.events).toEqual([WHOLE]);
    expect(told.tracker.counts.keepAlives).toBe(1);
  });

  test("far outside any window are strays", () => {
    const segments = conversation();
    const told = track(packetsOf(inserted(segments, DEF, withPayload(segments[DEF], 2 ** 30 + 1, "X"))));
    expect(told.events).toEqual([WHOLE]);
    expect(told.tracker.counts.strays).toBe(1);
  });

  test("behind a FIN are ignored, and so is what comes when all is over", () => {
    const segments = conversation();
    const behind = withPayload(segments[8], 1, "X");
    expect(eventsOf(inserted(segments, 9, { ...behind, flags: Flag.ack }))).toEqual(WHOLE);
    expect(eventsOf([...segments, ...segments.slice(3)])).toEqual(WHOLE);
  });
});

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

describe("a connection that is older than the capture", () => {
  const later = new TcpTalk()
    .client("MAIL")
    .server("250")
    .client("RCPT")
    .server("251")
    .fin("client")
    .fin("server");

  test("has lost its beginning on both sides, and is whole from there on", () => {
    const told = track(packetsOf(later.segments));
    expect(told.events).toEqual([["C?4", "S?3", "C:RCPT", "S:251", "C.", "S."]]);
    expect(told.opened[0]).toMatchObject({ isMidStream: true, server: { port: 25 } });
    expect(told.tracker.counts).toMatchObject({ connections: 1, midStream: 1, gaps: 0 });
  });

  test("knows its server by its well-known port, by --port, or by the lower port", () => {
    const server = (clientPort: number, serverPort: number, ports?: number[]): number | undefined => {
      const talk = new TcpTalk({ clientPort, serverPort }).server("250").client("RCPT");
      return track(packetsOf(talk.segments), ports).opened[0]?.server.port;
    };
    expect(server(49152, 25)).toBe(25);
    expect(server(20, 25)).toBe(25);
    expect(server(1024, 9999, [9999])).toBe(9999);
    expect(server(50000, 9999)).toBe(9999);
  });

  test("is none for an acknowledgement or a reset alone", () => {
    const told = track(packetsOf(new TcpTalk().ack("client").reset("server").segments));
    expect(told.opened).toEqual([]);
    expect(told.tracker.counts.strays).toBe(2);
  });

  test("is not taken for one whose SYN-ACK alone is there", () => {
    expect(eventsOf(conversation().slice(1))).toEqual(WHOLE);
    expect(track(packetsOf(conversation().slice(1))).opened[0]?.isMidStream).toBe(false);
  });

  test("nor for one whose SYN alone is there, if the handshake's end tells the rest", () => {
    expect(eventsOf(without(conversation(), 1))).toEqual(WHOLE);
    // Without that nobody knows where the server began.
    expect(eventsOf(without(conversation(), 1, 2))?.[0]).toBe("S?4");
  });
});

describe("many connections", () => {
  test("are told apart by addresses and ports, whatever their order", () => {
    const first = conversation();
    const second = conversation({ clientPort: 49153 });
    const mixed = first.flatMap((segment, i) => [segment, second[i] ?? segment]);
    const told = track(packetsOf(mixed));
    expect(told.events).toEqual([WHOLE, WHOLE]);
    expect(told.opened.map(({ number, client }) => [number, client.port])).toEqual([
      [1, 49152],
      [2, 49153],
    ]);
  });

  test("are found again without their keys being put together for each packet", () => {
    const keys = vi.spyOn(Segment.prototype, "key", "get");
    const long = new TcpTalk().handshake();
    for (let i = 0; i < 1000; i++) long.client("x").server("y");
    expect(track(packetsOf(long.segments)).tracker.counts.tcpPackets).toBe(2003);
    // For the first of each direction, and for the packet that no connection was known for.
    expect(keys.mock.calls.length).toBeLessThanOrEqual(5);
    keys.mockRestore();
  });

  test("of the same ports, one after the other", () => {
    const told = track(packetsOf([...conversation(), ...conversation({ client: 77_000, server: 88_000 })]));
    expect(told.events).toEqual([WHOLE, WHOLE]);
  });

  test("of the same ports, when the first never ended", () => {
    const first = conversation().slice(0, 6);
    const told = track(packetsOf([...first, ...conversation({ client: 77_000, server: 88_000 })]));
    expect(told.events).toEqual([["S:220 ", "C:abcdef", "C*"], WHOLE]);
  });

  test("only those to the ports that are wanted", () => {
    const both = [
      ...conversation(),
      ...conversation({ serverPort: 587 }),
      ...conversation({ clientPort: 25, serverPort: 80 }),
    ];
    const told = track(packetsOf(both), [25, 465]);
    expect(told.opened.map(({ server }) => server.port)).toEqual([25]);
  });

  test("so many that the old ones are forgotten: late packets become strays or younger connections", () => {
    const day = 86_400_000;
    const first = conversation();
    const later = new TcpTalk({ clientPort: 1, time: START }).wait(day).handshake().server("x").segments;
    const again = new TcpTalk({ client: 1001, time: START }).wait(2 * day).client("abc").segments;
    const told = track(packetsOf([...first, ...later, ...again]));
    expect(told.events).toEqual([WHOLE, ["S:x"], ["C?3"]]);
  });
});
