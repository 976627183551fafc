/** Envoy configurations for testing and measuring: any number of listeners, each with any chain of modules. */

import { statsConfig, type StatsConfigOptions } from "./stats-config.ts";

const TYPES = "type.googleapis.com/envoy.extensions.filters.network";

/** One Wasm module in a listener's filter chain. */
export interface FilterOptions {
  /** Path of the module. */
  readonly module: string;
  /** Which of the module's filters; empty (default): its only one. */
  readonly rootId?: string;
  /** Filters with the same id, module and VM configuration share a VM. Default: the root id. */
  readonly vmId?: string;
  /** An object goes as a Struct, a text as a StringValue. Default: none. */
  readonly configuration?: object | string;
  /** More fields of `vm_config`: `configuration`, `environment_variables`. */
  readonly vm?: object;
  /** More fields of the plugin's configuration: `capability_restriction_config`. */
  readonly more?: object;
}

/** One listener on 127.0.0.1. */
export interface ListenerOptions {
  readonly name: string;
  /** Default 0: Envoy takes a free one. */
  readonly port?: number;
  /** Where the connections go: a port on 127.0.0.1, or the name of one of {@link EnvoyConfigOptions.clusters}. */
  readonly upstream: number | string;
  /** Before tcp_proxy, in this order. Default: none. */
  readonly filters?: readonly FilterOptions[];
  /** More fields of tcp_proxy's configuration: `access_log`, `upstream_connect_mode`. */
  readonly tcpProxy?: object;
  /** More fields of the listener: `per_connection_buffer_limit_bytes`. */
  readonly more?: object;
}

/** What {@link envoyConfig} writes. */
export interface EnvoyConfigOptions {
  readonly listeners: readonly ListenerOptions[];
  /** Clusters in addition to those made for the listeners' upstream ports; see {@link cluster}. */
  readonly clusters?: readonly object[];
  /** Listeners come from this file (`lds` in Envoy's words) in addition. */
  readonly listenersFile?: string;
  /** What Envoy has to know of the filters' own metrics: protocols and labels that do not ship with Heirloom. */
  readonly stats?: StatsConfigOptions;
  /** Further fields of the bootstrap. */
  readonly more?: object;
}

/** A bootstrap as JSON, which is YAML too. */
export function envoyConfig(options: EnvoyConfigOptions): string {
  const ports = new Set(
    options.listeners.map(({ upstream }) => upstream).filter((u) => typeof u === "number"),
  );
  return JSON.stringify({
    node: { id: "heirloom", cluster: "heirloom" },
    admin: { address: socketAddress(0) },
    stats_flush_interval: "1s",
    stats_config: statsConfig(options.stats),
    ...dynamicListeners(options.listenersFile),
    static_resources: {
      listeners: options.listeners.map(listener),
      clusters: [...[...ports].map((port) => cluster(clusterName(port), port)), ...(options.clusters ?? [])],
    },
    ...options.more,
  });
}

/** A cluster of one host on 127.0.0.1, or of none. `more`: further fields of its configuration. */
export function cluster(name: string, port: number | undefined, more: object = {}): object {
  const endpoints =
    port === undefined ? [] : [{ lb_endpoints: [{ endpoint: { address: socketAddress(port) } }] }];
  return {
    name,
    type: "STATIC",
    connect_timeout: "5s",
    // Thousands of sessions at a time are what is measured, not the default breaker of 1,024.
    circuit_breakers: { thresholds: [{ max_connections: 100_000, max_pending_requests: 100_000 }] },
    load_assignment: { cluster_name: name, endpoints },
    ...more,
  };
}

/** A listener as it stands in a bootstrap. */
export function listener(options: ListenerOptions): object {
  const { name, port = 0, upstream, filters = [], tcpProxy = {}, more = {} } = options;
  const proxy = {
    "@type": `${TYPES}.tcp_proxy.v3.TcpProxy`,
    stat_prefix: name,
    cluster: typeof upstream === "number" ? clusterName(upstream) : upstream,
    ...tcpProxy,
  };
  return {
    name,
    address: socketAddress(port),
    filter_chains: [{ filters: [...filters.map(wasm), { name: "tcp_proxy", typed_config: proxy }] }],
    ...more,
  };
}

/** The file behind {@link EnvoyConfigOptions.listenersFile}. */
export function listenersFile(listeners: readonly ListenerOptions[]): string {
  const type = { "@type": "type.googleapis.com/envoy.config.listener.v3.Listener" };
  return JSON.stringify({ resources: listeners.map((one) => ({ ...type, ...listener(one) })) });
}

function dynamicListeners(path: string | undefined): object {
  if (path === undefined) return {};
  return { dynamic_resources: { lds_config: { resource_api_version: "V3", path_config_source: { path } } } };
}

function wasm(filter: FilterOptions): object {
  const rootId = filter.rootId ?? "";
  return {
    name: "envoy.filters.network.wasm",
    typed_config: {
      "@type": `${TYPES}.wasm.v3.Wasm`,
      config: {
        name: rootId === "" ? "module" : rootId,
        root_id: rootId,
        fail_open: true,
        vm_config: {
          vm_id: filter.vmId ?? rootId,
          runtime: "envoy.wasm.runtime.v8",
          code: { local: { filename: filter.module } },
          ...filter.vm,
        },
        ...configurationOf(filter.configuration),
        ...filter.more,
      },
    },
  };
}

function configurationOf(value: object | string | undefined): object {
  if (value === undefined) return {};
  const type = typeof value === "string" ? "StringValue" : "Struct";
  return { configuration: { "@type": `type.googleapis.com/google.protobuf.${type}`, value } };
}

function clusterName(port: number): string {
  return `port_${port}`;
}

function socketAddress(port: number): object {
  return { socket_address: { address: "127.0.0.1", port_value: port } };
}
