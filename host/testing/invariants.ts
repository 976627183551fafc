// What has to hold between a filter's metrics at every moment, whatever the bytes were.

import { parseMetricName } from "../metrics/names.ts";
import { Histogram, type Stat, type StatStore } from "../metrics/store.ts";

/** `open`: something may be outstanding; `closed`: every connection is over. */
export type Moment = "open" | "closed";

/**
 * A name and a statement about sums: `metric{label=a|b,other!=c} + metric = metric + metric`, an empty sum is `0`. Of a
 * histogram `metric` is the number of samples, `metric:sum` their sum. Relations: `=` and `>=` hold always, `->` is `>=`
 * while connections are open and `=` afterwards. A third text is a sum: where it is not 0, nothing is said.
 */
export type Statement = readonly [name: string, statement: string, unless?: string];

/** By protocol, the first token of a metric's name; a statement about a metric that is not defined says nothing. */
export type Invariants = Readonly<Record<string, readonly Statement[]>>;

export interface Term {
  readonly metric: string;
  readonly what: "value" | "sum";
  readonly where: readonly Condition[];
}
interface Condition {
  readonly label: string;
  readonly isIn: boolean;
  readonly values: readonly string[];
}
export interface Invariant {
  readonly name: string;
  readonly statement: string;
  readonly relation: "=" | ">=" | "->";
  readonly left: readonly Term[];
  readonly right: readonly Term[];
  readonly unless: readonly Term[];
}

/** Reads a statement. Throws when it is none. */
export function parseStatement([name, statement, unless = "0"]: Statement): Invariant {
  const [, left = "", relation, right = ""] = /^(.+?) (=|>=|->) (.+)$/.exec(statement) ?? [];
  if (relation !== "=" && relation !== ">=" && relation !== "->")
    throw new Error(`no relation: ${statement}`);
  return { name, statement, relation, left: sumOf(left), right: sumOf(right), unless: sumOf(unless) };
}

function sumOf(text: string): Term[] {
  return text === "0" ? [] : text.split(" + ").map(termOf);
}

function termOf(text: string): Term {
  const [, metric = "", sum, where = ""] = /^(\w+)(:sum)?(?:\{(.+)\})?$/.exec(text.trim()) ?? [];
  if (metric === "") throw new Error(`no term: ${text}`);
  const conditions = where === "" ? [] : where.split(",").map(conditionOf);
  return { metric, what: sum === undefined ? "value" : "sum", where: conditions };
}

function conditionOf(text: string): Condition {
  const [, label = "", not = "", values = ""] = /^(\w+)(!?)=([\w|]+)$/.exec(text) ?? [];
  if (label === "") throw new Error(`no condition: ${text}`);
  return { label, isIn: not === "", values: values.split("|") };
}

/** Whether a metric with these labels is one that the term adds up. */
export function isMeant(term: Term, metric: string, labels: ReadonlyMap<string, string>): boolean {
  const meets = ({ label, isIn, values }: Condition): boolean =>
    values.includes(labels.get(label) ?? "") === isIn;
  return metric === term.metric && term.where.every(meets);
}

/** Places in the list of numbers that are added up. */
interface Compiled {
  readonly invariant: Invariant;
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly unless: readonly number[];
}

/** Checks the invariants of what is found in a store; cheap enough for every chunk. */
export class InvariantChecker {
  private readonly stats: StatStore;
  private readonly invariants: Invariants;
  private compiledFor = -1;
  private compiled: readonly Compiled[] = [];
  private numbers = new Numbers();

  constructor(stats: StatStore, invariants: Invariants) {
    this.stats = stats;
    this.invariants = invariants;
  }

  /** What does not hold, in words; metrics must have been flushed. */
  violations(moment: Moment): string[] {
    if (this.compiledFor !== this.stats.size) this.compile();
    const { numbers } = this;
    numbers.read();
    const found: string[] = [];
    for (const { invariant, left, right, unless } of this.compiled) {
      const [have, want] = [numbers.total(left), numbers.total(right)];
      const { relation } = invariant;
      const equal = relation === "=" || (relation === "->" && moment === "closed");
      if ((equal ? have === want : have >= want) || numbers.total(unless) !== 0) continue;
      found.push(`${invariant.name} (${invariant.statement}): ${have} against ${want}`);
    }
    return found;
  }

  private compile(): void {
    this.compiledFor = this.stats.size;
    this.numbers = new Numbers();
    const named = this.stats.all().map((stat) => {
      const { protocol, metric, labels } = parseMetricName(stat.fullName);
      return { stat, protocol, metric, labels: new Map(labels) };
    });
    this.compiled = Object.entries(this.invariants).flatMap(([protocol, statements]) => {
      const known = new Map<string, typeof named>();
      for (const one of named)
        if (one.protocol === protocol) known.set(one.metric, [...(known.get(one.metric) ?? []), one]);
      const placesOf = (terms: readonly Term[]): number[] =>
        terms.flatMap((term) =>
          (known.get(term.metric) ?? [])
            .filter(({ metric, labels }) => isMeant(term, metric, labels))
            .map(({ stat }) => this.numbers.placeOf(stat, term.what)),
        );
      return statements
        .map(parseStatement)
        .filter(({ left, right }) => [...left, ...right].every(({ metric }) => known.has(metric)))
        .map((invariant) => ({
          invariant,
          left: placesOf(invariant.left),
          right: placesOf(invariant.right),
          unless: placesOf(invariant.unless),
        }));
    });
  }
}

/** What the stats hold, each read once however many sums it is in. */
class Numbers {
  private readonly sources: { readonly stat: Stat; readonly what: Term["what"] }[] = [];
  private readonly places = new Map<string, number>();
  private values: number[] = [];

  placeOf(stat: Stat, what: Term["what"]): number {
    const key = `${stat.kind} ${what} ${stat.fullName}`;
    const known = this.places.get(key);
    if (known !== undefined) return known;
    this.places.set(key, this.sources.length);
    return this.sources.push({ stat, what }) - 1;
  }

  read(): void {
    this.values = this.sources.map(({ stat, what }) => (stat.used ? numberOf(stat, what) : 0));
  }

  total(places: readonly number[]): number {
    let sum = 0;
    for (const place of places) sum += this.values[place] ?? 0;
    return sum;
  }
}

/** A gauge may be below 0 where something is wrong. */
function numberOf(stat: Stat, what: Term["what"]): number {
  if (!(stat instanceof Histogram)) return Number(BigInt.asIntN(64, stat.value));
  return what === "sum" ? Number(stat.sum) : stat.count;
}
