import { count, duration, rate } from "./numbers.ts";
import { quantile, since, type Bucket, type Snapshot } from "./snapshot.ts";
import type { Column } from "./table.ts";

/** What the live view is made from. */
export interface Moment {
  /** Seconds since the clients began. */
  readonly seconds: number;
  readonly now: Snapshot;
  /** Some seconds before: rates and latencies are of the time between. */
  readonly before: Snapshot;
}

type Labels = Readonly<Record<string, string>>;

const QUANTILES = [0.5, 0.9, 0.99];

/** Columns of {@link latencies}. */
export const LATENCY_COLUMNS: readonly Column[] = [
  { title: "p50", align: "right" },
  { title: "p90", align: "right", drop: 4 },
  { title: "p99", align: "right", drop: 1 },
];

/** How fast the metric grows. */
export function perSecond({ now, before }: Moment, metric: string, where: Labels = {}): number {
  const seconds = (now.at - before.at) / 1_000;
  return seconds > 0 ? (now.sum(metric, where) - before.sum(metric, where)) / seconds : 0;
}

/** What came into the histogram lately. */
export function recent({ now, before }: Moment, metric: string, where: Labels = {}): Bucket[] {
  return since(now.buckets(metric, where), before.buckets(metric, where));
}

/** Median, 90th and 99th percentile of late. */
export function latencies(moment: Moment, metric: string, where: Labels): string[] {
  const samples = recent(moment, metric, where);
  return QUANTILES.map((q) => duration(quantile(q, samples)));
}

/** Total and rate. */
export function volume(moment: Moment, metric: string, where: Labels = {}): string[] {
  return [count(moment.now.sum(metric, where)), rate(perSecond(moment, metric, where))];
}

/** The values of the label that count anything, `12 quit`. */
export function countsBy({ now }: Moment, metric: string, label: string): string[] {
  return [...now.by(metric, label)].map(([key, n]) => `${count(n)} ${key}`);
}

type Painter = (text: string) => string;

/** The same, for the values that have a colour and in the order of these. */
export function paintedCounts(
  { now }: Moment,
  metric: string,
  label: string,
  paint: Readonly<Record<string, Painter>>,
): string[] {
  const counts = now.by(metric, label);
  return Object.entries(paint)
    .filter(([value]) => counts.has(value))
    .map(([value, colour]) => colour(`${count(counts.get(value) ?? 0)} ${value}`));
}

/** The totals of some values, in one piece: `answered 12, abandoned ·`. */
export function totalsOf({ now }: Moment, metric: string, label: string, values: readonly string[]): string {
  const counts = now.by(metric, label);
  return values.map((value) => `${value} ${count(counts.get(value) ?? 0)}`).join(", ");
}
