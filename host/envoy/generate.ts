import { isIP } from "node:net";
import { Document, Scalar, isCollection, isMap, isScalar, isSeq, visit } from "yaml";
import { DEFAULT_PREFIX } from "../metrics/names.ts";
import type { Address } from "./address.ts";
import { adminCluster, metricsListener } from "./metrics-listener.ts";
import { statsConfig, type StatsConfigOptions } from "./stats-config.ts";
import { downstreamTls, upstreamTls, type DownstreamTls, type UpstreamTls } from "./tls.ts";

/** One listener that hands what it reads through a filter to one upstream. */
export interface ProxyOptions {
  /** The filter's short name, `smtp`: gives names to listener and cluster, and the module and root_id defaults. */
  readonly filter: string;
  /** The name of listener and cluster where the filter's is not told apart enough. Default: the filter's. */
  readonly name?: string;
  readonly listen: Address;
  readonly upstream: Address;
  /** Path of the module as Envoy sees it, relative to its working directory. Default `build/<filter>.wasm`. */
  readonly module?: string;
  /** Which of the module's filters. Default `heirloom.<filter>`. */
  readonly rootId?: string;
  /** Filters with the same id and module share a VM on each worker. Default: the root id. */
  readonly vmId?: string;
  /** The filter's configuration (docs: configuration), passed as a Struct. Default: none, all defaults. */
  readonly configuration?: Readonly<Record<string, unknown>>;
  /** TLS from clients, ended by Envoy: the filter reads what is inside. Default: bytes as they come. */
  readonly tls?: DownstreamTls;
  /** TLS to the upstream. Default: bytes as they come. */
  readonly upstreamTls?: UpstreamTls;
  /** Connections to the upstream at a time; Envoy closes those beyond. Default: Envoy's own 1,024. */
  readonly maxConnections?: number;
  /** The file to which each connection adds a line with the filter's record, in a folder that is there. Default: none. */
  readonly accessLog?: string;
}

/** What {@link generateEnvoyConfig} writes. */
export interface EnvoyConfigOptions extends StatsConfigOptions {
  readonly admin: Address;
  /** Where Prometheus scrapes /stats/prometheus and nothing else is to be had. Default: only at `admin`. */
  readonly metrics?: Address;
  /** At least one; filter names that occur twice are told apart by the port they listen on. */
  readonly proxies: readonly ProxyOptions[];
  /** The listeners come from this file (see {@link generateListeners}), which Envoy watches. Default: from this one. */
  readonly listenersFile?: string;
  /** Lines of a comment at the top of the file. */
  readonly comment?: readonly string[];
}

/**
 * A complete Envoy configuration as YAML: admin, statistics with Heirloom's labels and buckets, and for each
 * proxy a listener with the Wasm filter directly before `tcp_proxy`, and its cluster.
 * `envoy -c FILE` runs it as it is.
 */
export function generateEnvoyConfig(options: EnvoyConfigOptions): string {
  const { listenersFile } = options;
  const document = new Document({
    ...(listenersFile !== undefined && { node: { id: "heirloom", cluster: "heirloom" } }),
    admin: { address: socketAddress(options.admin) },
    // Histograms show in /stats/prometheus only after a flush; Envoy's default is 5 s.
    stats_flush_interval: "1s",
    stats_config: statsConfig(options),
    ...(listenersFile !== undefined && { dynamic_resources: listenersFrom(listenersFile) }),
    static_resources: staticResources(options),
  });
  return written(document, options.comment);
}

function staticResources({ admin, metrics, proxies, listenersFile }: EnvoyConfigOptions): object {
  const names = proxyNames(proxies);
  const own = listenersFile === undefined ? listeners(proxies) : [];
  const all = metrics === undefined ? own : [...own, metricsListener(metrics)];
  const clusters = proxies.map((proxy, i) => cluster(names[i] ?? proxy.filter, proxy));
  return {
    ...(all.length > 0 && { listeners: all }),
    clusters: metrics === undefined ? clusters : [...clusters, adminCluster(admin)],
  };
}

/** The file behind {@link EnvoyConfigOptions.listenersFile}: the listeners of the proxies, as YAML. */
export function generateListeners(options: Pick<EnvoyConfigOptions, "proxies" | "comment">): string {
  const type = { "@type": "type.googleapis.com/envoy.config.listener.v3.Listener" };
  const resources = listeners(options.proxies).map((one) => ({ ...type, ...one }));
  return written(new Document({ resources }), options.comment);
}

