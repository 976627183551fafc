import { Histogram, parseMetricName, type Stat, type StatStore } from "../../host/index.ts";

/** Bytes that the peers have sent in all. */
export interface Sent {
  readonly client: number;
  readonly server: number;
}

/** Sums of metrics, and what is expected of them. */
export interface Books {
  /** Counts of a metric, of those with this pair of label and value in front (`from.client`) or these pairs. */
  of(metric: string, pairs?: string): number;
  /** The sum of what the samples of a distribution were. */
  total(metric: string, pairs?: string): number;
  /** Whether the verbosity has the metric. */
  has(metric: string): boolean;
  equal(name: string, left: number, right: number): void;
  atMost(name: string, left: number, right: number): void;
}

/** What has to hold beside the invariants of the design once all connections are closed. */
export type Rules = (books: Books) => void;

/** Holds the numbers of all connections together to rules. */
export class Balance implements Books {
  private readonly stats: StatStore;
  private readonly rules: Rules | undefined;
  private known = -1;
  private readonly groups = new Map<string, Stat[]>();
  private found: string[] = [];

  constructor(stats: StatStore, rules: Rules | undefined) {
    this.stats = stats;
    this.rules = rules;
  }

  /** What does not hold, in words. */
  violations(sent: Sent): string[] {
    if (this.known !== this.stats.size) this.sort();
    this.found = [];
    for (const peer of ["client", "server"] as const) {
      this.equal(`bytes of the ${peer}`, this.of("bytes_total", `from.${peer}`), sent[peer]);
      this.atMost(`opaque bytes of the ${peer}`, this.of("opaque_bytes_total", `from.${peer}`), sent[peer]);
    }
    this.rules?.(this);
    return this.found;
  }

  equal(name: string, left: number, right: number): void {
    if (left !== right) this.found.push(`${name}: ${left} ≠ ${right}`);
  }

  atMost(name: string, left: number, right: number): void {
    if (left > right) this.found.push(`${name}: ${left} > ${right}`);
  }

  has(metric: string): boolean {
    return this.groups.has(metric);
  }

  of(metric: string, pairs?: string): number {
    let sum = 0;
    for (const stat of this.group(metric, pairs))
      sum += stat instanceof Histogram ? stat.count : Number(BigInt.asIntN(64, stat.value));
    return sum;
  }

  total(metric: string, pairs?: string): number {
    let sum = 0;
    for (const stat of this.group(metric, pairs)) if (stat instanceof Histogram) sum += Number(stat.sum);
    return sum;
  }

  private group(metric: string, pairs: string | undefined): readonly Stat[] {
    return this.groups.get(pairs === undefined ? metric : `${metric}.${pairs}`) ?? [];
  }

  /** Groups by metric, by metric and first pair, by metric and all pairs. */
  private sort(): void {
    this.known = this.stats.size;
    this.groups.clear();
    for (const stat of this.stats.all()) {
      const { metric, labels } = parseMetricName(stat.fullName);
      const pairs = labels.map(([label, value]) => `${label}.${value}`);
      for (let i = 0; i <= pairs.length; i++) {
        const key = [metric, ...pairs.slice(0, i)].join(".");
        const group = this.groups.get(key);
        if (group === undefined) this.groups.set(key, [stat]);
        else group.push(stat);
      }
    }
  }
}
