import { parseSample, type Sample } from "../../../host/metrics/parse.ts";
import type { Bucket } from "../../view/snapshot.ts";
import type { Frame } from "../messages.ts";

/** As many scrapes as the plots show, five minutes, and those that their first rates need. */
const KEPT = 305;

/** Rates and latencies are of the last so many milliseconds, as on the terminal. */
const WINDOW_MS = 5_000;

/** The values of all series at one scrape, by number; series that came later are missing at the end. */
export interface Moment {
  readonly scrape: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly values: Float64Array;
}

interface Found {
  readonly wanted: readonly Pick<Sample, "name" | "labels">[];
  readonly numbers: number[];
  /** How many series have been looked at. */
  looked: number;
}

/** All scrapes that are known. Series are asked for as `name{label="value"}`; several, added up, with ` + ` between. */
export class Scrapes {
  private series: Sample[] = [];
  private found = new Map<string, Found>();
  private kept: Moment[] = [];
  /** Of the first scrape ever seen, in milliseconds since 1970. */
  private firstAt: number | undefined;

  get moments(): readonly Moment[] {
    return this.kept;
  }

  get now(): Moment | undefined {
    return this.kept.at(-1);
  }

  /** What rates and latencies of now are against. */
  get since(): Moment | undefined {
    return this.before(this.kept.length - 1);
  }

  /** When the demo's first scrape was, in milliseconds since 1970. */
  get began(): number {
    return this.firstAt ?? 0;
  }

  forget(): void {
    this.series = [];
    this.found.clear();
    this.kept = [];
    this.firstAt = undefined;
  }

  add({ scrape, at, added, changed }: Frame): void {
    for (const key of added) this.series.push(parseSample(`${key} 0`));
    const values = new Float64Array(this.series.length);
    values.set(this.now?.values ?? []);
    for (let i = 0; i + 1 < changed.length; i += 2) values[changed[i] ?? 0] = changed[i + 1] ?? 0;
    this.firstAt ??= at;
    this.kept.push({ scrape, at, values });
    if (this.kept.length > KEPT) this.kept.shift();
  }

  /** The sum over the series. */
  sum(what: string, moment = this.now): number {
    if (!moment) return 0;
    return this.numbers(what).reduce((sum, number) => sum + (moment.values[number] ?? 0), 0);
  }

  /** How fast the sum grew before that moment, per second. */
  rate(what: string, index = this.kept.length - 1): number {
    const [moment, before] = [this.kept[index], this.before(index)];
    if (!moment || !before || moment.at <= before.at) return 0;
    return (this.sum(what, moment) - this.sum(what, before)) / ((moment.at - before.at) / 1_000);
  }

  /** What came into a histogram in the window before now, cumulative, smallest first. */
  recent(what: string): Bucket[] {
    const { now, since } = this;
    return now && since ? this.between(what, since, now) : [];
  }

  /** What came into a histogram between two moments, cumulative, smallest first. */
  between(what: string, before: Moment, after: Moment): Bucket[] {
    const counts = new Map<number, number>();
    for (const number of this.numbers(bucketsOf(what))) {
      const le = Number(this.series[number]?.labels.le?.replace("+Inf", "Infinity"));
      const grown = (after.values[number] ?? 0) - (before.values[number] ?? 0);
      counts.set(le, (counts.get(le) ?? 0) + grown);
    }
    return [...counts].map(([le, count]) => ({ le, count })).sort((a, b) => a.le - b.le);
  }

  /** The values of a label that count more than 0, the largest first. */
  by(metric: string, label: string): [value: string, count: number][] {
    const sums = new Map<string, number>();
    for (const number of this.numbers(metric)) {
      const value = this.series[number]?.labels[label];
      const count = this.now?.values[number] ?? 0;
      if (value !== undefined && count > 0) sums.set(value, (sums.get(value) ?? 0) + count);
    }
    return [...sums].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
  }

  /** The first moment of the window that ends with this one. */
  private before(index: number): Moment | undefined {
    const moment = this.kept[index];
    if (!moment) return undefined;
    let first = index;
    while (first > 0 && moment.at - (this.kept[first - 1]?.at ?? 0) <= WINDOW_MS) first -= 1;
    return this.kept[first];
  }

  private numbers(what: string): readonly number[] {
    const known = this.found.get(what) ?? { wanted: what.split(" + ").map(wantedBy), numbers: [], looked: 0 };
    this.found.set(what, known);
    for (; known.looked < this.series.length; known.looked++) {
      const one = this.series[known.looked];
      if (one && known.wanted.some((wanted) => fits(one, wanted))) known.numbers.push(known.looked);
    }
    return known.numbers;
  }
}

function wantedBy(text: string): Pick<Sample, "name" | "labels"> {
  return parseSample(`${text} 0`);
}

function fits(one: Sample, { name, labels }: Pick<Sample, "name" | "labels">): boolean {
  if (one.name !== name) return false;
  for (const label in labels) if (one.labels[label] !== labels[label]) return false;
  return true;
}

/** `x{a="b"}` → `x_bucket{a="b"}`. */
function bucketsOf(what: string): string {
  return what.replace(/^\w+/, "$&_bucket");
}
