import type { HostModule } from "../module/load.ts";
import { Vm } from "../vm/vm.ts";
import { catalogueOf, type CatalogueEntry } from "./catalogue.ts";
import { misused } from "./failure.ts";
import { accepting, chooseFilter, loadFilter, readInput, type FilterChoice } from "./inputs.ts";

export interface MetricsOptions {
  readonly filter: string;
  readonly verbosity?: string;
  readonly config?: string;
  readonly format: string;
  readonly rootId?: string;
}

/** `heirloom metrics`: what a module defines when it is configured. */
export async function metrics(options: MetricsOptions): Promise<void> {
  const filter = chooseFilter(options.filter, options.rootId);
  if (options.verbosity !== undefined && options.config !== undefined) {
    throw misused("--verbosity and --config exclude each other: the configuration says the verbosity");
  }
  const configuration =
    options.config !== undefined ? await readInput(options.config) : verbosityOnly(options.verbosity);
  const entries = await definedBy(await loadFilter(filter), filter, configuration);
  process.stdout.write(options.format === "json" ? `${JSON.stringify(entries, null, 2)}\n` : asText(entries));
}

/** What a VM is given besides its module. */
export interface VmSettings {
  readonly vmConfiguration?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** The metrics that a module defines under a configuration. */
export function definedBy(
  module: HostModule,
  filter: FilterChoice,
  configuration?: string,
  { vmConfiguration, environment }: VmSettings = {},
): Promise<CatalogueEntry[]> {
  return accepting(() => {
    const vm = new Vm(module, { environment });
    vm.startPlugin({ rootId: filter.rootId, configuration, vmConfiguration });
    return catalogueOf(vm.defined);
  });
}

function verbosityOnly(verbosity: string | undefined): string | undefined {
  return verbosity === undefined ? undefined : JSON.stringify({ verbosity });
}

function asText(entries: readonly CatalogueEntry[]): string {
  const nameWidth = Math.max(0, ...entries.map(({ name }) => name.length));
  const lines = entries.map(({ name, type, labels }) => {
    const shown = Object.entries(labels).map(([label, values]) => `${label}=${values.join("|")}`);
    return `${name.padEnd(nameWidth)}  ${type.padEnd("histogram".length)}  ${shown.join(" ")}`.trimEnd();
  });
  const series = entries.reduce((sum, entry) => sum + entry.series, 0);
  return `${lines.join("\n")}\n${entries.length} metrics, ${series} series\n`;
}
