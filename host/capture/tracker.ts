import { networkOffset } from "./link.ts";
import { NANOSECONDS_PER_SECOND, type CapturedPacket } from "./capture.ts";
import {
  NOBODY,
  TcpConnection,
  opposite,
  type CapturePeer,
  type ConnectionSink,
  type State,
} from "./connection.ts";
import { endpointsOf, type Endpoints } from "./endpoints.ts";
import { Fragments } from "./fragments.ts";
import { Flag, Segment, type PacketKind } from "./segment.ts";
import { PORTS } from "./wellknown.ts";
import { NEVER } from "./joining.ts";
import { ReassemblyCounts, type JoinTest } from "./stream.ts";
import { WaitingRoom, type Waiter } from "./waiting.ts";

/** A connection as it opens. */
export interface OpenedConnection extends Endpoints {
  /** In the order of opening, from 1. */
  readonly number: number;
  /** Nanoseconds since the first packet. */
  readonly time: number;
  /** The capture began in the middle of it. */
  readonly isMidStream: boolean;
}

/** What a capture was made of. */
export class CaptureCounts extends ReassemblyCounts {
  packets = 0;
  bytes = 0;
  tcpPackets = 0;
  fragments = 0;
  /** Those of them that were put together. */
  fragmentsJoined = 0;
  /** Cut off within the headers. */
  short = 0;
  /** Neither TCP over IP, nor what can be read. */
  other = 0;
  connections = 0;
  midStream = 0;
  /** Asked for by a SYN, and refused or never answered. */
  unanswered = 0;
  /** Beyond {@link MAX_CONNECTIONS} at a time. */
  notFollowed = 0;
}

export interface TrackerOptions {
  /** Called for each connection that opens. */
  readonly open: (connection: OpenedConnection) => ConnectionSink;
  /** Only connections to these ports of servers; all of them if there are none. */
  readonly ports?: ReadonlySet<number>;
  /** Whether a connection that is older than the capture can be read from these bytes on; none can if there is no test. */
  readonly joins?: JoinTest;
}

/** Connections to follow at the same time: a few hundred bytes each, and what the filter takes. */
const MAX_CONNECTIONS = 262_144;

/** How long late packets of a closed connection, or answers to a SYN, are expected: 2 MSL as systems have it. */
const LINGER_NS = 120 * NANOSECONDS_PER_SECOND;

/** Closed connections to remember: late packets of one that is forgotten look like an older one of their own. */
const MAX_LINGERING = 32_768;

/** Forgetting goes by many at once, as it looks through what was forgotten before. */
const SWEEP_NS = NANOSECONDS_PER_SECOND;
const SWEEP_COUNT = 4096;

/** Ports of servers whose protocols are read. */
const WELL_KNOWN: ReadonlySet<number> = new Set(Object.values(PORTS).flatMap((ports) => [...ports]));

/** One direction of a connection. */
interface Way {
  readonly flow: Flow;
  readonly from: CapturePeer;
}

/** A direction that was looked up lately, found again without its key being put together. */
interface Recent {
  readonly ends: Buffer;
  readonly way: Way;
}

interface Flow extends Waiter {
  readonly keys: readonly string[];
  lastSeen: number;
  /** Not in the table any more. */
  isDropped: boolean;
}

/** A power of two; those that share a place put each other out. */
const RECENT_WAYS = 4096;

/** Sorts the packets of a capture by connection. */
export class ConnectionTracker {
  readonly counts = new CaptureCounts();
  private readonly options: TrackerOptions;
  private readonly ways = new Map<string, Way>();
  private readonly recent: (Recent | undefined)[] = new Array<undefined>(RECENT_WAYS).fill(undefined);
  /** Closed or not yet open, the longest unseen first. */
  private readonly lingering = new Set<Flow>();
  private readonly room = new WaitingRoom<Flow>();
  private readonly segment = new Segment();
  private readonly fragments = new Fragments();
  private firstSeconds: number | undefined;
  private firstNanoseconds = 0;
  private latest = 0;
  private sweptAt = 0;

  constructor(options: TrackerOptions) {
    this.options = options;
  }

  /** When the first packet was captured, in nanoseconds since 1970; 0 before any. */
  get startWall(): bigint {
    return BigInt(this.firstSeconds ?? 0) * BigInt(NANOSECONDS_PER_SECOND) + BigInt(this.firstNanoseconds);
  }

  /** Nanoseconds from the first packet to the latest. */
  get duration(): number {
    return this.latest;
  }

  accept(packet: CapturedPacket): void {
    const { counts, segment } = this;
    const time = this.timeOf(packet);
    counts.packets++;
    counts.bytes += packet.wireLength;
    const at = networkOffset(packet.link, packet.bytes);
    let kind = at < 0 ? "other" : segment.read(packet.bytes, at, packet.wireLength);
    if (kind === "fragment") kind = this.reassemble(time);
    if (kind === "short") counts.short++;
    else if (kind === "other") counts.other++;
    if (kind !== "tcp") return;
    counts.tcpPackets++;
    this.take(segment, time);
  }

  /** What the packet is that a fragment completes, if it completes one. */
  private reassemble(time: number): PacketKind {
    const { counts, segment, fragments } = this;
    counts.fragments++;
    const whole = segment.fragment && fragments.add(segment.fragment, time);
    if (whole === undefined) return "fragment";
    counts.fragmentsJoined = fragments.used;
    return segment.read(whole, 0, whole.length);
  }

  /** The capture ends here; connections that are open stay so. */
  finish(): void {
    const flows = new Set([...this.ways.values()].map(({ flow }) => flow));
    for (const { connection } of flows) {
      if (connection.state === "closed") continue;
      connection.finish(this.latest);
      if (!connection.hasOpened) this.counts.unanswered++;
    }
  }

