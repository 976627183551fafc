import type { MetricType } from "../abi/constants.ts";
import { parseMetricName } from "../metrics/names.ts";
import { Histogram, type Stat } from "../metrics/store.ts";

/** One metric of a module: every series that shares protocol and name. */
export interface CatalogueEntry {
  /** As Prometheus shows it: `smtp_replies_total`. */
  readonly name: string;
  readonly protocol: string;
  readonly type: MetricType;
  /** Label → values, in the order of definition. */
  readonly labels: Record<string, string[]>;
  readonly series: number;
}

interface Draft {
  readonly protocol: string;
  readonly type: MetricType;
  readonly labels: Map<string, Set<string>>;
  series: number;
}

/** What the tags have to know beyond the shipped protocols and labels. */
export function tokensOf(entries: readonly CatalogueEntry[]): { protocols: string[]; labels: string[] } {
  const protocols = new Set(entries.map(({ protocol }) => protocol));
  const labels = new Set(entries.flatMap((entry) => Object.keys(entry.labels)));
  return { protocols: [...protocols], labels: [...labels] };
}

/** The metrics of a module, sorted by name. */
export function catalogueOf(stats: readonly Stat[]): CatalogueEntry[] {
  const entries = new Map<string, Draft>();
  for (const stat of new Set(stats)) {
    const { protocol, metric, labels } = parseMetricName(stat.fullName);
    const name = `${protocol}_${metric}`;
    const type = stat instanceof Histogram ? "histogram" : stat.kind;
    const entry = entries.get(name) ?? { protocol, type, labels: new Map<string, Set<string>>(), series: 0 };
    entries.set(name, entry);
    entry.series++;
    for (const [label, value] of labels) {
      const values = entry.labels.get(label) ?? new Set();
      entry.labels.set(label, values.add(value));
    }
  }
  return [...entries]
    .map(([name, { protocol, type, labels, series }]) => ({
      name,
      protocol,
      type,
      labels: Object.fromEntries([...labels].map(([label, values]) => [label, [...values]])),
      series,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
