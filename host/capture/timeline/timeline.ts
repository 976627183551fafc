import { formatAddress } from "../../envoy/address.ts";
import type { Vm } from "../../vm/vm.ts";
import { NANOSECONDS_PER_SECOND } from "../capture.ts";
import type { CapturePeer, ConnectionSink } from "../connection.ts";
import type { OpenedConnection } from "../tracker.ts";
import { protocolOf } from "../joining.ts";
import { formatDuration, formatWall, printable, widthOf } from "../words.ts";
import { ChangeWatch } from "./changes.ts";
import { PlainReading, type Reading, type Remark } from "./reading.ts";
import { LdapReading } from "./ldap.ts";
import { Pop3Reading } from "./pop3.ts";
import { SmtpReading } from "./smtp.ts";

/** A line of a time line. */
export interface Row extends Remark {
  /** Nanoseconds since the connection opened. */
  readonly time: number;
}

export interface TimelineOptions {
  readonly connection: OpenedConnection;
  /** Nanoseconds since 1970 of the capture's first packet. */
  readonly start: bigint;
  /** Its store has to keep samples. */
  readonly vm: Vm;
  /** Opens the filter's connection. */
  readonly feed: () => ConnectionSink;
  /** That of all connections, where several run at a time in the VM. Default: one of its own. */
  readonly watch?: ChangeWatch;
  /** Gets each line as it comes; then none is kept. */
  readonly onRow?: (row: Row) => void;
}

/** Width of what is said, so that outcomes stand in a column, … */
const TEXT_WIDTH = 58;

/** … and of both together where what is said is longer: a line fits a terminal of 120 columns mostly. */
const LINE_WIDTH = 108;

/** Protocols that can be read for display, by the first word of their metrics. */
const READINGS: Readonly<Record<string, new () => Reading>> = {
  smtp: SmtpReading,
  ldap: LdapReading,
  pop3: Pop3Reading,
};

/** One connection as it goes through a filter, line by line. */
export class Timeline implements ConnectionSink {
  readonly rows: Row[] = [];
  readonly connection: OpenedConnection;
  readonly start: bigint;
  lastSeen: number;
  /** When something passed last: what was not told then comes with this time. */
  private quietAt = 0;
  private readonly feed: ConnectionSink;
  private readonly watch: ChangeWatch;
  private readonly onRow: ((row: Row) => void) | undefined;
  private readonly reading: Reading;
  private readonly finished = new Set<CapturePeer>();

  constructor({ connection, start, vm, feed, watch, onRow }: TimelineOptions) {
    this.connection = connection;
    this.start = start;
    this.lastSeen = connection.time;
    this.reading = new (READINGS[protocolOf(vm)] ?? PlainReading)();
    this.watch = watch ?? new ChangeWatch(vm);
    this.onRow = onRow;
    this.feed = feed();
    this.watch.changes();
  }

  data(from: CapturePeer, bytes: Uint8Array, time: number): void {
    for (let at = 0; at < bytes.length;) {
      const size = Math.max(1, this.reading.next(from, bytes.subarray(at)));
      const piece = bytes.subarray(at, at + size);
      at += piece.length;
      this.feed.data(from, piece, time);
      this.add(time, this.reading.took(from, piece, this.watch.changes()));
    }
  }

  lost(from: CapturePeer, count: number, time: number): void {
    this.feed.lost(from, count, time);
    const changes = this.watch.changes();
    const isJoined = this.connection.isMidStream && this.rows.length === 0;
    const remarks = isJoined
      ? this.reading.happened(from, "under way when the capture begins", changes)
      : this.reading.lost(from, count, changes);
    this.add(time, remarks);
  }

  ended(from: CapturePeer, time: number): void {
    this.feed.ended(from, time);
    this.finished.add(from);
    this.say(from, this.finished.size === 2 ? "closes too" : "closes", time);
  }

  reset(from: CapturePeer, time: number): void {
    this.feed.reset(from, time);
    this.say(from, "resets the connection", time);
  }

  /** Something else came over the connection, which `feed` tells the filter. */
  happened(from: CapturePeer | undefined, what: string, time: number, feed: () => void): void {
    feed();
    this.say(from, what, time);
  }

  private say(from: CapturePeer | undefined, what: string, time: number): void {
    this.add(time, this.reading.happened(from, what, this.watch.changes()));
  }

  /** What passed in silence last is told at the end. */
  finish(): void {
    this.add(this.lastSeen, this.reading.finish());
  }

  private add(time: number, remarks: readonly Remark[]): void {
    this.lastSeen = Math.max(this.lastSeen, time);
    for (const remark of remarks) {
      const at = remark.isEarlier === true ? this.quietAt : time;
      const row = { ...remark, time: at - this.connection.time };
      if (this.onRow === undefined) this.rows.push(row);
      else this.onRow(row);
    }
    this.quietAt = time;
  }
}

/** For people: time, direction, what it was, what became of it. */
export function timelineAsText({ connection, start, rows, lastSeen }: Timeline): string {
  const { number, client, server, time, isMidStream } = connection;
  const began = formatWall(start + BigInt(Math.round(time)));
  const lasted = formatDuration((lastSeen - time) / 1000);
  const head = [
    `connection ${number}: client ${formatAddress(client)} → server ${formatAddress(server)}`,
    `${isMidStream ? "seen first" : "opened"} ${began}, lasted ${lasted}`,
    "",
  ];
  const width = Math.max(...rows.map(({ time: at }) => secondsOf(at).length), 0);
  return `${[...head, ...rows.map((row) => rowAsText(row, width))].join("\n")}\n`;
}

/** A line for people; the time takes `timeWidth` characters. */
export function rowAsText(row: Row, timeWidth: number): string {
  const arrow = row.from === undefined ? "↔" : row.from === "client" ? "→" : "←";
  const outcome = row.outcome.join("; ");
  const text = printable(row.text, Math.max(TEXT_WIDTH, LINE_WIDTH - widthOf(outcome)));
  const fill = outcome === "" ? "" : " ".repeat(Math.max(0, TEXT_WIDTH - widthOf(text)) + 2);
  return `${secondsOf(row.time).padStart(timeWidth)}  ${arrow} ${text}${fill}${outcome}`;
}

/** For tools; times in seconds since the connection opened. */
export function timelineAsJson({ connection, rows }: Timeline): string {
  const { number, client, server } = connection;
  const head = { number, client: formatAddress(client), server: formatAddress(server) };
  return `${JSON.stringify({ connection: head, timeline: rows.map(rowForTools) }, null, 2)}\n`;
}

/** A line for tools. */
export function rowForTools({ time, from, text, outcome }: Row) {
  const seconds = time / NANOSECONDS_PER_SECOND;
  return { seconds, from: from ?? null, text: printable(text, Infinity), outcome };
}

function secondsOf(time: number): string {
  return (time / NANOSECONDS_PER_SECOND).toFixed(3);
}
