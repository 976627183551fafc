import { parseMetricName } from "../metrics/names.ts";
import { Histogram, type Stat, type StatStore } from "../metrics/store.ts";
import { sampleKey } from "../metrics/parse.ts";

/** Values by `replies_total{verb="data",class="5xx"}`: protocol and stat_prefix are left out, prefixes added up. */
export type MetricValues = Map<string, number>;

/** Counters, gauges, and of histograms `…_count` and `…_sum`. */
export function metricsOf({ stats }: { readonly stats: StatStore }): MetricValues {
  return read(stats, (reading) => reading.key);
}

/** The same by {@link canonicalKey}. */
export function canonicalMetricsOf({ stats }: { readonly stats: StatStore }): MetricValues {
  return read(stats, (reading) => reading.canonical);
}

/** The key that equal metrics share whatever the order of their labels. */
export function canonicalKey(name: string, labels: Readonly<Record<string, string>>): string {
  return sampleKey(name, Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** What was added since. */
export function difference(after: MetricValues, before: MetricValues): MetricValues {
  return new Map([...after].map(([key, value]) => [key, value - (before.get(key) ?? 0)]));
}

/** One number of one stat, with its keys worked out once: a transcript is read hundreds of times. */
interface Reading {
  readonly key: string;
  readonly canonical: string;
  readonly value: () => number;
}

const readings = new WeakMap<StatStore, { readonly size: number; readonly all: readonly Reading[] }>();

function read(stats: StatStore, keyOf: (reading: Reading) => string): MetricValues {
  let known = readings.get(stats);
  if (known?.size !== stats.size) {
    known = { size: stats.size, all: stats.all().flatMap(readingsOf) };
    readings.set(stats, known);
  }
  const values: MetricValues = new Map();
  for (const reading of known.all) {
    const key = keyOf(reading);
    values.set(key, (values.get(key) ?? 0) + reading.value());
  }
  return values;
}

function readingsOf(stat: Stat): Reading[] {
  const { metric, labels: pairs } = parseMetricName(stat.fullName);
  const labels = Object.fromEntries(pairs);
  const reading = (name: string, value: () => number): Reading => ({
    key: sampleKey(name, labels),
    canonical: canonicalKey(name, labels),
    value,
  });
  if (!(stat instanceof Histogram)) return [reading(metric, () => Number(BigInt.asIntN(64, stat.value)))];
  return [reading(`${metric}_count`, () => stat.count), reading(`${metric}_sum`, () => Number(stat.sum))];
}
