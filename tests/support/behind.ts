// Runs a module behind Envoy or behind the embedded proxy and returns what it logged.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { findEnvoy } from "../../host/envoy/find.ts";
import { generateEnvoyConfig } from "../../host/envoy/generate.ts";
import { startEnvoy } from "../../host/envoy/process.ts";
import { statsConfig } from "../../host/envoy/stats-config.ts";
import { loadModule, type ConnectMode } from "../../host/index.ts";
import { ProxyServer } from "../../host/proxy/server.ts";
import { until } from "./until.ts";

/** Begins every line that counts; the line `delete` after it ends a run. */
export const MARK = "~~";

/** Envoy's binary; undefined where there is none. */
export const envoy = await findEnvoy({ progress: () => undefined }).catch(() => undefined);

/** What differs from a proxy with nothing but a filter in it. */
export interface Surroundings {
  /** Further clusters: on 127.0.0.1, by their ports. */
  readonly clusters?: Readonly<Record<string, number>>;
  readonly connectMode?: ConnectMode;
  readonly bufferLimitBytes?: number;
  readonly vmConfiguration?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Envoy only: the module is tcp_proxy's access logger too, by this root_id. */
  readonly accessLogger?: string;
  /** Envoy only: changes more of its configuration. */
  readonly adapt?: (config: EnvoyConfig) => void;
  /** The last line of a run; `delete` by default. */
  readonly last?: string;
  /** How often it is there at the end; once by default. */
  readonly lasts?: number;
}

/**
 * Runs `play` against a listening port in front of an upstream's port; returns the marked lines. `admin` is a base URL,
 * `lines` what was marked so far.
 */
export type Behind = (
  binary: Uint8Array,
  upstream: number,
  play: (port: number, admin: string, lines: () => string[]) => Promise<void>,
  surroundings?: Surroundings,
) => Promise<string[]>;

const STATS = statsConfig();
const LOOPBACK = { host: "127.0.0.1", port: 0 };

export const behindEnvoy: Behind = async (binary, upstream, play, surroundings = {}) => {
  const folder = mkdtempSync(join(tmpdir(), "heirloom-behind-"));
  const module = join(folder, "module.wasm");
  writeFileSync(module, binary);
  const proxy = { filter: "behind", listen: LOOPBACK, upstream: { ...LOOPBACK, port: upstream }, module };
  const config = surrounded(generateEnvoyConfig({ admin: LOOPBACK, proxies: [proxy] }), surroundings);
  const running = await startEnvoy({ config, envoy, logLevel: "info" });
  try {
    const lines = (): string[] => markedIn(running.log);
    await play((await running.listener("behind")).port, running.admin, lines);
    const { last = "delete", lasts = 1 } = surroundings;
    await until(() => lines().filter((line) => line === last).length >= lasts);
    return lines();
  } finally {
    await running.stop();
    rmSync(folder, { recursive: true });
  }
};

export const behindEmbedded: Behind = async (binary, upstream, play, surroundings = {}) => {
  const { clusters = {}, last = "delete", ...others } = surroundings;
  const told: string[] = [];
  const proxy = await ProxyServer.start({
    ...others,
    vmId: "heirloom.behind",
    clusters: Object.fromEntries(
      Object.entries(clusters).map(([name, port]) => [name, { ...LOOPBACK, port }]),
    ),
    module: await loadModule(binary),
    listen: LOOPBACK,
    upstream: { ...LOOPBACK, port: upstream },
    admin: LOOPBACK,
    statsTags: STATS.stats_tags,
    histogramBuckets: STATS.histogram_bucket_settings,
    log: (_, text) => told.push(text.slice(MARK.length)),
  });
  try {
    await play(proxy.listen.port, `http://127.0.0.1:${proxy.admin?.port}`, () => told);
    await until(() => told.includes(last));
    return [...told];
  } finally {
    await proxy.stop();
  }
};

function markedIn(log: string): string[] {
  const lines = log.split("\n").filter((line) => line.includes(MARK));
  return lines.map((line) => line.slice(line.indexOf(MARK) + MARK.length));
}

/** What is looked at of a bootstrap. */
export interface EnvoyConfig {
  node?: object;
  static_resources: {
    clusters: Record<string, unknown>[];
    listeners: (Record<string, unknown> & {
      per_connection_buffer_limit_bytes?: number;
      filter_chains: (Record<string, unknown> & { filters: { typed_config: Record<string, unknown> }[] })[];
    })[];
  };
}

/** The same configuration in other surroundings. */
function surrounded(yaml: string, surroundings: Surroundings): string {
  const config = parse(yaml) as EnvoyConfig;
  const { listeners, clusters } = config.static_resources;
  const [listener] = listeners;
  const [wasm, tcpProxy] = listener?.filter_chains[0]?.filters ?? [];
  if (listener === undefined || wasm === undefined || tcpProxy === undefined) throw new Error("no listener");
  clusters.push(...Object.entries(surroundings.clusters ?? {}).map(([name, port]) => cluster(name, port)));
  if (surroundings.bufferLimitBytes !== undefined) {
    listener.per_connection_buffer_limit_bytes = surroundings.bufferLimitBytes;
  }
  if (surroundings.connectMode === "on_downstream_data") {
    const early = { upstream_connect_mode: "ON_DOWNSTREAM_DATA", max_early_data_bytes: 65536 };
    Object.assign(tcpProxy.typed_config, early);
  }
  const { vm_config: vm } = wasm.typed_config["config"] as { vm_config: Record<string, unknown> };
  if (surroundings.vmConfiguration !== undefined) {
    const type = "type.googleapis.com/google.protobuf.StringValue";
    vm["configuration"] = { "@type": type, value: surroundings.vmConfiguration };
  }
  if (surroundings.environment !== undefined) {
    vm["environment_variables"] = { key_values: surroundings.environment };
  }
  if (surroundings.accessLogger !== undefined) {
    tcpProxy.typed_config["access_log"] = [accessLog(surroundings.accessLogger, vm)];
  }
  surroundings.adapt?.(config);
  // One vm_config is there twice, not referred to.
  return stringify(config, { aliasDuplicateObjects: false });
}

function accessLog(rootId: string, vm: object) {
  const config = { name: rootId, root_id: rootId, vm_config: vm };
  const type = "type.googleapis.com/envoy.extensions.access_loggers.wasm.v3.WasmAccessLog";
  return { name: "envoy.access_loggers.wasm", typed_config: { "@type": type, config } };
}

function cluster(name: string, port: number) {
  const address = { socket_address: { address: "127.0.0.1", port_value: port } };
  const endpoints = [{ lb_endpoints: [{ endpoint: { address } }] }];
  return {
    name,
    type: "STATIC",
    connect_timeout: "5s",
    load_assignment: { cluster_name: name, endpoints },
  };
}
