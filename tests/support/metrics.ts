import { Histogram, parseMetricName, type Stat, type StatStore } from "../../host/index.ts";
import { sampleKey } from "../../host/metrics/parse.ts";

/** Values by `replies_total{verb="data",class="5xx"}`: protocol and stat_prefix are left out, prefixes added up. */
export type MetricValues = Map<string, number>;

/** Counters, gauges, and of histograms `…_count` and `…_sum`. */
export function metricsOf({ stats }: { readonly stats: StatStore }): MetricValues {
  const values: MetricValues = new Map();
  for (const stat of stats.all()) {
    for (const [key, value] of valuesOf(stat)) values.set(key, (values.get(key) ?? 0) + value);
  }
  return values;
}

/** The key that equal metrics share whatever the order of their labels. */
export function canonicalKey(name: string, labels: Readonly<Record<string, string>>): string {
  return sampleKey(name, Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** The same values by canonical key. */
export function canonical(values: MetricValues): MetricValues {
  return new Map([...values].map(([key, value]) => [canonicalOf(key), value]));
}

/** What was added since. */
export function difference(after: MetricValues, before: MetricValues): MetricValues {
  return new Map([...after].map(([key, value]) => [key, value - (before.get(key) ?? 0)]));
}

const keys = new WeakMap<Stat, string>();
const canonicalKeys = new Map<string, string>();

function valuesOf(stat: Stat): [string, number][] {
  if (!(stat instanceof Histogram)) return [[keyOf(stat, ""), Number(BigInt.asIntN(64, stat.value))]];
  const count = keyOf(stat, "_count");
  return [
    [count, stat.count],
    [count.replace("_count", "_sum"), Number(stat.sum)],
  ];
}

function keyOf(stat: Stat, suffix: string): string {
  let key = keys.get(stat);
  if (key === undefined) {
    const { metric, labels } = parseMetricName(stat.fullName);
    key = sampleKey(metric + suffix, Object.fromEntries(labels));
    keys.set(stat, key);
  }
  return key;
}

function canonicalOf(key: string): string {
  let found = canonicalKeys.get(key);
  if (found === undefined) {
    const [, name = "", labels = ""] = /^(\w+)(?:\{(.*)\})?$/.exec(key) ?? [];
    found = labels === "" ? name : `${name}{${labels.split(",").sort().join(",")}}`;
    canonicalKeys.set(key, found);
  }
  return found;
}
