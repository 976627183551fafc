import { plural } from "../capture/words.ts";
import { formatAddress, type Address } from "../envoy/address.ts";
import type { StatsConfig } from "../envoy/stats-config.ts";
import { StatStore } from "../metrics/store.ts";
import type { HostModule } from "../module/load.ts";
import { AdminServer } from "../proxy/admin-server.ts";
import { LiveTimelines } from "../proxy/live.ts";
import { ProxyServer } from "../proxy/server.ts";
import { CLUSTER_TAG } from "../proxy/upstream-stats.ts";
import type { ConnectMode } from "../vm/read-side.ts";
import type { CatalogueEntry } from "./catalogue.ts";
import { oneLine, refused } from "./failure.ts";
import { accepting, type PlacedFilter } from "./inputs.ts";
import { jsonLine, livePrinter } from "./live.ts";
import type { VmSettings } from "./metrics.ts";
import { UpstreamWarnings } from "./warnings.ts";

/** One filter of several. */
export interface Part extends PlacedFilter {
  /** Tells it apart from the others: its name, and the port where two have one. */
  readonly name: string;
  readonly module: HostModule;
  readonly entries: readonly CatalogueEntry[];
}

/** What all filters are given. */
export interface Surroundings extends VmSettings {
  readonly clusters: Readonly<Record<string, Address>>;
}

export interface ProxiesStart {
  readonly parts: readonly Part[];
  readonly around: Surroundings;
  readonly timeline: boolean;
  readonly format: "text" | "json";
  readonly connectMode: ConnectMode;
  readonly tags: StatsConfig;
  readonly drainMs: number;
  readonly admin: Address | undefined;
}

/** All filters' proxies, and one admin interface for them. */
export class Proxies {
  private readonly servers: readonly (readonly [Part, ProxyServer])[];
  private admin: AdminServer | undefined;
  private readonly start: ProxiesStart;
  private isStopping = false;

  private constructor(start: ProxiesStart, servers: readonly (readonly [Part, ProxyServer])[]) {
    this.start = start;
    this.servers = servers;
  }

  static async start(start: ProxiesStart): Promise<Proxies> {
    const { parts, tags } = start;
    const stats = new StatStore({ histogramBuckets: tags.histogram_bucket_settings });
    const live = start.timeline ? new LiveTimelines(livePrinter(start.format, process.stdout)) : undefined;
    const servers: [Part, ProxyServer][] = [];
    try {
      for (const part of parts) servers.push([part, await listening(part, start, stats, live)]);
      const proxies = new Proxies(start, servers);
      await proxies.openAdmin(stats);
      return proxies;
    } catch (error) {
      for (const [, server] of servers) await server.stop();
      throw isListenError(error) ? refused(oneLine(error)) : error;
    }
  }

  private async openAdmin(stats: StatStore): Promise<void> {
    const { admin, tags } = this.start;
    if (admin === undefined) return;
    this.admin = await AdminServer.start(admin, {
      stats,
      tagRules: [...tags.stats_tags, CLUSTER_TAG],
      state: () => (this.isStopping ? "DRAINING" : "LIVE"),
      proxies: () => this.servers.map(([part, server]) => described(part, server)),
    });
  }

  /** Says where it listens. */
  announce(): void {
    const { format } = this.start;
    for (const [part, server] of this.servers) {
      const [listen, upstream] = [formatAddress(server.listen), formatAddress(part.upstream)];
      say(
        format,
        "listening",
        { filter: part.name, listen, upstream },
        `${part.name}: ${listen} → ${upstream}`,
      );
    }
    if (this.admin === undefined) return;
    const url = `http://${formatAddress(this.admin.address)}/stats/prometheus`;
    say(format, "metrics", { url }, `metrics: ${url}`);
  }

  /** Takes no more connections and waits for those that are open, so long as is allowed; called again, no longer. */
  async stop(): Promise<void> {
    const open = this.servers.reduce((sum, [, server]) => sum + server.connections, 0);
    const stopped = this.servers.map(([, server]) => server.stop());
    if (!this.isStopping && open > 0) {
      const seconds = this.start.drainMs / 1000;
      const words = `${plural(open, "connection")} open: they have ${seconds} s; a second signal ends them now`;
      say(this.start.format, "stopping", { open, seconds }, words);
    }
    this.isStopping = true;
    await Promise.all(stopped);
    await this.admin?.stop();
  }
}

function listening(
  { filter, name, module, configuration, listen, upstream }: Part,
  { around, connectMode, drainMs }: ProxiesStart,
  stats: StatStore,
  live: LiveTimelines | undefined,
): Promise<ProxyServer> {
  const warnings = new UpstreamWarnings((line) => process.stderr.write(`[warn] ${name}: ${line}\n`));
  const configured = { module, rootId: filter.rootId, configuration, ...around };
  return accepting(() =>
    ProxyServer.start({
      ...configured,
      connectMode,
      listen,
      upstream,
      stats,
      clusterName: name,
      drainMs,
      observe: live?.follow({ ...configured, filter: name, upstream }),
      onUpstreamFailure: (address, reason) => warnings.failed(address, reason),
      log: (level, text) => process.stderr.write(`[${level}] ${text}\n`),
    }),
  );
}

function described(part: Part, server: ProxyServer): string {
  const ends = `${formatAddress(server.listen)} → ${formatAddress(part.upstream)}`;
  return `${part.name}: ${ends}, ${plural(server.connections, "connection")} open`;
}

function say(format: ProxiesStart["format"], event: string, facts: object, words: string): void {
  process.stdout.write(`${format === "json" ? jsonLine(event, facts) : words}\n`);
}

function isListenError(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && "code" in error.cause;
}
