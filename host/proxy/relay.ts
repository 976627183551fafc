import { Socket } from "node:net";
import type { Connection, Direction } from "../vm/connection.ts";
import type { Plugin } from "../vm/plugin.ts";
import type { Properties } from "../vm/properties.ts";
import type { ConnectMode } from "../vm/read-side.ts";
import { upstreamProperties } from "../vm/stream-info.ts";
import { formatAddress, type Address } from "../envoy/address.ts";
import { ConnectTimeout, ResponseFlag, connectFailure, endpoint, reasonOf } from "./failure.ts";
import type { RelayClose, RelayObserver } from "./observer.ts";
import type { UpstreamStats } from "./upstream-stats.ts";

/** What the upstream's cluster is called. */
const DEFAULT_CLUSTER = "upstream";

/** Envoy's default `delayed_close_timeout`: how long a socket may idle on its way out. */
const DELAYED_CLOSE_MS = 1000;

/** Envoy's default `connect_timeout` of a cluster. */
const CONNECT_TIMEOUT_MS = 5000;

const NOTHING = new Uint8Array(0);

export interface RelayOptions {
  /** Where to, unless the filter chooses otherwise. */
  readonly upstream: Address;
  /** What else the filter may choose, by the name of Envoy's cluster. */
  readonly clusters?: Readonly<Record<string, Address>>;
  readonly connectMode?: ConnectMode;
  readonly bufferLimitBytes?: number;
  /** How long to wait for the upstream, in milliseconds; 5 s by default. */
  readonly connectTimeoutMs?: number;
  readonly upstreamStats?: UpstreamStats;
  /** Called for each connection that is accepted, with what Envoy knows of it then. */
  readonly observe?: (client: Address, properties: Properties) => RelayObserver;
  /** Told when the upstream could not be connected, or reset the connection. */
  readonly onUpstreamFailure?: (upstream: Address, reason: string) => void;
}

/**
 * One client's connection and the one to the upstream, with the filter between them: half-close is kept, a slow side
 * slows the other down, and the filter hears of it all in the order in which Envoy tells it.
 */
export class Relay {
  private readonly client: Socket;
  private readonly server = new Socket({ allowHalfOpen: true });
  private readonly connection: Connection;
  private readonly onEnd: (relay: Relay) => void;
  private readonly options: RelayOptions;
  private upstream: Address;
  /** The filter let the connection go on, to this cluster. */
  private wanted: { readonly cluster: string | undefined } | undefined;
  private connectingSince = 0n;
  private started = false;
  private connected = false;
  /** The client is gone, and Envoy would not have noticed yet. */
  private lost = false;
  private ended = false;
  private readonly finished = { client: false, server: false };
  private readonly observer: RelayObserver | undefined;
  private connectTimer: NodeJS.Timeout | undefined;

  /** `client` has to be paused and to allow half-open; `onEnd` is called once, when both sockets are done with. */
  constructor(plugin: Plugin, client: Socket, options: RelayOptions, onEnd: (relay: Relay) => void) {
    this.client = client;
    this.onEnd = onEnd;
    this.options = options;
    this.upstream = options.upstream;
    const properties = addresses(client);
    this.observer = options.observe?.(
      { host: client.remoteAddress ?? "", port: client.remotePort ?? 0 },
      properties,
    );
    client.setNoDelay(true);
    this.server.setNoDelay(true);
    this.connection = plugin.newConnection({
      connectMode: options.connectMode,
      bufferLimitBytes: options.bufferLimitBytes,
      properties,
      passOn: (direction, bytes, endOfStream) => this.forward(direction, bytes, endOfStream),
      connectUpstream: (cluster) => {
        this.wanted = { cluster };
        if (this.started) this.connectIfWanted();
      },
      onReading: () => {
        if (this.started) this.readOn();
      },
      onClose: () => this.closedByFilter(),
    });
    this.listenToClient();
    this.listenToServer();
    this.started = true;
    // The filter may have closed the connection at once.
    this.connectIfWanted();
    this.readOn();
  }

  /** Whether both sides are closed; the filter may have done that at once. */
  get isOver(): boolean {
    return this.ended;
  }

  /** Closes both sides; the filter hears that Envoy closed. */
  stop(): void {
    this.end({ peer: "local", cause: "stopped", properties: {} });
  }

  private listenToClient(): void {
    const { client, server } = this;
    client.on("data", (bytes) =>
      this.guard(() => {
        this.observer?.data("client", bytes);
        this.connection.downstream(bytes);
      }),
    );
    client.on("end", () =>
      this.guard(() => {
        this.finished.client = true;
        this.observer?.ended("client");
        this.connection.downstream(NOTHING, true);
        this.endIfBothFinished("remote");
      }),
    );
    client.on("drain", () => server.resume());
    client.on("error", () => this.clientLost());
    client.on("close", () => this.clientLost());
  }

