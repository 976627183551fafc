// Follows written packets as the replay of a capture does, and says what came out.

import { ConnectionTracker, type OpenedConnection } from "../../host/capture/tracker.ts";
import { TcpTalk, packetsOf, type WrittenPacket, type WrittenSegment } from "./pcap.ts";

export interface Told {
  readonly opened: OpenedConnection[];
  /** `C:text`, `S?5` (five bytes missing), `C.`, `S*` in order, by connection. */
  readonly events: string[][];
  readonly times: number[];
  readonly tracker: ConnectionTracker;
}

export function track(packets: readonly WrittenPacket[], ports?: readonly number[]): Told {
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

/** What becomes of the first connection. */
export function eventsOf(segments: readonly WrittenSegment[]): string[] | undefined {
  return track(packetsOf(segments)).events[0];
}

/** A whole connection; its parts by name to be put in other orders. */
export function conversation(options: ConstructorParameters<typeof TcpTalk>[0] = {}): WrittenSegment[] {
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

export const WHOLE = ["S:220 ", "C:abcdefghi", "S:250 ", "C.", "S."];
/** Places in conversation(): SYN SYN-ACK ACK 220 abc def ghi 250 FIN FIN ACK. */
export const [ABC, DEF, GHI, REPLY] = [4, 5, 6, 7];

export function moved(segments: WrittenSegment[], from: number, to: number): WrittenSegment[] {
  const changed = [...segments];
  changed.splice(to, 0, ...changed.splice(from, 1));
  return changed;
}

export function without(segments: WrittenSegment[], ...places: number[]): WrittenSegment[] {
  return segments.filter((_, i) => !places.includes(i));
}

export function withPayload(
  segment: WrittenSegment | undefined,
  offset: number,
  text: string,
): WrittenSegment {
  if (segment === undefined) throw new Error("no such segment");
  return { ...segment, sequence: (segment.sequence + offset) >>> 0, payload: Buffer.from(text) };
}

export function inserted(
  segments: WrittenSegment[],
  at: number,
  ...more: WrittenSegment[]
): WrittenSegment[] {
  return [...segments.slice(0, at), ...more, ...segments.slice(at)];
}
