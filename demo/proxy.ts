import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { configureFilter, readFilter, replaceAddresses } from "../host/envoy/adapt.ts";
import { formatAddress, type Address } from "../host/envoy/address.ts";
import { locateEnvoy } from "../host/envoy/find.ts";
import { startEnvoy } from "../host/envoy/process.ts";
import { PROJECT } from "../host/envoy/project.ts";
import { scrape } from "../host/envoy/scrape.ts";
import { statsConfig } from "../host/envoy/stats-config.ts";
import { loadModule } from "../host/module/load.ts";
import { ProxyServer } from "../host/proxy/server.ts";
import type { Protocol } from "./protocol.ts";

/** The proxy in front of the servers, whichever it is. */
export interface Proxy {
  /** What it is, for people. */
  readonly name: string;
  /** Base URL of /stats/prometheus. */
  readonly admin: string;
  /** Resolves, with the reason, if it ends before it is told to. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/** Where the proxy listens for a protocol and whom it talks to. */
export interface Route {
  readonly protocol: Protocol;
  readonly listen: Address;
  readonly upstream: Address;
}

/** The proxy that is wanted. */
export interface ProxyPlan {
  readonly routes: readonly Route[];
  readonly admin: Address;
  /** Overrides the verbosity of envoy.yaml. */
  readonly verbosity?: string;
  /** Runs the embedded host without looking for Envoy. */
  readonly embedded: boolean;
  /** The last change of the configuration; the embedded host does without it. */
  readonly adaptForEnvoy?: (yaml: string) => Promise<string>;
  /** How Envoy is looked for. Default: {@link locateEnvoy}. */
  readonly locate?: typeof locateEnvoy;
  /** Says what goes on while Envoy is looked for. */
  readonly progress: (line: string) => void;
  /** Says, once, that there is no Envoy and why. */
  readonly notice: (line: string) => void;
}

/** Two, so that the numbers are seen to add up over workers. */
const WORKERS = 2;
/** Containers start side by side; Envoy looks for the servers' addresses every 5 s. */
const ATTACH_TIMEOUT_MS = 60_000;
const ATTACH_POLL_MS = 250;

/** Starts Envoy with envoy.yaml, or without Envoy the embedded host with the same module and configuration. */
export async function startProxy(plan: ProxyPlan): Promise<Proxy> {
  const yaml = await configuration(plan);
  if (plan.embedded) return startEmbedded(yaml, plan);
  const { path, tried } = await (plan.locate ?? locateEnvoy)({ progress: plan.progress });
  if (path === undefined) {
    plan.notice(`no Envoy (${tried.join("; ")}): running on the embedded host instead`);
    return startEmbedded(yaml, plan);
  }
  const config = (await plan.adaptForEnvoy?.(yaml)) ?? yaml;
  const envoy = await startEnvoy({ config, envoy: path, concurrency: WORKERS, cwd: PROJECT });
  return {
    name: `Envoy ${await versionOf(envoy.admin)}`,
    admin: envoy.admin,
    ended: envoy.exited,
    stop: () => envoy.stop(),
  };
}

/** Waits for a proxy that somebody else runs. Rejects, in one line, when it does not come. */
export async function attachProxy(admin: Address): Promise<Proxy> {
  const url = `http://${formatAddress(admin)}`;
  for (
    const end = Date.now() + ATTACH_TIMEOUT_MS;
    !(await canReachServer(url));
    await delay(ATTACH_POLL_MS)
  ) {
    if (Date.now() >= end) throw new Error(`no proxy in order at ${url} after ${ATTACH_TIMEOUT_MS / 1000} s`);
  }
  return {
    name: `the proxy with admin interface ${url}`,
    admin: url,
    ended: new Promise(() => undefined),
    stop: () => Promise.resolve(),
  };
}

/** Up, and with addresses for the servers: before, Envoy would turn clients away. */
async function canReachServer(admin: string): Promise<boolean> {
  try {
    const samples = await scrape(admin);
    return samples
      .filter(({ name }) => name === "envoy_cluster_membership_total")
      .every(({ value }) => value > 0);
  } catch {
    return false;
  }
}

/** `1.40.0` of `<commit>/1.40.0/Clean/RELEASE/BoringSSL`. */
async function versionOf(admin: string): Promise<string> {
  const information: unknown = await (await fetch(`${admin}/server_info`)).json();
  const { version } = information as { version?: string };
  return version?.split("/")[1] ?? "of unknown version";
}

/** envoy.yaml with other addresses, ports and, where asked for, verbosity. */
async function configuration(plan: ProxyPlan): Promise<string> {
  const shipped = await readFile(join(PROJECT, "envoy.yaml"), "utf8");
  const yaml = replaceAddresses(shipped, {
    admin: plan.admin,
    listeners: Object.fromEntries(plan.routes.map(({ protocol, listen }) => [protocol, listen])),
    clusters: Object.fromEntries(plan.routes.map(({ protocol, upstream }) => [protocol, upstream])),
  });
  const { verbosity } = plan;
  if (verbosity === undefined) return yaml;
  return plan.routes.reduce((text, { protocol }) => configureFilter(text, protocol, { verbosity }), yaml);
}

async function startEmbedded(yaml: string, plan: ProxyPlan): Promise<Proxy> {
  const servers: ProxyServer[] = [];
  try {
    for (const route of plan.routes)
      servers.push(await startEmbeddedRoute(yaml, route, plan.admin, servers[0]));
  } catch (error) {
    for (const server of servers) await server.stop();
    throw error;
  }
  return {
    name: "the embedded host (no Envoy)",
    admin: `http://${formatAddress(servers[0]?.admin ?? plan.admin)}`,
    ended: new Promise(() => undefined),
    stop: async () => {
      for (const server of servers) await server.stop();
    },
  };
}

/** The first one has the admin interface; what comes after it counts in the same place. */
async function startEmbeddedRoute(
  yaml: string,
  { protocol, listen, upstream }: Route,
  admin: Address,
  first: ProxyServer | undefined,
): Promise<ProxyServer> {
  const filter = readFilter(yaml, protocol);
  const tags = statsConfig();
  return ProxyServer.start({
    module: await loadModule(join(PROJECT, filter.module)),
    rootId: filter.rootId,
    configuration: JSON.stringify(filter.configuration),
    listen,
    upstream,
    admin: first ? undefined : admin,
    stats: first?.vm.stats,
    statsTags: tags.stats_tags,
    histogramBuckets: tags.histogram_bucket_settings,
  });
}
