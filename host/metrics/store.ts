import type { MetricType } from "../abi/constants.ts";
import { bucketsFor, type HistogramBucketSetting } from "./buckets.ts";
import { LogLinear } from "./loglinear.ts";

/** What Envoy puts before the names of a module's metrics. */
export const NAMESPACE = "wasmcustom.";

/** Counters and gauges are unsigned 64-bit numbers; they wrap. */
export class Scalar {
  readonly kind: "counter" | "gauge";
  readonly fullName: string;
  value = 0n;
  /** Whether it was ever written; `/stats?usedonly` shows only those. */
  used = false;

  constructor(kind: "counter" | "gauge", fullName: string) {
    this.kind = kind;
    this.fullName = fullName;
  }

  add(amount: bigint): void {
    this.value = BigInt.asUintN(64, this.value + amount);
    this.used = true;
  }

  set(value: bigint): void {
    this.value = BigInt.asUintN(64, value);
    this.used = true;
  }
}

/**
 * Exact sums and counts. Envoy keeps circllhist histograms instead: its sums are approximate, and a sample on a bucket's
 * bound may be counted one bucket higher there.
 */
export class Histogram {
  readonly kind = "histogram";
  readonly fullName: string;
  /** Upper bounds, ascending. */
  readonly bounds: readonly number[];
  /** Samples per bucket, not cumulative; one more than bounds, for what is above all of them. */
  readonly counts: number[];
  readonly samples: number[] | undefined;
  readonly quantiles = new LogLinear();
  count = 0;
  /** The sum in two parts, as adding small numbers is many times faster than adding big integers. */
  private large = 0n;
  private small = 0;

  constructor(fullName: string, bounds: readonly number[], keepSamples: boolean) {
    this.fullName = fullName;
    this.bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
    this.samples = keepSamples ? [] : undefined;
  }

  get used(): boolean {
    return this.count > 0;
  }

  get sum(): bigint {
    return this.large + BigInt(this.small);
  }

  set sum(value: bigint) {
    this.large = value;
    this.small = 0;
  }

  record(value: bigint): void {
    const sample = Number(value);
    const bucket = this.bucketOf(sample);
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.quantiles.record(sample);
    this.samples?.push(sample);
    this.count++;
    const small = this.small + sample;
    if (small <= Number.MAX_SAFE_INTEGER) this.small = small;
    else this.sum += value;
  }

  /** The samples that were kept since they were taken last. */
  takeSamples(): number[] {
    return this.samples?.splice(0) ?? [];
  }

  private bucketOf(sample: number): number {
    let bucket = 0;
    for (const bound of this.bounds) {
      if (sample <= bound) break;
      bucket++;
    }
    return bucket;
  }
}

export type Stat = Scalar | Histogram;

export interface StatStoreOptions {
  /** Envoy's `histogram_bucket_settings`; a histogram's bounds are fixed when it is first defined. */
  readonly histogramBuckets?: readonly HistogramBucketSetting[];
  /** Keep every sample of every histogram, for tests. */
  readonly keepSamples?: boolean;
}

/** The statistics of one Envoy: every VM of every worker that defines a name gets the same stat. */
export class StatStore {
  private readonly scalars = new Map<string, Scalar>();
  private readonly histograms = new Map<string, Histogram>();
  private readonly options: StatStoreOptions;

  constructor(options: StatStoreOptions = {}) {
    this.options = options;
  }

  /** Finds or makes `wasmcustom.<name>`. A counter and a gauge of the same name are two stats, as in Envoy. */
  define(type: MetricType, name: string): Stat {
    const fullName = NAMESPACE + name;
    return type === "histogram" ? this.histogramOf(fullName) : this.defineOwn(type, fullName);
  }

  /** Finds or makes a stat that is the proxy's own, by its full name: `cluster.smtp.upstream_cx_total`. */
  defineOwn(type: Scalar["kind"], fullName: string): Scalar {
    const key = `${type}:${fullName}`;
    let scalar = this.scalars.get(key);
    if (scalar === undefined) {
      scalar = new Scalar(type, fullName);
      this.scalars.set(key, scalar);
    }
    return scalar;
  }

  /**
   * Value of a counter or gauge, or the count of a histogram, by the name the module used; undefined if nothing has that
   * name. Loses precision past 2^53; see {@link exact}.
   */
  value(name: string): number | undefined {
    const scalar = this.scalar(name);
    return scalar === undefined ? this.histogram(name)?.count : Number(scalar.value);
  }

  /** The 64-bit value of a counter or gauge. */
  exact(name: string): bigint | undefined {
    return this.scalar(name)?.value;
  }

  histogram(name: string): Histogram | undefined {
    return this.histograms.get(NAMESPACE + name);
  }

  /** How many stats there are; none ever goes away. */
  get size(): number {
    return this.scalars.size + this.histograms.size;
  }

  /** Everything that is defined, sorted by name. */
  all(): Stat[] {
    const stats: Stat[] = [...this.scalars.values(), ...this.histograms.values()];
    return stats.sort((a, b) => (a.fullName < b.fullName ? -1 : a.fullName > b.fullName ? 1 : 0));
  }

  private scalar(name: string): Scalar | undefined {
    return this.scalars.get(`counter:${NAMESPACE}${name}`) ?? this.scalars.get(`gauge:${NAMESPACE}${name}`);
  }

  private histogramOf(fullName: string): Histogram {
    let histogram = this.histograms.get(fullName);
    if (histogram === undefined) {
      const bounds = bucketsFor(fullName, this.options.histogramBuckets ?? []);
      histogram = new Histogram(fullName, bounds, this.options.keepSamples === true);
      this.histograms.set(fullName, histogram);
    }
    return histogram;
  }
}
