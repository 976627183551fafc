import { describe, expect, test, vi } from "vitest";
import { Flag, Segment } from "../../host/capture/segment.ts";
import { START, TcpTalk, packetsOf } from "../support/pcap.ts";
import {
  ABC,
  DEF,
  GHI,
  REPLY,
  WHOLE,
  conversation,
  eventsOf,
  inserted,
  moved,
  track,
  withPayload,
  without,
} from "../support/tracked.ts";

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

  test("that both ends open at once, or whose server answers with a SYN alone, is one", () => {
    const segments = conversation();
    const [syn, answer] = segments;
    if (syn === undefined || answer === undefined) throw new Error("nothing was written");
    const own = { ...answer, flags: Flag.syn, acknowledgement: 0 };
    const agreed = { ...syn, flags: Flag.syn | Flag.ack, acknowledgement: answer.sequence + 1 };
    for (const handshake of [
      [syn, own, agreed, answer],
      [syn, own, answer, agreed],
      [syn, own, agreed],
    ]) {
      const told = track(packetsOf([...handshake, ...segments.slice(3)]), [25]);
      expect(told.events).toEqual([WHOLE]);
      expect(told.tracker.counts).toMatchObject({ connections: 1, unanswered: 0 });
    }
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

  test("of the same ports, when the SYN of the second was not captured either", () => {
    const first = conversation().slice(0, 6);
    const second = conversation({ client: 77_000, server: 88_000 }).slice(1);
    const told = track(packetsOf([...first, ...second]));
    expect(told.events).toEqual([["S:220 ", "C:abcdef", "C*"], WHOLE]);
    // The answer of the first again is none to a second.
    const repeated = track(packetsOf(inserted(conversation(), 6, ...conversation().slice(1, 2))));
    expect(repeated.events).toEqual([WHOLE]);
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