function written(document: Document, comment: readonly string[] = []): string {
  decorate(document, comment);
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function listenersFrom(path: string): object {
  return { lds_config: { resource_api_version: "V3", path_config_source: { path } } };
}

function listeners(proxies: readonly ProxyOptions[]): object[] {
  const names = proxyNames(proxies);
  return proxies.map((proxy, i) => listener(names[i] ?? proxy.filter, proxy));
}

function listener(name: string, proxy: ProxyOptions): object {
  return {
    name,
    address: socketAddress(proxy.listen),
    filter_chains: [
      {
        ...(proxy.tls && { transport_socket: downstreamTls(proxy.tls) }),
        filters: [wasmFilter(proxy), tcpProxy(name, proxy)],
      },
    ],
  };
}

function wasmFilter(proxy: ProxyOptions): object {
  const rootId = rootIdOf(proxy);
  const configuration = proxy.configuration && {
    configuration: { "@type": "type.googleapis.com/google.protobuf.Struct", value: proxy.configuration },
  };
  return {
    name: "envoy.filters.network.wasm",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.filters.network.wasm.v3.Wasm",
      config: {
        name: rootId,
        root_id: rootId,
        fail_open: true,
        vm_config: {
          vm_id: proxy.vmId ?? rootId,
          runtime: "envoy.wasm.runtime.v8",
          code: { local: { filename: proxy.module ?? `build/${proxy.filter}.wasm` } },
        },
        ...configuration,
      },
    },
  };
}

function rootIdOf(proxy: ProxyOptions): string {
  return proxy.rootId ?? `heirloom.${proxy.filter}`;
}

function tcpProxy(name: string, proxy: ProxyOptions): object {
  return {
    name: "envoy.filters.network.tcp_proxy",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
      // That of the filter: the alert FilterSilent holds what both counted against each other.
      stat_prefix: proxy.configuration?.["stat_prefix"] ?? DEFAULT_PREFIX,
      cluster: name,
      ...(proxy.accessLog !== undefined && { access_log: [accessLog(proxy.accessLog, rootIdOf(proxy))] }),
    },
  };
}

/** A line for each connection: when, who, to which server, and the filter's record, which is JSON. */
function accessLog(path: string, rootId: string): object {
  const format = `%START_TIME% %DOWNSTREAM_REMOTE_ADDRESS% %UPSTREAM_HOST% %FILTER_STATE(wasm.${rootId}:PLAIN)%\n`;
  return {
    name: "envoy.access_loggers.file",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
      path,
      log_format: { text_format_source: { inline_string: format } },
    },
  };
}

function cluster(name: string, proxy: ProxyOptions): object {
  const { upstream } = proxy;
  return {
    name,
    type: isIP(upstream.host) === 0 ? "STRICT_DNS" : "STATIC",
    connect_timeout: "5s",
    ...(proxy.maxConnections !== undefined && {
      circuit_breakers: { thresholds: [{ max_connections: proxy.maxConnections }] },
    }),
    ...(proxy.upstreamTls && { transport_socket: upstreamTls(proxy.upstreamTls) }),
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(upstream) } }] }],
    },
  };
}

function socketAddress(address: Address): object {
  return { socket_address: { address: address.host, port_value: address.port } };
}

/** How the listeners and clusters of the proxies are called, in their order. */
export function proxyNames(proxies: readonly ProxyOptions[]): string[] {
  return proxies.map(({ filter, name, listen }) => {
    if (name !== undefined) return name;
    return proxies.filter((other) => other.filter === filter).length > 1
      ? `${filter}_${listen.port}`
      : filter;
  });
}

const COMMENTS: Readonly<Record<string, string>> = {
  admin: " /stats/prometheus is here. Whoever reaches this port can also stop Envoy: keep it private.",
  stats_flush_interval: " How often latencies and sizes (histograms) reach /stats/prometheus.",
  stats_config:
    " Makes labels of the pairs in Heirloom's metric names, and gives latencies and sizes their buckets.",
  fail_open: " Deprecated, but the only policy under which a failing filter leaves open connections alone.",
};

const ONE_LINE = new Set(["socket_address", "stats_tags", "match", "buckets", "code"]);

/** Comments, quotes, and one line for what reads better so: addresses, tags, buckets. */
function decorate(document: Document, comment: readonly string[]): void {
  document.commentBefore = comment.map((line) => ` ${line}`).join("\n");
  visit(document, {
    Pair(_, pair) {
      if (!isScalar(pair.key)) return;
      const key = String(pair.key.value);
      const note = COMMENTS[key];
      if (note) pair.key.commentBefore = note;
      // Envoy's YAML reader takes some regexes only in quotes.
      if (key === "regex" && isScalar(pair.value)) pair.value.type = Scalar.QUOTE_SINGLE;
      if (!ONE_LINE.has(key) || !isCollection(pair.value)) return;
      if (key === "stats_tags" && isSeq(pair.value)) {
        for (const tag of pair.value.items) if (isMap(tag)) tag.flow = true;
      } else {
        pair.value.flow = true;
      }
    },
  });
}
