import { formatAddress } from "../envoy/address.ts";
import type { Clock } from "../vm/clock.ts";
import type { Connection } from "../vm/connection.ts";
import type { Plugin } from "../vm/plugin.ts";
import type { Properties } from "../vm/properties.ts";
import type { Vm } from "../vm/vm.ts";
import type { CapturePeer, ConnectionSink } from "./connection.ts";
import type { Endpoint } from "./endpoints.ts";
import type { OpenedConnection } from "./tracker.ts";

/** Shows the time of a capture, so that latencies are those of the traffic. */
export class CaptureClock implements Clock {
  /** Nanoseconds since 1970 of the first packet. */
  origin = 0n;
  private since = 0;

  /** Nanoseconds since the first packet. Time never goes back. */
  advanceTo(time: number): void {
    this.since = Math.max(this.since, time);
  }

  monotonic(): bigint {
    // As on a machine that has run for a while: 0 may mean "never" to a module.
    return BigInt(this.since) + START;
  }

  wall(): bigint {
    return BigInt(this.since) + this.origin;
  }
}

const START = 1_000_000_000n;

/** Envoy's response flag for a connection that the upstream reset. */
const UPSTREAM_REMOTE_RESET = 0x10;

const TICK_NS = 1_000_000_000;

const NOTHING = new Uint8Array(0);

/** Feeds connections of a capture to a filter, in the time of the capture. */
export class CaptureReplay {
  private readonly vm: Vm;
  private readonly plugin: Plugin;
  private readonly clock: CaptureClock;
  private tickedAt = 0;

  /** `clock` has to be that of the VM. */
  constructor(vm: Vm, plugin: Plugin, clock: CaptureClock) {
    this.vm = vm;
    this.plugin = plugin;
    this.clock = clock;
  }

  /** A connection of the capture becomes one of the filter. `properties`: what Envoy would know of it. */
  open(connection: OpenedConnection, properties = propertiesOf(connection)): FedConnection {
    this.goOnTo(connection.time);
    return new FedConnection(this.plugin.newConnection({ properties }), (time) => this.goOnTo(time));
  }

  /** Has the filter count what it has not counted yet. */
  flush(): void {
    this.vm.tick();
  }

  /** One tick for any time without traffic: a filter sees no difference, and a gap of years costs nothing. */
  private goOnTo(time: number): void {
    this.clock.advanceTo(time);
    if (time - this.tickedAt < TICK_NS) return;
    this.tickedAt = time;
    this.vm.tick();
  }
}

/** A connection of the filter that what happens elsewhere is told to. */
export class FedConnection implements ConnectionSink {
  private readonly connection: Connection;
  private readonly goOnTo: (time: number) => void;
  private readonly finished = { client: false, server: false };

  constructor(connection: Connection, goOnTo: (time: number) => void) {
    this.connection = connection;
    this.goOnTo = goOnTo;
  }

  data(from: CapturePeer, bytes: Uint8Array, time: number): void {
    this.goOnTo(time);
    if (this.connection.closed) return;
    if (from === "client") this.connection.downstream(bytes);
    else this.connection.upstream(bytes);
  }

  lost(from: CapturePeer, count: number, time: number): void {
    this.goOnTo(time);
    if (this.connection.closed) return;
    if (from === "client") this.connection.downstreamUnseen(count);
    else this.connection.upstreamUnseen(count);
  }

  ended(from: CapturePeer, time: number): void {
    this.goOnTo(time);
    if (this.connection.closed) return;
    this.finished[from] = true;
    if (from === "client") this.connection.downstream(NOTHING, true);
    else this.connection.upstream(NOTHING, true);
    // Whose end came last decides what Envoy calls the close.
    if (this.finished.client && this.finished.server)
      this.connection.close(from === "client" ? "remote" : "local");
  }

  reset(from: CapturePeer, time: number): void {
    if (from === "client") this.closed("remote", time);
    else this.closed("local", time, { "response.flags": UPSTREAM_REMOTE_RESET });
  }

  /** It is over, and this is what Envoy calls it. */
  closed(peer: "local" | "remote", time: number, properties: Properties = {}): void {
    this.goOnTo(time);
    if (!this.connection.closed) this.connection.close(peer, properties);
  }

  /** More becomes known of it. */
  setProperties(properties: Properties): void {
    this.connection.setProperties(properties);
  }
}

/** What Envoy would know of the connection, had it stood between the two. */
function propertiesOf({ client, server }: OpenedConnection): Properties {
  return {
    ...endpoint("source", client),
    ...endpoint("destination", server),
    ...endpoint("upstream", server),
    "upstream.local_address": formatAddress(client),
    "upstream.transport_failure_reason": "",
    "connection.mtls": false,
    "response.flags": 0,
  };
}

function endpoint(prefix: string, { host, port }: Endpoint): Properties {
  return { [`${prefix}.address`]: formatAddress({ host, port }), [`${prefix}.port`]: port };
}
