// Whatever order packets come in: the streams are those that were sent, or say what is missing.

import { afterEach, describe, expect, test, vi } from "vitest";
import { Flag } from "../../host/capture/segment.ts";
import { TcpStream } from "../../host/capture/stream.ts";
import { ConnectionTracker } from "../../host/capture/tracker.ts";
import { START, TcpTalk, packetsOf, type WrittenSegment } from "../support/pcap.ts";
import { eventsOf } from "../support/tracked.ts";

const ROUNDS = 400;

/** The same numbers for the same seed (mulberry32). */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

interface Sent {
  readonly segments: WrittenSegment[];
  readonly text: string;
}

/** A stream of 1 to 40 segments from the client behind a handshake, in order. */
function stream(random: (below: number) => number): Sent {
  const initial = random(2) === 0 ? 0xffffffff - random(200) : random(0xffffffff);
  const rest = { clientPort: 49152, serverPort: 25, time: START, acknowledgement: 901 };
  const segments: WrittenSegment[] = [
    {
      ...rest,
      from: "client",
      sequence: initial,
      acknowledgement: 0,
      flags: Flag.syn,
      payload: Buffer.alloc(0),
    },
    {
      ...rest,
      from: "server",
      sequence: 900,
      acknowledgement: (initial + 1) >>> 0,
      flags: Flag.syn | Flag.ack,
      payload: Buffer.alloc(0),
    },
  ];
  let text = "";
  for (let i = 1 + random(40); i > 0; i--) {
    const piece = String.fromCharCode(97 + random(26)).repeat(1 + random(30));
    const sequence = (initial + 1 + text.length) >>> 0;
    segments.push({ ...rest, from: "client", sequence, flags: Flag.ack, payload: Buffer.from(piece) });
    text += piece;
  }
  const end = (initial + 1 + text.length) >>> 0;
  segments.push({
    ...rest,
    from: "client",
    sequence: end,
    flags: Flag.ack | Flag.fin,
    payload: Buffer.alloc(0),
  });
  return { segments, text };
}

/** Sends again what has been sent, with other borders. */
function again({ segments, text }: Sent, random: (below: number) => number): WrittenSegment[] {
  const [syn] = segments;
  const first = segments[2];
  if (syn === undefined || first === undefined) return [];
  return Array.from({ length: random(10) }, () => {
    const from = random(text.length);
    const payload = Buffer.from(text.slice(from, from + 1 + random(80)));
    return { ...first, sequence: (syn.sequence + 1 + from) >>> 0, payload };
  });
}

function shuffled<T>(items: readonly T[], random: (below: number) => number): T[] {
  const mixed = [...items];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = random(i + 1);
    [mixed[i], mixed[j]] = [mixed[j] as T, mixed[i] as T];
  }
  return mixed;
}

/** The client's stream as it came out, `?` for each byte that was missing, `.` for its end. */
function received(segments: readonly WrittenSegment[]): string {
  let text = "";
  const tracker = new ConnectionTracker({
    open: () => ({
      data: (_, bytes) => (text += Buffer.from(bytes).toString()),
      lost: (from, count) => (text += from === "client" ? "?".repeat(count) : ""),
      ended: (from) => (text += from === "client" ? "." : ""),
      reset: () => undefined,
    }),
  });
  for (const { bytes } of packetsOf(segments)) {
    tracker.accept({ link: 1, bytes, wireLength: bytes.length, seconds: 0, nanoseconds: 0 });
  }
  tracker.finish();
  return text;
}

describe("in any disorder", () => {
  test("with repetitions of other borders, a stream comes out as it was sent", () => {
    for (let seed = 0; seed < ROUNDS; seed++) {
      const random = randomOf(seed);
      const sent = stream(random);
      const [handshake, rest] = [sent.segments.slice(0, 2), sent.segments.slice(2)];
      const mixed = shuffled([...rest, ...again(sent, random)], random);
      expect(received([...handshake, ...mixed]), `seed ${seed}`).toBe(`${sent.text}.`);
    }
  });

  test("what is left out is missing, and nothing else", () => {
    for (let seed = 0; seed < ROUNDS; seed++) {
      const random = randomOf(seed + 10_000);
      const { segments, text } = stream(random);
      const left = segments.slice(2, -1).filter(() => random(4) > 0);
      const have = new Set(left);
      const expected = segments
        .slice(2, -1)
        .map((segment) =>
          have.has(segment) ? segment.payload.toString() : "?".repeat(segment.payload.length),
        )
        .join("");
      expect(expected).toHaveLength(text.length);
      const mixed = shuffled([...left, ...segments.slice(-1)], random);
      expect(received([...segments.slice(0, 2), ...mixed]), `seed ${seed}`).toBe(`${expected}.`);
    }
  });
});

