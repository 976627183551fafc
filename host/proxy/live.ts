import type { Address } from "../envoy/address.ts";
import { CaptureClock, CaptureReplay, type FedConnection } from "../capture/replay.ts";
import { ChangeWatch } from "../capture/timeline/changes.ts";
import { inFull } from "../capture/timeline/full.ts";
import { Timeline, type Row } from "../capture/timeline/timeline.ts";
import type { OpenedConnection } from "../capture/tracker.ts";
import { StatStore } from "../metrics/store.ts";
import type { HostModule } from "../module/load.ts";
import { ConfigurationRejected, type Plugin, type PluginOptions } from "../vm/plugin.ts";
import type { Properties } from "../vm/properties.ts";
import { Vm } from "../vm/vm.ts";
import type { RelayClose, RelayObserver } from "./observer.ts";

/** A connection whose time line is told. */
export interface LiveSession extends OpenedConnection {
  /** The short name of the filter that reads it. */
  readonly filter: string;
  /** Nanoseconds since 1970. */
  readonly opened: bigint;
}

/** Gets time lines as they grow; those of several sessions come mixed. */
export interface LiveSink {
  opened(session: LiveSession): void;
  row(session: LiveSession, row: Row): void;
  /** `lasted`: nanoseconds. */
  closed(session: LiveSession, lasted: number): void;
  /** It goes on, but no more is told of it. */
  lost(session: LiveSession, why: string): void;
}

/** A proxy whose connections are followed. */
export interface FollowedProxy extends PluginOptions {
  readonly filter: string;
  readonly module: HostModule;
  readonly upstream: Address;
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Tells live sessions line by line, in the words of a capture's time line. A second instance of the filter, with every
 * detail on, reads a copy of the bytes: what the proxy counts stays as it was configured.
 */
export class LiveTimelines {
  private readonly sink: LiveSink;
  private readonly started = process.hrtime.bigint();
  private readonly origin = BigInt(Date.now()) * 1_000_000n;
  private sessions = 0;

  constructor(sink: LiveSink) {
    this.sink = sink;
  }

  /** What the proxy calls for each of its connections. Throws `ConfigurationRejected` as the proxy itself would. */
  follow(proxy: FollowedProxy): (client: Address, properties: Properties) => RelayObserver {
    const clock = new CaptureClock();
    clock.origin = this.origin;
    const { module, environment } = proxy;
    const vm = new Vm(module, { stats: new StatStore({ keepSamples: true }), clock, environment });
    const replay = new CaptureReplay(vm, startInFull(vm, proxy), clock);
    const watch = new ChangeWatch(vm);
    return (client, properties) => {
      const session = this.open(proxy, client);
      let feed: FedConnection | undefined;
      const timeline = new Timeline({
        connection: session,
        start: this.origin,
        vm,
        watch,
        feed: () => (feed = replay.open(session, properties)),
        onRow: (row) => this.sink.row(session, row),
      });
      return new Follower(session, timeline, feed, this.sink, () => this.now());
    };
  }

  private open({ filter, upstream }: FollowedProxy, client: Address): LiveSession {
    const time = this.now();
    const opened = this.origin + BigInt(time);
    const number = ++this.sessions;
    const session = { number, filter, client, server: upstream, time, opened, isMidStream: false };
    this.sink.opened(session);
    return session;
  }

  /** Nanoseconds since all began. */
  private now(): number {
    return Number(process.hrtime.bigint() - this.started);
  }
}

function startInFull(vm: Vm, proxy: FollowedProxy): Plugin {
  try {
    return vm.startPlugin({ ...proxy, configuration: inFull(proxy.configuration) });
  } catch (error) {
    // A filter that has no verbosity.
    if (error instanceof ConfigurationRejected) return vm.startPlugin(proxy);
    throw error;
  }
}

/** Hands on what one connection carries, until it cannot. */
class Follower implements RelayObserver {
  private readonly session: LiveSession;
  private readonly timeline: Timeline;
  private readonly feed: FedConnection | undefined;
  private readonly sink: LiveSink;
  private readonly now: () => number;
  private isLost = false;

  constructor(
    session: LiveSession,
    timeline: Timeline,
    feed: FedConnection | undefined,
    sink: LiveSink,
    now: () => number,
  ) {
    this.session = session;
    this.timeline = timeline;
    this.feed = feed;
    this.sink = sink;
    this.now = now;
  }

  connected(properties: Properties): void {
    this.attempt(() => this.feed?.setProperties(properties));
  }

  data(from: "client" | "server", bytes: Uint8Array): void {
    this.attempt(() => this.timeline.data(from, bytes, this.now()));
  }

  ended(from: "client" | "server"): void {
    this.attempt(() => this.timeline.ended(from, this.now()));
  }

  closed(close: RelayClose): void {
    const time = this.now();
    this.attempt(() => {
      this.tell(close, time);
      this.timeline.finish();
    });
    this.sink.closed(this.session, time - this.session.time);
  }

  private tell({ cause, peer, properties, reason }: RelayClose, time: number): void {
    const { timeline } = this;
    const feed = (): void => this.feed?.closed(peer, time, properties);
    switch (cause) {
      case "ends":
        return;
      case "client reset":
        return timeline.reset("client", time);
      case "upstream reset":
        return timeline.reset("server", time);
      case "upstream failed":
        return timeline.happened("server", `cannot be reached: ${reason ?? "unknown"}`, time, feed);
      case "filter":
        return timeline.happened(undefined, "closed by the filter", time, feed);
      case "stopped":
        return timeline.happened(undefined, "closed by the proxy, which stops", time, feed);
    }
  }

  /** Traffic must not suffer from what is only told about it. */
  private attempt(action: () => void): void {
    if (this.isLost) return;
    try {
      action();
    } catch (error) {
      this.isLost = true;
      this.sink.lost(this.session, error instanceof Error ? error.message : String(error));
    }
  }
}