  private listenToServer(): void {
    const { server } = this;
    server.on("connect", () =>
      this.guard(() => {
        this.connected = true;
        clearTimeout(this.connectTimer);
        const facts = this.upstreamFacts();
        this.observer?.connected(facts);
        this.connection.setProperties(facts);
        this.connection.upstreamConnected();
      }),
    );
    server.on("data", (bytes) =>
      this.guard(() => {
        this.observer?.data("server", bytes);
        this.connection.upstream(bytes);
      }),
    );
    server.on("end", () =>
      this.guard(() => {
        this.finished.server = true;
        this.observer?.ended("server");
        this.connection.upstream(NOTHING, true);
        this.endIfBothFinished("local");
      }),
    );
    server.on("drain", () => this.readOn());
    server.on("error", (error) => this.guard(() => this.upstreamFailed(error)));
    server.on("close", () => this.end({ peer: "local", cause: "upstream reset", properties: {} }));
  }

  private upstreamFailed(error: NodeJS.ErrnoException): void {
    const reason = reasonOf(error);
    this.options.onUpstreamFailure?.(this.upstream, reason);
    if (this.connected) {
      const properties = { "response.flags": ResponseFlag.upstreamReset };
      this.end({ peer: "local", cause: "upstream reset", properties, reason });
    } else {
      this.options.upstreamStats?.failed(error instanceof ConnectTimeout ? "timeout" : "refused");
      const properties = connectFailure(reason, this.upstream);
      this.end({ peer: "local", cause: "upstream failed", properties, reason });
    }
  }

  /** Connects once the filter has let the connection go on, which may be much later. */
  private connectIfWanted(): void {
    if (this.wanted === undefined || this.ended) return;
    const { cluster } = this.wanted;
    const chosen = cluster === undefined ? this.upstream : clusterOf(this.options.clusters, cluster);
    if (chosen === undefined) {
      const reason = `no cluster ${JSON.stringify(cluster)}`;
      const properties = { "response.flags": ResponseFlag.noCluster };
      this.end({ peer: "local", cause: "upstream failed", properties, reason });
      return;
    }
    this.upstream = chosen;
    this.connectingSince = process.hrtime.bigint();
    this.options.upstreamStats?.begun();
    this.server.connect(chosen);
    const { connectTimeoutMs = CONNECT_TIMEOUT_MS } = this.options;
    this.connectTimer = setTimeout(() => this.server.destroy(new ConnectTimeout()), connectTimeoutMs);
  }

  private upstreamFacts(): Properties {
    const { server, upstream, connectingSince, wanted } = this;
    const local = { host: server.localAddress ?? upstream.host, port: server.localPort ?? 0 };
    return upstreamProperties({
      address: formatAddress({
        host: server.remoteAddress ?? upstream.host,
        port: server.remotePort ?? upstream.port,
      }),
      localAddress: formatAddress(local),
      cluster: wanted?.cluster ?? DEFAULT_CLUSTER,
      connectTime: process.hrtime.bigint() - connectingSince,
    });
  }

  /** Like Envoy, takes no more from the client than the filter can be shown, and than the server takes. */
  private readOn(): void {
    if (!this.connection.reading) this.client.pause();
    else if (this.lost) this.endByClient();
    else if (!this.server.writableNeedDrain) this.client.resume();
  }

  /** Who does not read does not notice that the other side is gone. */
  private clientLost(): void {
    this.lost = true;
    if (this.connection.reading) this.endByClient();
  }

  private endByClient(): void {
    this.end({ peer: "remote", cause: "client reset", properties: {} });
  }

  private forward(direction: Direction, bytes: Uint8Array, endOfStream: boolean): void {
    const [from, to] = direction === "upstream" ? [this.client, this.server] : [this.server, this.client];
    if (bytes.length > 0 && !to.write(bytes)) from.pause();
    if (endOfStream) to.end();
  }

  private closedByFilter(): void {
    if (this.ended) return;
    this.over({ peer: "local", cause: "filter", properties: {} });
  }

  /** Both FINs were seen: whose came last decides what Envoy calls it. */
  private endIfBothFinished(peer: "local" | "remote"): void {
    if (this.finished.client && this.finished.server) this.end({ peer, cause: "ends", properties: {} });
  }

  private end(close: RelayClose): void {
    if (this.ended) return;
    // What the filter does at the end must not end it again.
    this.ended = true;
    if (!this.connection.closed) this.connection.close(close.peer, close.properties);
    this.over(close);
  }

  private over(close: RelayClose): void {
    this.ended = true;
    clearTimeout(this.connectTimer);
    if (this.connectingSince > 0n) this.options.upstreamStats?.over();
    this.observer?.closed(close);
    this.closeSockets();
  }

  /** As Envoy with FlushWrite: what is on its way still gets there, unless its receiver takes no more. */
  private closeSockets(): void {
    for (const socket of [this.client, this.server]) {
      socket.setTimeout(DELAYED_CLOSE_MS, () => socket.destroy());
      socket.resume();
      if (socket.connecting || socket.pending) socket.destroy();
      else socket.destroySoon();
    }
    this.onEnd(this);
  }

  private guard(action: () => void): void {
    if (!this.ended) action();
  }
}

function addresses(client: Socket): Properties {
  return {
    ...endpoint("source", client.remoteAddress, client.remotePort),
    ...endpoint("destination", client.localAddress, client.localPort),
  };
}

function clusterOf(clusters: RelayOptions["clusters"] = {}, name: string): Address | undefined {
  return Object.hasOwn(clusters, name) ? clusters[name] : undefined;
}
