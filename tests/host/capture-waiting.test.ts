// What waits for packets that were not captured takes little memory, and waits no longer than it must.

import { describe, expect, test } from "vitest";
import { TcpConnection } from "../../host/capture/connection.ts";
import { Flag } from "../../host/capture/segment.ts";
import { ReassemblyCounts } from "../../host/capture/stream.ts";
import { ConnectionTracker } from "../../host/capture/tracker.ts";
import { MAX_WAITING_BYTES } from "../../host/capture/waiting.ts";
import { TcpTalk, packetsOf, type WrittenSegment } from "../support/pcap.ts";
import { without } from "../support/tracked.ts";

const PAYLOAD_BYTES = 60_000;

interface Fed {
  /** What came so far, by connection: `data 5`, `lost 3`, `ended`. */
  readonly came: string[][];
  readonly feed: (segments: readonly WrittenSegment[]) => void;
  readonly tracker: ConnectionTracker;
}

function following(): Fed {
  const came: string[][] = [];
  const tracker = new ConnectionTracker({
    open: () => {
      const told: string[] = [];
      came.push(told);
      return {
        data: (_, { length }) => told.push(`data ${length}`),
        lost: (_, count) => told.push(`lost ${count}`),
        ended: () => told.push("ended"),
        reset: () => told.push("reset"),
      };
    },
  });
  const feed = (segments: readonly WrittenSegment[]): void => {
    for (const { time, bytes } of packetsOf(segments)) {
      const [seconds, nanoseconds] = [Number(time / 1_000_000_000n), Number(time % 1_000_000_000n)];
      tracker.accept({ link: 1, bytes, wireLength: bytes.length, seconds, nanoseconds });
    }
  };
  return { came, feed, tracker };
}

/** The server answers what the capture lost, and both are silent then. */
function answered(clientPort: number): WrittenSegment[] {
  const talk = new TcpTalk({ clientPort }).handshake().client("abc").server(Buffer.alloc(PAYLOAD_BYTES));
  return without(talk.segments, 3);
}

/** A segment behind one that the capture lost. */
function behind(clientPort: number): WrittenSegment[] {
  const talk = new TcpTalk({ clientPort }).handshake().client("abc").client(Buffer.alloc(PAYLOAD_BYTES));
  return without(talk.segments, 3);
}

describe("what waits for what was not captured", () => {
  test("is a copy: the buffer of the file is not kept", () => {
    const told: string[] = [];
    const connection = new TcpConnection(
      () => ({
        data: (_, bytes) => told.push(Buffer.from(bytes).toString()),
        lost: (_, count) => told.push(`${count} lost`),
        ended: () => undefined,
        reset: () => undefined,
      }),
      new ReassemblyCounts(),
      () => false,
    );
    const file = Buffer.from("reply");
    const segment = (sequence: number, acknowledgement: number, flags: number, payload: Buffer) => ({
      sequence,
      acknowledgement,
      flags,
      payload,
      length: payload.length,
    });
    connection.accept("client", segment(999, 0, Flag.syn, Buffer.alloc(0)), 0);
    connection.accept("server", segment(4999, 1000, Flag.syn | Flag.ack, Buffer.alloc(0)), 1);
    connection.accept("server", segment(5000, 1010, Flag.ack, file), 2);
    expect(connection.waiting).toBeGreaterThan(file.length);
    file.fill("X");
    connection.finish(3);
    expect(told).toEqual(["10 lost", "reply"]);
    expect(connection.waiting).toBe(0);
  });

  test("is given up when its time is over, though its connection is silent", () => {
    const { came, feed } = following();
    feed(answered(40_000));
    expect(came).toEqual([[]]);
    const other = new TcpTalk({ clientPort: 40_001 }).wait(1500).handshake().client("x");
    feed(other.segments);
    expect(came).toEqual([["lost 3", `data ${PAYLOAD_BYTES}`], ["data 1"]]);
  });

  test.each([
    ["answers", answered],
    ["later segments", behind],
  ])("has a limit over all connections, and the oldest go first: %s", (_, talk) => {
    const { came, feed, tracker } = following();
    const fitting = Math.floor(MAX_WAITING_BYTES / (PAYLOAD_BYTES + 1024));
    for (let i = 0; i < fitting; i++) feed(talk(10_000 + i));
    expect(tracker.counts.gaps).toBe(0);
    for (let i = 0; i < 100; i++) feed(talk(20_000 + i));
    const { gaps } = tracker.counts;
    expect(gaps).toBeGreaterThan(50);
    expect(gaps).toBeLessThan(105);
    const given = came.map((told) => told.includes("lost 3"));
    expect(given.lastIndexOf(true)).toBe(gaps - 1);
    tracker.finish();
    expect(tracker.counts.gaps).toBe(fitting + 100);
  });

  test("of a connection that is superseded or forgotten counts no more", () => {
    const { came, feed, tracker } = following();
    const often = 3 * Math.ceil(MAX_WAITING_BYTES / PAYLOAD_BYTES);
    for (let i = 0; i < often; i++) {
      const talk = new TcpTalk({ client: 1000 * i + 1 }).handshake().client("abc");
      feed(without(talk.server(Buffer.alloc(PAYLOAD_BYTES)).segments, 3));
    }
    expect(came.at(-1)).toEqual([]);
    expect(tracker.counts.gaps).toBe(often - 1);
  });

  test("is data of a connection even if no more than its SYN was captured before", () => {
    const { came, feed, tracker } = following();
    feed(without(answered(40_000), 1, 2));
    tracker.finish();
    expect(came).toEqual([["lost 3", `lost ${PAYLOAD_BYTES}`]]);
    expect(tracker.counts).toMatchObject({ connections: 1, unanswered: 0 });
  });
});
