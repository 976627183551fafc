import { Socket } from "node:net";
import { getSystemErrorMap } from "node:util";
import type { Connection, Direction } from "../vm/connection.ts";
import type { Plugin } from "../vm/plugin.ts";
import type { Properties } from "../vm/properties.ts";
import type { ConnectMode } from "../vm/read-side.ts";
import { upstreamProperties } from "../vm/stream-info.ts";
import { formatAddress, type Address } from "../envoy/address.ts";

/** Envoy's response flags: UF, the upstream could not be connected, UR, it reset the connection, NC, no such cluster. */
const UPSTREAM_CONNECTION_FAILURE = 0x20;
const NO_CLUSTER_FOUND = 0x1000000;
const UPSTREAM_REMOTE_RESET = 0x10;

/** What the upstream's cluster is called. */
const DEFAULT_CLUSTER = "upstream";

/** Envoy's default `delayed_close_timeout`: how long a socket may idle on its way out. */
const DELAYED_CLOSE_MS = 1000;

const NOTHING = new Uint8Array(0);

export interface RelayOptions {
  /** Where to, unless the filter chooses otherwise. */
  readonly upstream: Address;
  /** What else the filter may choose, by the name of Envoy's cluster. */
  readonly clusters?: Readonly<Record<string, Address>>;
  readonly connectMode?: ConnectMode;
  readonly bufferLimitBytes?: number;
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

  /** `client` has to be paused and to allow half-open; `onEnd` is called once, when both sockets are done with. */
  constructor(plugin: Plugin, client: Socket, options: RelayOptions, onEnd: (relay: Relay) => void) {
    this.client = client;
    this.onEnd = onEnd;
    this.options = options;
    this.upstream = options.upstream;
    client.setNoDelay(true);
    this.server.setNoDelay(true);
    this.connection = plugin.newConnection({
      connectMode: options.connectMode,
      bufferLimitBytes: options.bufferLimitBytes,
      properties: addresses(client),
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
    this.end("local");
  }

  private listenToClient(): void {
    const { client, server } = this;
    client.on("data", (bytes) => this.guard(() => this.connection.downstream(bytes)));
    client.on("end", () =>
      this.guard(() => {
        this.finished.client = true;
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
        this.connection.setProperties(this.upstreamFacts());
        this.connection.upstreamConnected();
      }),
    );
    server.on("data", (bytes) => this.guard(() => this.connection.upstream(bytes)));
    server.on("end", () =>
      this.guard(() => {
        this.finished.server = true;
        this.connection.upstream(NOTHING, true);
        this.endIfBothFinished("local");
      }),
    );
    server.on("drain", () => this.readOn());
    server.on("error", (error) => {
      this.end(
        "local",
        this.connected ? { "response.flags": UPSTREAM_REMOTE_RESET } : connectFailure(error, this.upstream),
      );
    });
    server.on("close", () => this.end("local"));
  }

  /** Connects once the filter has let the connection go on, which may be much later. */
  private connectIfWanted(): void {
    if (this.wanted === undefined || this.ended) return;
    const { cluster } = this.wanted;
    const chosen = cluster === undefined ? this.upstream : clusterOf(this.options.clusters, cluster);
    if (chosen === undefined) {
      this.end("local", { "response.flags": NO_CLUSTER_FOUND });
      return;
    }
    this.upstream = chosen;
    this.connectingSince = process.hrtime.bigint();
    this.server.connect(chosen);
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
    else if (this.lost) this.end("remote");
    else if (!this.server.writableNeedDrain) this.client.resume();
  }

  /** Who does not read does not notice that the other side is gone. */
  private clientLost(): void {
    this.lost = true;
    if (this.connection.reading) this.end("remote");
  }

  private forward(direction: Direction, bytes: Uint8Array, endOfStream: boolean): void {
    const [from, to] = direction === "upstream" ? [this.client, this.server] : [this.server, this.client];
    if (bytes.length > 0 && !to.write(bytes)) from.pause();
    if (endOfStream) to.end();
  }

  private closedByFilter(): void {
    if (this.ended) return;
    this.ended = true;
    this.closeSockets();
  }

  /** Both FINs were seen: whose came last decides what Envoy calls it. */
  private endIfBothFinished(peer: "local" | "remote"): void {
    if (this.finished.client && this.finished.server) this.end(peer);
  }

  private end(peer: "local" | "remote", properties: Properties = {}): void {
    if (this.ended) return;
    this.ended = true;
    if (!this.connection.closed) this.connection.close(peer, properties);
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

/** What Envoy knows when the upstream could not be connected; the reason in its words. */
function connectFailure(error: NodeJS.ErrnoException, upstream: Address): Properties {
  const [, message = error.message] = getSystemErrorMap().get(error.errno ?? 0) ?? [];
  const reason = message.charAt(0).toUpperCase() + message.slice(1);
  return {
    ...endpoint("upstream", upstream.host, upstream.port),
    "upstream.transport_failure_reason": `delayed connect error: ${reason}`,
    "response.flags": UPSTREAM_CONNECTION_FAILURE,
  };
}

function endpoint(prefix: string, host: string | undefined, port: number | undefined): Properties {
  if (host === undefined || port === undefined) return {};
  return { [`${prefix}.address`]: formatAddress({ host, port }), [`${prefix}.port`]: port };
}

function clusterOf(clusters: RelayOptions["clusters"] = {}, name: string): Address | undefined {
  return Object.hasOwn(clusters, name) ? clusters[name] : undefined;
}
