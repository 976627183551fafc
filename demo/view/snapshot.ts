import type { Sample } from "../../host/metrics/parse.ts";

/** A cumulative bucket: how many samples were at most `le`. */
export interface Bucket {
  readonly le: number;
  readonly count: number;
}

/** What one scrape says about the filter, ready to be asked for sums. */
export class Snapshot {
  /** Milliseconds, monotonic. */
  readonly at: number;
  private readonly samples: readonly Sample[];

  constructor(samples: readonly Sample[], at: number) {
    this.samples = samples;
    this.at = at;
  }

  /** The sum of the metric over all samples that have these labels. */
  sum(metric: string, where: Readonly<Record<string, string>> = {}): number {
    return this.samples.reduce((sum, one) => (matches(one, metric, where) ? sum + one.value : sum), 0);
  }

  /** The values of a label that count more than 0, with their sums. */
  by(metric: string, label: string): Map<string, number> {
    const sums = new Map<string, number>();
    for (const { name, labels, value } of this.samples) {
      const key = labels[label];
      if (name === metric && key !== undefined && value > 0) sums.set(key, (sums.get(key) ?? 0) + value);
    }
    return sums;
  }

  /** A histogram's buckets, smallest first. */
  buckets(metric: string, where: Readonly<Record<string, string>> = {}): Bucket[] {
    return this.samples
      .filter((one) => matches(one, `${metric}_bucket`, where))
      .map(({ labels, value }) => ({ le: Number(labels.le?.replace("+Inf", "Infinity")), count: value }))
      .sort((a, b) => a.le - b.le);
  }
}

function matches(sample: Sample, name: string, where: Readonly<Record<string, string>>): boolean {
  if (sample.name !== name) return false;
  for (const label in where) if (sample.labels[label] !== where[label]) return false;
  return true;
}

/** What came into a histogram between two scrapes. */
export function since(now: readonly Bucket[], before: readonly Bucket[]): Bucket[] {
  return now.map(({ le, count }, i) => ({ le, count: count - (before[i]?.count ?? 0) }));
}

/** The q-quantile (0–1) as Prometheus estimates it: straight lines within buckets; undefined without samples. */
export function quantile(q: number, buckets: readonly Bucket[]): number | undefined {
  const total = buckets.at(-1)?.count ?? 0;
  if (total <= 0) return undefined;
  const rank = q * total;
  const index = buckets.findIndex(({ count }) => count >= rank);
  const bucket = buckets[index];
  const below = buckets[index - 1] ?? { le: 0, count: 0 };
  if (!bucket || bucket.le === Infinity) return below.le;
  const inside = bucket.count - below.count;
  return inside === 0 ? bucket.le : below.le + ((rank - below.count) / inside) * (bucket.le - below.le);
}
