import { createServer, type Server } from "node:net";
import type { Address } from "../envoy/address.ts";
import type { TagRule } from "../metrics/tags.ts";
import type { HostModule } from "../module/load.ts";
import type { LogLevel } from "../abi/constants.ts";
import { StatStore } from "../metrics/store.ts";
import type { HistogramBucketSetting } from "../metrics/buckets.ts";
import type { Plugin } from "../vm/plugin.ts";
import type { SharedStore } from "../vm/shared.ts";
import { Vm } from "../vm/vm.ts";
import { AdminServer } from "./admin-server.ts";
import { bind, boundTo } from "./bind.ts";
import { httpServer } from "./http-server.ts";
import { Relay, type RelayOptions } from "./relay.ts";
import { UpstreamStats } from "./upstream-stats.ts";

export interface ProxyServerOptions extends Omit<RelayOptions, "upstreamStats"> {
  readonly module: HostModule;
  readonly rootId?: string;
  /** The filter's configuration, JSON text. */
  readonly configuration?: string;
  /** Port 0 takes any free one. */
  readonly listen: Address;
  /** Counts connections to the upstream as Envoy's `cluster.<name>.…`. Without it nothing but the filter counts. */
  readonly clusterName?: string;
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
  private readonly adminServer: AdminServer | undefined;
  private readonly plugin: Plugin;
  private readonly tcp: Server;
  private readonly relays: Set<Relay>;
  private readonly drainMs: number;
  private stopping: Promise<void> | undefined;

  private constructor(parts: {
    vm: Vm;
    plugin: Plugin;
    tcp: Server;
    adminServer: AdminServer | undefined;
    relays: Set<Relay>;
    drainMs: number;
  }) {
    this.vm = parts.vm;
    this.plugin = parts.plugin;
    this.tcp = parts.tcp;
    this.relays = parts.relays;
    this.drainMs = parts.drainMs;
    this.adminServer = parts.adminServer;
    this.listen = boundTo(parts.tcp);
  }

  /** Where the admin interface is. */
  get admin(): Address | undefined {
    return this.adminServer?.address;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.relays.size;
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
    const { clusterName, admin, statsTags: tagRules = [], drainMs = 0 } = options;
    const upstreamStats = clusterName === undefined ? undefined : new UpstreamStats(stats, clusterName);
    const tcp = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
      const relay = new Relay(plugin, client, { ...options, upstreamStats }, (over) => relays.delete(over));
      if (!relay.isOver) relays.add(relay);
    });
    const state = (): "LIVE" | "DRAINING" => (tcp.listening ? "LIVE" : "DRAINING");
    let adminServer: AdminServer | undefined;
    try {
      await bind(tcp, options.listen);
      adminServer = admin && (await AdminServer.start(admin, { stats, tagRules, state }));
    } catch (error) {
      tcp.close();
      vm.shutdown();
      throw error;
    }
    // A connection that cannot be accepted (no descriptors left, say) must not end the others.
    tcp.on("error", (error) => options.log?.("error", acceptError(error)));
    return new ProxyServer({ vm, plugin, tcp, adminServer, relays, drainMs });
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
    await this.adminServer?.stop();
  }

  private stopRelays(): void {
    for (const relay of this.relays) relay.stop();
  }
}

function every(periodMs: number, tick: () => void): { stop(): void } {
  const timer = setInterval(tick, periodMs);
  return { stop: () => clearInterval(timer) };
}

function acceptError(error: Error): string {
  return `cannot accept a connection: ${error.message}`;
}
