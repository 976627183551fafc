import { formatAddress, type Address } from "../envoy/address.ts";
import { generateEnvoyConfig, type ProxyOptions } from "../envoy/generate.ts";
import { tokensOf, type CatalogueEntry } from "./catalogue.ts";
import { misused, oneLine } from "./failure.ts";
import {
  addressOption,
  drainOption,
  filterAt,
  loadFilter,
  sharedOption,
  type FilterOptions,
} from "./inputs.ts";
import { definedBy } from "./metrics.ts";
import { startPlan } from "./start.ts";

/** Its options, as on the command line. */
export interface EnvoyOptions extends FilterOptions {
  readonly admin: string;
  readonly module: readonly string[];
  readonly start?: boolean;
  readonly drain: string;
}

/** One filter of several: its proxy, and what its module defines. */
interface Part {
  readonly proxy: ProxyOptions;
  readonly entries: readonly CatalogueEntry[];
}

/** `heirloom envoy`: prints a complete Envoy configuration, or runs Envoy with it; labels come from what the modules define. */
export async function envoy(options: EnvoyOptions): Promise<void> {
  const admin = addressOption("--admin", options.admin);
  const drainMs = drainOption(options.drain);
  const parts: Part[] = [];
  for (let place = 0; place < options.filter.length; place++) parts.push(await partOf(options, place));
  const proxies = parts.map(({ proxy }) => proxy);
  failIfTwice([admin, ...proxies.map(({ listen }) => listen)]);
  const config = generate({ admin, proxies, ...tokensOf(parts.flatMap(({ entries }) => entries)) });
  if (options.start === true) await startPlan({ config, admin, proxies, drainMs });
  else process.stdout.write(config);
}

/** Envoy says so only when it starts, and not of its admin interface even then. */
function failIfTwice(addresses: readonly Address[]): void {
  const given = addresses.filter(({ port }) => port !== 0).map(formatAddress);
  const twice = given.find((address, place) => given.indexOf(address) !== place);
  if (twice !== undefined) throw misused(`--listen, --admin: ${twice} is given twice`);
}

async function partOf(options: EnvoyOptions, place: number): Promise<Part> {
  const { filter, listen, upstream, configuration: text } = await filterAt(options, place);
  // What the filter refuses, it refuses in its own words.
  const entries = await definedBy(await loadFilter(filter), filter, text);
  const proxy = {
    filter: filter.name,
    rootId: filter.rootId,
    listen,
    upstream,
    module: sharedOption("--module", options.module, place, options.filter.length) ?? filter.path,
    configuration:
      text === undefined || text.trim() === "" ? undefined : (JSON.parse(text) as Record<string, unknown>),
  };
  return { proxy, entries };
}

function generate(options: Parameters<typeof generateEnvoyConfig>[0]): string {
  try {
    return generateEnvoyConfig(options);
  } catch (error) {
    if (error instanceof RangeError) throw misused(oneLine(error));
    throw error;
  }
}
