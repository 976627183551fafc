import type { CapturePeer, ConnectionSink } from "./connection.ts";
import type { OpenedConnection } from "./tracker.ts";

export type CaptureEnd = "client" | "server" | "reset by client" | "reset by server" | "open";

/** What a list of connections says about one. */
export interface ConnectionSummary extends OpenedConnection {
  readonly bytes: Record<CapturePeer, number>;
  /** Bytes that are missing in the capture. */
  lost: number;
  /** Nanoseconds since the first packet. */
  lastSeen: number;
  /** Whose FIN came first, or who reset. */
  end: CaptureEnd;
}

/** Keeps books about the first connections of a capture while they go on to somebody else. */
export class ConnectionSummaries {
  readonly listed: ConnectionSummary[] = [];
  /** How many connections each port of servers had. */
  readonly ports = new Map<number, number>();
  /** Open when the capture ended. */
  open = 0;
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  /** Wraps the sink of a connection that opens. */
  follow(connection: OpenedConnection, next: ConnectionSink): ConnectionSink {
    const { port } = connection.server;
    this.ports.set(port, (this.ports.get(port) ?? 0) + 1);
    this.open++;
    const summary: ConnectionSummary = {
      ...connection,
      bytes: { client: 0, server: 0 },
      lost: 0,
      lastSeen: connection.time,
      end: "open",
    };
    if (this.listed.length < this.most) this.listed.push(summary);
    return new Bookkeeper(summary, next, () => this.open--);
  }
}

class Bookkeeper implements ConnectionSink {
  private readonly summary: ConnectionSummary;
  private readonly next: ConnectionSink;
  private readonly onClose: () => void;
  private readonly finished = new Set<CapturePeer>();

  constructor(summary: ConnectionSummary, next: ConnectionSink, onClose: () => void) {
    this.summary = summary;
    this.next = next;
    this.onClose = onClose;
  }

  data(from: CapturePeer, bytes: Uint8Array, time: number): void {
    this.summary.bytes[from] += bytes.length;
    this.summary.lastSeen = time;
    this.next.data(from, bytes, time);
  }

  lost(from: CapturePeer, count: number, time: number): void {
    this.summary.bytes[from] += count;
    this.summary.lost += count;
    this.summary.lastSeen = time;
    this.next.lost(from, count, time);
  }

  ended(from: CapturePeer, time: number): void {
    this.finished.add(from);
    this.end(from, time);
    if (this.finished.size === 2) this.onClose();
    this.next.ended(from, time);
  }

  reset(from: CapturePeer, time: number): void {
    this.end(`reset by ${from}`, time);
    this.onClose();
    this.next.reset(from, time);
  }

  private end(how: CaptureEnd, time: number): void {
    this.summary.lastSeen = time;
    if (this.summary.end === "open") this.summary.end = how;
  }
}
