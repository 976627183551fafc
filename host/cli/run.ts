import { formatAddress } from "../envoy/address.ts";
import { statsConfig } from "../envoy/stats-config.ts";
import { ProxyServer } from "../proxy/server.ts";
import { tokensOf } from "./catalogue.ts";
import { oneLine, refused } from "./failure.ts";
import { accepting, addressOption, chooseFilter, loadFilter, readInput } from "./inputs.ts";
import { definedBy } from "./metrics.ts";

export interface RunOptions {
  readonly filter: string;
  readonly listen: string;
  readonly upstream: string;
  readonly config?: string;
  readonly admin?: string;
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
  const configuration = options.config === undefined ? undefined : await readInput(options.config);
  const module = await loadFilter(filter);
  const tags = statsConfig(tokensOf(await definedBy(module, filter, configuration)));
  const server = await accepting(() =>
    ProxyServer.start({
      module,
      rootId: filter.rootId,
      configuration,
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
