import { generateEnvoyConfig } from "../envoy/generate.ts";
import { tokensOf } from "./catalogue.ts";
import { misused, oneLine } from "./failure.ts";
import { addressOption, chooseFilter, loadFilter, readInput } from "./inputs.ts";
import { definedBy } from "./metrics.ts";

export interface EnvoyOptions {
  readonly filter: string;
  readonly listen: string;
  readonly upstream: string;
  readonly admin: string;
  readonly config?: string;
  readonly module?: string;
  readonly rootId?: string;
}

/** `heirloom envoy`: prints a complete Envoy configuration; labels come from what the module defines. */
export async function envoy(options: EnvoyOptions): Promise<void> {
  const filter = chooseFilter(options.filter, options.rootId);
  const listen = addressOption("--listen", options.listen);
  const upstream = addressOption("--upstream", options.upstream);
  const admin = addressOption("--admin", options.admin);
  const text = options.config === undefined ? undefined : await readInput(options.config);
  const entries = await definedBy(await loadFilter(filter), filter, text);
  const proxy = {
    filter: filter.name,
    rootId: filter.rootId,
    listen,
    upstream,
    module: options.module ?? filter.path,
    configuration:
      text === undefined || text.trim() === "" ? undefined : (JSON.parse(text) as Record<string, unknown>),
  };
  process.stdout.write(generate({ admin, proxies: [proxy], ...tokensOf(entries) }));
}

function generate(options: Parameters<typeof generateEnvoyConfig>[0]): string {
  try {
    return generateEnvoyConfig(options);
  } catch (error) {
    if (error instanceof RangeError) throw misused(oneLine(error));
    throw error;
  }
}
