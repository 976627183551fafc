import { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM } from "../abi/constants";
import { Block } from "../bytes/block";
import { Labels } from "./labels";
import { LazyCounterFamily } from "./lazy";
import { Counter, Gauge, Histogram, Nothing } from "./metric";
import { FAMILY, Registry, Verbosity } from "./registry";
import { Slot, SLOT_SIZE } from "./slots";

/** Metrics of one type that differ in one or two labels, side by side in one block. */
abstract class Family {
  private block: ArrayBuffer = NO_BLOCK;
  private size: usize = 0;
  private rows: i32 = 0;
  private columns: i32 = 0;

  /** `nothing`: address of the metric that stands for a member which is not there. */
  constructor(private readonly nothing: usize) {}

  /** Defines every combination of the labels' values as a metric of this type, if the level is shown. */
  protected define(registry: Registry, type: i32, labels: Labels, level: Verbosity, isEnd: bool): void {
    const size = type == METRIC_HISTOGRAM ? offsetof<Histogram>() : SLOT_SIZE;
    const wanted = labels.check(registry) && registry.shows(level);
    const block = Block.allocate(wanted ? <usize>labels.size * size : 0);
    if (!registry.register(type + FAMILY, labels.metric, block) || !wanted) return;
    this.block = block;
    this.size = size;
    this.rows = labels.rows;
    this.columns = labels.columns;
    for (let row = 0; row < labels.rows; row++) {
      for (let column = 0; column < labels.columns; column++) {
        labels.writeName(registry, row, column);
        attach(registry, type, this.member(row, column), isEnd);
      }
    }
  }

  /** Address of a member, by the places of its label values. */
  protected member(row: i32, column: i32): usize {
    if (<u32>row >= <u32>this.rows || <u32>column >= <u32>this.columns) return this.nothing;
    return Block.start(this.block) + <usize>(row * this.columns + column) * this.size;
  }
}

const NO_BLOCK: ArrayBuffer = Block.allocate(0);

/** Counters that differ in one or two labels. Outside the values, it is a counter that does nothing. */
@final
export class CounterFamily extends Family {
  constructor(registry: Registry, labels: Labels, level: Verbosity, isEnd: bool) {
    super(changetype<usize>(Nothing.counter));
    this.define(registry, METRIC_COUNTER, labels, level, isEnd);
  }

  /** By the place of the value of the only label. */
  at(index: i32): Counter {
    return this.at2(index, 0);
  }

  /** By the places of the values of both labels, in the order in which the labels were given. */
  at2(first: i32, second: i32): Counter {
    return changetype<Counter>(this.member(first, second));
  }
}

/** Gauges that differ in one or two labels; see CounterFamily. */
@final
export class GaugeFamily extends Family {
  constructor(registry: Registry, labels: Labels, level: Verbosity) {
    super(changetype<usize>(Nothing.gauge));
    this.define(registry, METRIC_GAUGE, labels, level, false);
  }

  at(index: i32): Gauge {
    return this.at2(index, 0);
  }

  at2(first: i32, second: i32): Gauge {
    return changetype<Gauge>(this.member(first, second));
  }
}

/** Histograms that differ in one or two labels; see CounterFamily. */
@final
export class HistogramFamily extends Family {
  constructor(registry: Registry, labels: Labels, level: Verbosity) {
    super(changetype<usize>(Nothing.histogram));
    this.define(registry, METRIC_HISTOGRAM, labels, level, false);
  }

  at(index: i32): Histogram {
    return this.at2(index, 0);
  }

  at2(first: i32, second: i32): Histogram {
    return changetype<Histogram>(this.member(first, second));
  }
}

/** `stats.counterFamily("bytes_total").label("from", FROM).define()` */
export class CounterFamilyBuilder {
  private readonly labels: Labels;
  private isEnd: bool = false;

  constructor(
    private readonly registry: Registry,
    metric: string,
    private readonly level: Verbosity,
  ) {
    this.labels = new Labels(metric);
  }

  label(name: string, values: string[]): CounterFamilyBuilder {
    this.labels.add(name, values);
    return this;
  }

  /** Flushes these counters after all others: for what ends something that another one counted as begun. */
  ends(): CounterFamilyBuilder {
    this.isEnd = true;
    return this;
  }

  /** Defines every member now, so that all show as 0. */
  define(): CounterFamily {
    return new CounterFamily(this.registry, this.labels, this.level, this.isEnd);
  }

  /**
   * Defines a member when it is first used, at most `cap` of them here and the Stats' `lazyLimit` in all; the rest
   * share the member whose values are `overflow`.
   */
  lazily(cap: i32): LazyCounterFamily {
    return new LazyCounterFamily(
      this.registry,
      this.labels,
      this.registry.shows(this.level),
      cap,
      this.isEnd,
    );
  }
}

export class GaugeFamilyBuilder {
  private readonly labels: Labels;

  constructor(
    private readonly registry: Registry,
    metric: string,
    private readonly level: Verbosity,
  ) {
    this.labels = new Labels(metric);
  }

  label(name: string, values: string[]): GaugeFamilyBuilder {
    this.labels.add(name, values);
    return this;
  }

  define(): GaugeFamily {
    return new GaugeFamily(this.registry, this.labels, this.level);
  }

  /** Defines one member and no other: for a gauge whose labels are what it tells. */
  defineOnly(first: i32, second: i32): Gauge {
    const registry = this.registry;
    const labels = this.labels;
    const exists = <u32>first < <u32>labels.rows && <u32>second < <u32>labels.columns;
    const wanted = labels.check(registry) && registry.shows(this.level) && exists;
    const block = Block.allocate(wanted ? SLOT_SIZE : 0);
    if (!registry.register(METRIC_GAUGE + FAMILY, labels.metric, block) || !wanted) return Nothing.gauge;
    labels.writeName(registry, first, second);
    attach(registry, METRIC_GAUGE, Block.start(block), false);
    return changetype<Gauge>(Block.start(block));
  }
}

export class HistogramFamilyBuilder {
  private readonly labels: Labels;

  constructor(
    private readonly registry: Registry,
    metric: string,
    private readonly level: Verbosity,
  ) {
    this.labels = new Labels(metric);
  }

  label(name: string, values: string[]): HistogramFamilyBuilder {
    this.labels.add(name, values);
    return this;
  }

  define(): HistogramFamily {
    return new HistogramFamily(this.registry, this.labels, this.level);
  }
}

/** Defines what NameWriter holds as the metric at `address`. */
export function attach(registry: Registry, type: i32, address: usize, isEnd: bool): void {
  const id = registry.define(type);
  if (type == METRIC_HISTOGRAM) {
    changetype<Histogram>(address).id = id;
    return;
  }
  const slot = changetype<Slot>(address);
  slot.id = id;
  registry.place(type, slot, isEnd);
}
