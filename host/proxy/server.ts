import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createServer, type Server } from "node:net";
import { formatAddress, type Address } from "../envoy/address.ts";
import type { TagRule } from "../metrics/tags.ts";
import type { HostModule } from "../module/load.ts";
import type { LogLevel } from "../abi/constants.ts";
import { StatStore } from "../metrics/store.ts";
import type { HistogramBucketSetting } from "../metrics/buckets.ts";
import type { Plugin } from "../vm/plugin.ts";
import type { ConnectMode } from "../vm/read-side.ts";
import type { SharedStore } from "../vm/shared.ts";
import { Vm } from "../vm/vm.ts";
import { answer } from "./admin.ts";
import { httpServer } from "./http-server.ts";
import { Relay } from "./relay.ts";

export interface ProxyServerOptions {
  readonly module: HostModule;
  readonly rootId?: string;
  /** The filter's configuration, JSON text. */
  readonly configuration?: string;
  /** Port 0 takes any free one. */
  readonly listen: Address;
  readonly upstream: Address;
  /**
   * Further servers by the name of Envoy's cluster: the filter may choose one for a connection, and send HTTP requests
   * to it.
   */
  readonly clusters?: Readonly<Record<string, Address>>;
  /** When the upstream is connected; `immediate` by default. */
  readonly connectMode?: ConnectMode;
  /** Envoy's `per_connection_buffer_limit_bytes`; 1 MiB by default. */
  readonly bufferLimitBytes?: number;
  /** Envoy's `vm_id`; the same as `rootId` by default, as `heirloom envoy` writes it. */
  readonly vmId?: string;
  readonly vmConfiguration?: string;
  /** Environment variables the filter may read. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Shared data and queues, for several proxies in one process. Default: its own. */
  readonly shared?: SharedStore;
  /** No admin interface without it. */
  readonly admin?: Address;
  readonly statsTags?: readonly TagRule[];
  readonly histogramBuckets?: readonly HistogramBucketSetting[];
  /** Where the filter counts, for several proxies on one admin interface. Default: a store of its own. */
  readonly stats?: StatStore;
  readonly log?: (level: LogLevel, text: string) => void;
  /** How long {@link ProxyServer.stop} lets open connections go on, in milliseconds; 0 closes them at once. */
  readonly drainMs?: number;
}

/** A TCP proxy with a filter in it, and the part of Envoy's admin interface that metrics need. */
export class ProxyServer {
  readonly vm: Vm;
  readonly listen: Address;
  readonly admin: Address | undefined;
  private readonly plugin: Plugin;
  private readonly tcp: Server;
  private readonly http: HttpServer | undefined;
  private readonly relays: Set<Relay>;
  private readonly drainMs: number;
  private stopping: Promise<void> | undefined;

  private constructor(parts: {
    vm: Vm;
    plugin: Plugin;
    tcp: Server;
    http: HttpServer | undefined;
    relays: Set<Relay>;
    drainMs: number;
  }) {
    this.vm = parts.vm;
    this.plugin = parts.plugin;
    this.tcp = parts.tcp;
    this.http = parts.http;
    this.relays = parts.relays;
    this.drainMs = parts.drainMs;
    this.listen = boundTo(parts.tcp);
    this.admin = parts.http && boundTo(parts.http);
  }

  /**
   * Configures the filter and listens. Throws `ConfigurationRejected` if the filter refuses its configuration, `Error`
   * in one line if an address cannot be had.
   */
  static async start(options: ProxyServerOptions): Promise<ProxyServer> {
    const stats = options.stats ?? new StatStore({ histogramBuckets: options.histogramBuckets });
    const { clusters = {}, vmId = options.rootId, environment, shared } = options;
    const vm = new Vm(options.module, {
      stats,
      log: options.log,
      schedule: every,
      clusters: Object.fromEntries(Object.entries(clusters).map(([name, to]) => [name, httpServer(to)])),
      vmId,
      environment,
      shared,
    });
    const plugin = vm.startPlugin({
      rootId: options.rootId,
      configuration: options.configuration,
      vmConfiguration: options.vmConfiguration,
    });
    const relays = new Set<Relay>();
    const tcp = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
      const relay = new Relay(plugin, client, options, (over) => relays.delete(over));
      if (!relay.isOver) relays.add(relay);
    });
    const http =
      options.admin &&
      createHttpServer((request, response) => {
        const { status, type, body } = answer(request.url ?? "/", stats, options.statsTags ?? []);
        response.writeHead(status, { "content-type": type }).end(body);
      });
    try {
      await bind(tcp, options.listen);
      if (http !== undefined && options.admin !== undefined) await bind(http, options.admin);
    } catch (error) {
      tcp.close();
      vm.shutdown();
      throw error;
    }
    // A connection that cannot be accepted (no descriptors left, say) must not end the others.
    tcp.on("error", (error) => options.log?.("error", acceptError(error)));
    return new ProxyServer({ vm, plugin, tcp, http, relays, drainMs: options.drainMs ?? 0 });
  }

  /** Stops accepting, lets connections end or ends them, shuts the filter down. Calling again ends the wait. */
  stop(): Promise<void> {
    if (this.stopping !== undefined) for (const relay of this.relays) relay.stop();
    this.stopping ??= this.stopOnce();
    return this.stopping;
  }

  private async stopOnce(): Promise<void> {
    const accepted = new Promise((resolve) => this.tcp.close(resolve));
    const deadline = setTimeout(() => this.stopRelays(), this.drainMs);
    if (this.drainMs === 0) this.stopRelays();
    await accepted;
    clearTimeout(deadline);
    this.plugin.shutdown();
    this.vm.shutdown();
    const { http } = this;
    if (http !== undefined) {
      await new Promise((resolve) => {
        http.close(resolve);
        http.closeAllConnections();
      });
    }
  }

  private stopRelays(): void {
    for (const relay of this.relays) relay.stop();
  }
}

function every(periodMs: number, tick: () => void): { stop(): void } {
  const timer = setInterval(tick, periodMs);
  return { stop: () => clearInterval(timer) };
}

async function bind(server: Server, address: Address): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(new Error(describeBindError(error, address), { cause: error })));
    server.listen({ ...address, exclusive: true }, resolve);
  });
}

function describeBindError(error: NodeJS.ErrnoException, address: Address): string {
  const where = formatAddress(address);
  if (error.code === "EADDRINUSE") return `${where} is in use`;
  if (error.code === "EACCES") return `no permission to listen on ${where}`;
  if (error.code === "EADDRNOTAVAIL") return `${where} is not an address of this machine`;
  return `cannot listen on ${where}: ${error.message}`;
}

function acceptError(error: Error): string {
  return `cannot accept a connection: ${error.message}`;
}

function boundTo(server: Server): Address {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server does not listen");
  return { host: address.address, port: address.port };
}
