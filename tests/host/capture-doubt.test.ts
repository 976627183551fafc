// One number that was acknowledged and not captured: a FIN, or a byte.

import { beforeAll, describe, expect, test } from "vitest";
import { Flag } from "../../host/capture/segment.ts";
import type { HostModule } from "../../host/index.ts";
import { builtModule } from "../support/modules.ts";
import { TcpTalk, packetsOf, type WrittenSegment } from "../support/pcap.ts";
import { replayPackets } from "../support/replayed.ts";
import { eventsOf, track, without } from "../support/tracked.ts";

/** Where `handshake().client("QUI").client("T")` has the byte that is lost. */
const BYTE = 4;

function quit(): TcpTalk {
  return new TcpTalk().handshake().client("QUI").client("T").ack("server").wait(100);
}

function lossy(talk: TcpTalk): WrittenSegment[] {
  return without(talk.segments, BYTE);
}

describe("a number that was acknowledged and never captured", () => {
  test("was a byte, if the FIN behind it was captured", () => {
    expect(eventsOf(lossy(quit().fin("client")))).toEqual(["C:QUI", "C?1", "C."]);
    const acknowledged = lossy(quit().fin("client").ack("server").wait(100).fin("server"));
    expect(eventsOf(acknowledged)).toEqual(["C:QUI", "C?1", "C.", "S."]);
    // The FIN comes before the acknowledgement of the byte.
    const [first, second, ...rest] = acknowledged.slice(BYTE);
    if (first === undefined || second === undefined) throw new Error("nothing was written");
    const swapped = [...acknowledged.slice(0, BYTE), second, first, ...rest];
    expect(eventsOf(swapped)).toEqual(["C:QUI", "C?1", "C.", "S."]);
  });

  test("was a byte, if data follow", () => {
    const told = track(packetsOf(lossy(quit().client("\r\n").client("RSET\r\n").fin("client"))));
    expect(told.events).toEqual([["C:QUI", "C?1", "C:\r\nRSET\r\n", "C."]]);
    expect(told.tracker.counts).toMatchObject({ gaps: 1, gapBytes: 1, strays: 0 });
  });

  test("was a byte, if data further behind follow, or the other side acknowledges more", () => {
    const twice = without(quit().client("\r\n").client("RSET").segments, BYTE, 6);
    expect(eventsOf(twice)).toEqual(["C:QUI", "C?1", "C?2", "C:RSET"]);
    const more = without(quit().client("\r\n").ack("server").wait(100).client("RSET").segments, BYTE, 6);
    expect(eventsOf(more)).toEqual(["C:QUI", "C?3", "C:RSET"]);
  });

  test("was the byte that comes late", () => {
    const talk = quit().ack("server");
    const [byte] = talk.segments.slice(BYTE, BYTE + 1);
    if (byte === undefined) throw new Error("nothing was written");
    const end = talk.client("\r\n").segments.slice(-1);
    expect(eventsOf([...lossy(talk).slice(0, -1), byte, ...end])).toEqual(["C:QUIT\r\n"]);
  });

  test("was the FIN, if the other side ends, somebody resets, or nothing more comes", () => {
    const half = (): TcpTalk =>
      new TcpTalk().handshake().client("QUIT").fin("client").ack("server").wait(100);
    const BYE = ["C:QUIT", "S:bye"];
    expect(eventsOf(lossy(half().server("bye").wait(100).fin("server").ack("client")))).toEqual([
      ...BYE,
      "C.",
      "S.",
    ]);
    expect(eventsOf(lossy(half().server("bye")))).toEqual([...BYE, "C."]);
    expect(eventsOf(lossy(half().server("bye").reset("server")))).toEqual([...BYE, "C.", "S*"]);
    // It is seen later: a repetition.
    const again = half();
    const [fin] = again.segments.slice(BYTE, BYTE + 1);
    if (fin === undefined) throw new Error("nothing was written");
    const early = lossy(again.ack("server"));
    expect(eventsOf([...early, fin, ...again.server("bye").segments.slice(-1)])).toEqual([
      "C:QUIT",
      "C.",
      "S:bye",
    ]);
  });
});

describe("what lies far from all else", () => {
  const FAR = 2 ** 30 + 5;
  const talk = (): TcpTalk => new TcpTalk().handshake().client("abc").server("1");
  const [abc, reply] = talk().segments.slice(3);
  const end = talk().client("def").segments.slice(-1);
  if (abc === undefined || reply === undefined) throw new Error("nothing was written");

  test.each<[string, WrittenSegment]>([
    [
      "an acknowledgement",
      { ...reply, acknowledgement: reply.acknowledgement + FAR, payload: Buffer.alloc(0) },
    ],
    ["a FIN", { ...abc, sequence: abc.sequence + FAR, flags: Flag.fin | Flag.ack, payload: Buffer.alloc(0) }],
    ["a reset", { ...abc, sequence: abc.sequence + FAR, flags: Flag.rst, payload: Buffer.alloc(0) }],
  ])("%s changes nothing", (_, stray) => {
    const late = { ...stray, time: stray.time + 100_000_000n };
    expect(eventsOf([...talk().segments, stray, late, ...end])).toEqual(["C:abc", "S:1", "C:def"]);
  });
});

describe("a session of mail", () => {
  let module: HostModule;
  beforeAll(async () => {
    module = await builtModule("smtp");
  });

  test("that lost one byte is opaque, not over", () => {
    const mail = new TcpTalk().handshake().client("QUI").client("T").ack("server").wait(100);
    const packets = packetsOf(lossy(mail.client("\r\nMAIL FROM:<a@b>\r\n").fin("client").fin("server")));
    const { metrics, counts } = replayPackets(module, packets, { rootId: "heirloom.smtp" });
    expect(metrics.get('opaque_sessions_total{cause="desync"}')).toBe(1);
    expect(counts).toMatchObject({ gaps: 1, gapBytes: 1, strays: 0 });
  });
});
