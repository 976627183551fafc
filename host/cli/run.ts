import { statsConfig } from "../envoy/stats-config.ts";
import type { ConnectMode } from "../vm/read-side.ts";
import { tokensOf } from "./catalogue.ts";
import { misused } from "./failure.ts";
import {
  addressOption,
  chooseFilter,
  drainOption,
  filterAt,
  loadFilter,
  namedOptions,
  readInput,
  type FilterOptions,
} from "./inputs.ts";
import { definedBy } from "./metrics.ts";
import { Proxies, type Part, type Surroundings } from "./proxies.ts";

/** Its options, as on the command line. */
export interface RunOptions extends FilterOptions {
  readonly admin?: string;
  readonly cluster: readonly string[];
  readonly connect: ConnectMode;
  readonly vmConfig?: string;
  readonly env: readonly string[];
  readonly timeline?: boolean;
  readonly format: "text" | "json";
  readonly drain: string;
}

/** `heirloom run`: proxies until SIGINT or SIGTERM. */
export async function run(options: RunOptions): Promise<void> {
  if (options.format === "json" && options.timeline !== true) {
    throw misused("--format json is for --timeline: /stats has metrics");
  }
  const drainMs = drainOption(options.drain);
  const admin = options.admin === undefined ? undefined : addressOption("--admin", options.admin);
  const around = await surroundings(options);
  const parts: Part[] = [];
  for (let place = 0; place < options.filter.length; place++) {
    parts.push(await partOf(options, place, around));
  }
  const tags = statsConfig(tokensOf(parts.flatMap(({ entries }) => entries)));
  const { timeline = false, format, connect: connectMode } = options;
  const proxies = await Proxies.start({ parts, around, tags, drainMs, admin, timeline, format, connectMode });
  proxies.announce();
  await untilStopped(proxies);
}

async function surroundings(options: RunOptions): Promise<Surroundings> {
  const named = Object.entries(namedOptions("--cluster", "name=host:port", options.cluster));
  return {
    clusters: Object.fromEntries(named.map(([name, address]) => [name, addressOption("--cluster", address)])),
    environment: namedOptions("--env", "name=value", options.env),
    vmConfiguration: options.vmConfig === undefined ? undefined : await readInput(options.vmConfig),
  };
}

async function partOf(options: RunOptions, place: number, around: Surroundings): Promise<Part> {
  const placed = await filterAt(options, place);
  const { filter, configuration } = placed;
  const module = await loadFilter(filter);
  const isAlone = options.filter.filter((text) => chooseFilter(text).name === filter.name).length === 1;
  return {
    ...placed,
    name: isAlone ? filter.name : `${filter.name}_${place + 1}`,
    module,
    entries: await definedBy(module, filter, configuration, around),
  };
}

/** A first signal drains, a second one ends what is still open. */
async function untilStopped(proxies: Proxies): Promise<void> {
  // Who reads along may go; the connections stay.
  process.stdout.on("error", () => undefined);
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      proxies.stop().then(resolve, reject);
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  });
}
