import { isIP } from "node:net";
import { Document, Scalar, isCollection, isMap, isScalar, isSeq, visit } from "yaml";
import { formatAddress, type Address } from "./address.ts";
import { statsConfig, type StatsConfigOptions } from "./stats-config.ts";

/** One listener that hands what it reads through a filter to one upstream. */
export interface ProxyOptions {
  /** The filter's short name, `smtp`: gives names to listener and cluster, and the module and root_id defaults. */
  readonly filter: string;
  readonly listen: Address;
  readonly upstream: Address;
  /** Path of the module as Envoy sees it, relative to its working directory. Default `build/<filter>.wasm`. */
  readonly module?: string;
  /** Which of the module's filters. Default `heirloom.<filter>`. */
  readonly rootId?: string;
  /** The filter's configuration (docs: configuration), passed as a Struct. Default: none, all defaults. */
  readonly configuration?: Readonly<Record<string, unknown>>;
}

/** What {@link generateEnvoyConfig} writes. */
export interface EnvoyConfigOptions extends StatsConfigOptions {
  readonly admin: Address;
  /** At least one; filter names that occur twice are told apart by the port they listen on. */
  readonly proxies: readonly ProxyOptions[];
  /** Lines of a comment at the top of the file. */
  readonly comment?: readonly string[];
}

/**
 * A complete Envoy configuration as YAML: admin, statistics with Heirloom's labels and buckets, and for each
 * proxy a listener with the Wasm filter directly before `tcp_proxy`, and its cluster.
 * `envoy -c FILE` runs it as it is.
 */
export function generateEnvoyConfig(options: EnvoyConfigOptions): string {
  const names = proxyNames(options.proxies);
  const document = new Document({
    admin: { address: socketAddress(options.admin) },
    // Histograms show in /stats/prometheus only after a flush; Envoy's default is 5 s.
    stats_flush_interval: "1s",
    stats_config: statsConfig(options),
    static_resources: {
      listeners: options.proxies.map((proxy, i) => listener(names[i] ?? proxy.filter, proxy)),
      clusters: options.proxies.map((proxy, i) => cluster(names[i] ?? proxy.filter, proxy.upstream)),
    },
  });
  decorate(document, options.comment ?? []);
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function listener(name: string, proxy: ProxyOptions): object {
  return {
    name,
    address: socketAddress(proxy.listen),
    filter_chains: [{ filters: [wasmFilter(proxy), tcpProxy(name)] }],
  };
}

function wasmFilter(proxy: ProxyOptions): object {
  const rootId = proxy.rootId ?? `heirloom.${proxy.filter}`;
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
          vm_id: rootId,
          runtime: "envoy.wasm.runtime.v8",
          code: { local: { filename: proxy.module ?? `build/${proxy.filter}.wasm` } },
        },
        ...configuration,
      },
    },
  };
}

function tcpProxy(name: string): object {
  return {
    name: "envoy.filters.network.tcp_proxy",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
      stat_prefix: name,
      cluster: name,
    },
  };
}

function cluster(name: string, upstream: Address): object {
  return {
    name,
    type: isIP(upstream.host) === 0 ? "STRICT_DNS" : "STATIC",
    connect_timeout: "5s",
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(upstream) } }] }],
    },
  };
}

function socketAddress(address: Address): object {
  return { socket_address: { address: address.host, port_value: address.port } };
}

function proxyNames(proxies: readonly ProxyOptions[]): string[] {
  return proxies.map(({ filter, listen }) =>
    proxies.filter((other) => other.filter === filter).length > 1 ? `${filter}_${listen.port}` : filter,
  );
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

/** How a proxy reads in one line, as the command line prints it. */
export function describeProxy(proxy: ProxyOptions): string {
  return `${proxy.filter}: ${formatAddress(proxy.listen)} → ${formatAddress(proxy.upstream)}`;
}
