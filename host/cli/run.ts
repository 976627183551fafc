import { formatAddress, type Address } from "../envoy/address.ts";
import { statsConfig } from "../envoy/stats-config.ts";
import { ProxyServer } from "../proxy/server.ts";
import type { ConnectMode } from "../vm/read-side.ts";
import { tokensOf } from "./catalogue.ts";
import { oneLine, refused } from "./failure.ts";
import { accepting, addressOption, chooseFilter, loadFilter, namedOptions, readInput } from "./inputs.ts";
import { definedBy } from "./metrics.ts";

export interface RunOptions {
  readonly filter: string;
  readonly listen: string;
  readonly upstream: string;
  readonly config?: string;
  readonly admin?: string;
  readonly cluster: readonly string[];
  readonly connect: ConnectMode;
  readonly vmConfig?: string;
  readonly env: readonly string[];
  readonly rootId?: string;
}

/** Open connections may go on this long after the first signal; a second one ends them. */
const DRAIN_MS = 2000;

/** `heirloom run`: proxies until SIGINT or SIGTERM. */
export async function run(options: RunOptions): Promise<void> {
  const filter = chooseFilter(options.filter, options.rootId);
  const listen = addressOption("--listen", options.listen);
  const upstream = addressOption("--upstream", options.upstream);
  const admin = options.admin === undefined ? undefined : addressOption("--admin", options.admin);
  const clusters = clustersOf(options.cluster);
  const environment = namedOptions("--env", "name=value", options.env);
  const configuration = options.config === undefined ? undefined : await readInput(options.config);
  const vmConfiguration = options.vmConfig === undefined ? undefined : await readInput(options.vmConfig);
  const module = await loadFilter(filter);
  const tags = statsConfig(
    tokensOf(await definedBy(module, filter, configuration, { vmConfiguration, environment })),
  );
  const server = await accepting(() =>
    ProxyServer.start({
      module,
      rootId: filter.rootId,
      configuration,
      vmConfiguration,
      environment,
      clusters,
      connectMode: options.connect,
      listen,
      upstream,
      admin,
      statsTags: tags.stats_tags,
      histogramBuckets: tags.histogram_bucket_settings,
      drainMs: DRAIN_MS,
      log: (level, text) => process.stderr.write(`[${level}] ${text}\n`),
    }).catch((error: unknown) => {
      throw isListenError(error) ? refused(oneLine(error)) : error;
    }),
  );
  process.stdout.write(`${filter.name}: ${formatAddress(server.listen)} → ${formatAddress(upstream)}\n`);
  if (server.admin !== undefined) {
    process.stdout.write(`metrics: http://${formatAddress(server.admin)}/stats/prometheus\n`);
  }
  await untilStopped(server);
}

function clustersOf(texts: readonly string[]): Record<string, Address> {
  const named = Object.entries(namedOptions("--cluster", "name=host:port", texts));
  return Object.fromEntries(named.map(([name, address]) => [name, addressOption("--cluster", address)]));
}

function isListenError(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && "code" in error.cause;
}

/** A first signal drains, a second one ends what is still open. */
async function untilStopped(server: ProxyServer): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      server.stop().then(resolve, reject);
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  });
}