interface Talk {
  readonly segments: readonly WrittenSegment[];
  readonly sent: Record<"C" | "S", string>;
}

/** A talk of few bytes a segment, with waits in which holes are given up, and what each side sent. */
function talkOf(random: (below: number) => number): Talk {
  const talk = new TcpTalk({ client: 0xffffffff - random(8), server: random(0xffffffff) }).handshake();
  const sent = { C: "", S: "" };
  const wait = (): TcpTalk => talk.wait(random(3) * 30);
  for (let i = 3 + random(12); i > 0; i--) {
    const text = String.fromCharCode(97 + random(26)).repeat(random(3));
    const isClient = random(2) === 0;
    talk[isClient ? "client" : "server"](text);
    sent[isClient ? "C" : "S"] += text;
    wait();
  }
  const [first, second] = random(2) === 0 ? (["client", "server"] as const) : (["server", "client"] as const);
  talk.fin(first);
  wait().ack(second);
  wait().fin(second);
  wait().ack(first);
  return { segments: talk.segments, sent };
}

/** How far the data of one side reach that were captured. */
function endOfData(captured: readonly WrittenSegment[], side: WrittenSegment["from"]): number {
  const own = captured.filter(({ from }) => from === side);
  const first = own[0]?.sequence ?? 0;
  const ends = own.map(({ sequence, payload }) =>
    payload.length === 0 ? 0 : ((sequence - first - 1) >>> 0) + payload.length,
  );
  return Math.max(0, ...ends);
}

/** What came of each side, as in {@link received}. */
function cameOf(captured: readonly WrittenSegment[]): Talk["sent"] {
  const came = { C: "", S: "" };
  for (const event of eventsOf(captured) ?? []) {
    const side = event.startsWith("C") ? "C" : "S";
    const what = event.slice(1);
    if (what.startsWith(":")) came[side] += what.slice(1);
    else if (what.startsWith("?")) came[side] += "?".repeat(Number(what.slice(1)));
    else came[side] += what;
  }
  return came;
}

describe("whatever was not captured", () => {
  /** Far more often than such a capture needs to look how much is missing. */
  const MOST_LOOKS = 5000;
  afterEach(() => vi.restoreAllMocks());

  test("a capture is read to its end, every byte in its place", () => {
    let looks = 0;
    const missing = Object.getOwnPropertyDescriptor(TcpStream.prototype, "missing")
      ?.value as TcpStream["missing"];
    vi.spyOn(TcpStream.prototype, "missing").mockImplementation(function (this: TcpStream, acknowledged) {
      // Thrown, as a loop without an end would never come to an expectation.
      if (++looks > MOST_LOOKS) throw new Error("no progress");
      return missing.call(this, acknowledged);
    });
    for (let seed = 0; seed < 10 * ROUNDS; seed++) {
      looks = 0;
      const random = randomOf(seed + 20_000);
      const { segments, sent } = talkOf(random);
      const most = 1 + random(8);
      const captured = segments.filter((_, i) => i < 3 || random(most) > 0);
      const came = cameOf(captured);
      for (const side of ["C", "S"] as const) {
        const [all, was] = [`${sent[side]}.`, came[side]];
        // Behind a byte that looks like the FIN nothing was captured.
        const seen = endOfData(captured, side === "C" ? "client" : "server");
        const isRight = [...was].every((o, i) => o === "?" || o === all[i] || (o === "." && i >= seen));
        expect(isRight, `seed ${seed}: ${all} came as ${was}`).toBe(true);
      }
    }
  });
});