  private take(segment: Segment, time: number): void {
    const { ports } = this.options;
    if (ports !== undefined && !ports.has(segment.sourcePort) && !ports.has(segment.destinationPort)) return;
    const way = this.find(segment, time) ?? this.follow(segment, time);
    if (way === undefined) return;
    const { flow, from } = way;
    const before = flow.connection.state;
    flow.lastSeen = time;
    flow.connection.accept(from, segment, time);
    this.look(flow, before);
    for (let most = this.room.surplus; most !== undefined; most = this.room.surplus) {
      this.giveUp(most, Infinity);
    }
    this.forget(time);
  }

  /** Gives up what of a connection waits for too long at this time. */
  private giveUp(flow: Flow, time: number): void {
    const before = flow.connection.state;
    flow.connection.giveUpAt(time);
    this.look(flow, before);
  }

  /** To be called when something has happened to a connection. */
  private look(flow: Flow, before: State): void {
    if (flow.connection.state !== before) this.changed(flow, before);
    if (flow.connection.waiting !== flow.waiting) this.room.note(flow);
  }

  /** The connection a segment belongs to; undefined if it is the first of one. */
  private find(segment: Segment, time: number): Way | undefined {
    const way = this.lookUp(segment);
    if (way === undefined || !segment.has(Flag.syn)) return way;
    const { connection } = way.flow;
    if (connection.opensWith(way.from, segment)) return way;
    if (connection.state === "opening") this.counts.unanswered++;
    connection.supersede(time);
    this.drop(way.flow);
    return undefined;
  }

  private lookUp(segment: Segment): Way | undefined {
    const place = segment.hash & (RECENT_WAYS - 1);
    const recent = this.recent[place];
    if (recent !== undefined && !recent.way.flow.isDropped && segment.goesAs(recent.ends)) return recent.way;
    const way = this.ways.get(segment.key);
    if (way !== undefined) this.recent[place] = { ends: segment.ends, way };
    return way;
  }

  private follow(segment: Segment, time: number): Way | undefined {
    const isSyn = segment.has(Flag.syn);
    if (!isSyn && (segment.length === 0 || segment.has(Flag.rst))) {
      this.counts.strays++;
      return undefined;
    }
    const from = isSyn ? (segment.has(Flag.ack) ? "server" : "client") : this.guess(segment);
    const endpoints = endpointsOf(segment, from);
    const isWanted = this.options.ports?.has(endpoints.server.port) !== false;
    if (!isWanted && !isSyn) return undefined;
    if (this.ways.size >= 2 * MAX_CONNECTIONS) {
      this.counts.notFollowed++;
      return undefined;
    }
    // The client's port is a wanted one: without its SYN the rest would look like an older connection to that.
    const open = (opened: number): ConnectionSink =>
      isWanted ? this.open(endpoints, !isSyn, opened) : NOBODY;
    const connection = new TcpConnection(open, this.counts, this.options.joins ?? NEVER);
    connection.isMidStream = !isSyn;
    const keys = [segment.key, segment.reverseKey] as const;
    const flow: Flow = { connection, keys, lastSeen: time, isDropped: false, waiting: 0 };
    this.ways.set(keys[0], { flow, from });
    this.ways.set(keys[1], { flow, from: opposite(from) });
    this.lingering.add(flow);
    return { flow, from };
  }

  /** Who sent the first segment that was seen of a connection that is older than the capture. */
  private guess({ sourcePort, destinationPort }: Segment): CapturePeer {
    for (const known of [this.options.ports, WELL_KNOWN]) {
      const [isSource, isDestination] = [known?.has(sourcePort), known?.has(destinationPort)];
      if (isSource !== isDestination) return isSource === true ? "server" : "client";
    }
    return sourcePort < destinationPort ? "server" : "client";
  }

  private open(endpoints: Endpoints, isMidStream: boolean, time: number): ConnectionSink {
    const number = ++this.counts.connections;
    if (isMidStream) this.counts.midStream++;
    return this.options.open({ ...endpoints, number, time, isMidStream });
  }

  private changed(flow: Flow, before: State): void {
    this.lingering.delete(flow);
    if (flow.connection.state !== "closed") return;
    if (before === "opening" && !flow.connection.hasOpened) this.counts.unanswered++;
    this.lingering.add(flow);
  }

  /** Gives up what silent connections wait for; forgets what has been over for long, and the oldest of too many. */
  private forget(time: number): void {
    const tooMany = this.lingering.size - MAX_LINGERING;
    if (time - this.sweptAt < SWEEP_NS && tooMany < SWEEP_COUNT) return;
    this.sweptAt = time;
    for (const flow of this.room) this.giveUp(flow, time);
    let excess = tooMany;
    for (const flow of this.lingering) {
      if (excess-- <= 0 && time - flow.lastSeen < LINGER_NS) return;
      if (flow.connection.state === "opening") this.counts.unanswered++;
      this.drop(flow);
    }
  }

  private drop(flow: Flow): void {
    flow.isDropped = true;
    this.lingering.delete(flow);
    this.room.leave(flow);
    for (const key of flow.keys) if (this.ways.get(key)?.flow === flow) this.ways.delete(key);
  }

  /** Nanoseconds since the first packet; exact for a hundred days. */
  private timeOf({ seconds, nanoseconds }: CapturedPacket): number {
    if (this.firstSeconds === undefined) {
      this.firstSeconds = seconds;
      this.firstNanoseconds = nanoseconds;
    }
    const time =
      (seconds - this.firstSeconds) * NANOSECONDS_PER_SECOND + (nanoseconds - this.firstNanoseconds);
    this.latest = Math.max(this.latest, time);
    return time;
  }
}
