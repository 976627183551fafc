import { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM } from "../abi/constants";
import { Block } from "../bytes/block";
import { Labels } from "./labels";
import { LazyCounterFamily } from "./lazy";
import { Counter, Gauge, Histogram, Nothing } from "./metric";
import { FAMILY, Registry, Verbosity } from "./registry";
import { Slot, SLOT_SIZE } from "./slots";

/**
 * Metrics of one type that differ in one or two labels: a header in a block, and the members behind it. Like a
 * `Counter` it is nothing but an address; the registry keeps the block.
 */
@unmanaged
class Family {
  private rows: i32 = 0;
  private columns: i32 = 0;
  /** Bytes of a member. */
  private size: u32 = 0;
  /** Address of what stands for a member that is not there. */
  private nothing: usize = 0;

  /** For the runtime: defines every combination of the labels' values as a metric of this type, if `level` is shown. */
  static define(type: i32, registry: Registry, labels: Labels, level: Verbosity, isEnd: bool): usize {
    const isShown = labels.check(registry) && registry.shows(level);
    const size = type == METRIC_HISTOGRAM ? offsetof<Histogram>() : SLOT_SIZE;
    const block = Block.allocate(offsetof<Family>() + (isShown ? <usize>labels.size * size : 0));
    const family = changetype<Family>(Block.start(block));
    family.size = <u32>size;
    family.nothing = Nothing.of(type);
    if (registry.register(type + FAMILY, labels.metric, block) && isShown) {
      family.rows = labels.rows;
      family.columns = labels.columns;
      family.defineMembers(type, registry, labels, isEnd);
    }
    return Block.start(block);
  }

  /** For the runtime: address of a member, by the places of its label values. */
  protected member(row: i32, column: i32): usize {
    if (<u32>row >= <u32>this.rows || <u32>column >= <u32>this.columns) return this.nothing;
    return this.place(row * this.columns + column);
  }

  private defineMembers(type: i32, registry: Registry, labels: Labels, isEnd: bool): void {
    for (let row = 0; row < labels.rows; row++) {
      for (let column = 0; column < labels.columns; column++) {
        labels.writeName(registry, row, column);
        attach(registry, type, this.member(row, column), isEnd);
      }
    }
  }

  private place(index: i32): usize {
    return changetype<usize>(this) + offsetof<Family>() + <usize>(<u32>index * this.size);
  }
}

/** Counters that differ in one or two labels. Outside the values, it is a counter that does nothing. */
@unmanaged
export class CounterFamily extends Family {
  /** The counter by the place of the value of the only label. */
  at(index: i32): Counter {
    return this.at2(index, 0);
  }

  /** The counter by the places of the values of both labels, in the order in which the labels were given. */
  at2(first: i32, second: i32): Counter {
    return changetype<Counter>(this.member(first, second));
  }
}

/** Gauges that differ in one or two labels. Outside the values, it is a gauge that does nothing. */
@unmanaged
export class GaugeFamily extends Family {
  /** The gauge by the place of the value of the only label. */
  at(index: i32): Gauge {
    return this.at2(index, 0);
  }

  /** The gauge by the places of the values of both labels, in the order in which the labels were given. */
  at2(first: i32, second: i32): Gauge {
    return changetype<Gauge>(this.member(first, second));
  }
}

/** Histograms that differ in one or two labels. Outside the values, it is a histogram that does nothing. */
@unmanaged
export class HistogramFamily extends Family {
  /** The histogram by the place of the value of the only label. */
  at(index: i32): Histogram {
    return this.at2(index, 0);
  }

  /** The histogram by the places of the values of both labels, in the order in which the labels were given. */
  at2(first: i32, second: i32): Histogram {
    return changetype<Histogram>(this.member(first, second));
  }
}

/** What a family of counters is declared by: one or two labels, then `define` or `lazily`. */
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

  /** Adds a label and all of its values, both `[a-z0-9_]+`; at most two labels, and 16,384 combinations of values. */
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
    return changetype<CounterFamily>(
      Family.define(METRIC_COUNTER, this.registry, this.labels, this.level, this.isEnd),
    );
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

/** What a family of gauges is declared by: one or two labels, then `define` or `defineOnly`. */
export class GaugeFamilyBuilder {
  private readonly labels: Labels;

  constructor(
    private readonly registry: Registry,
    metric: string,
    private readonly level: Verbosity,
  ) {
    this.labels = new Labels(metric);
  }

  /** Adds a label and all of its values, both `[a-z0-9_]+`; at most two labels, and 16,384 combinations of values. */
  label(name: string, values: string[]): GaugeFamilyBuilder {
    this.labels.add(name, values);
    return this;
  }

  /** Defines every member now, so that all show as 0. */
  define(): GaugeFamily {
    return changetype<GaugeFamily>(
      Family.define(METRIC_GAUGE, this.registry, this.labels, this.level, false),
    );
  }

  /** Defines one member, by the places of its values, and no other: for a gauge whose labels are what it tells. */
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

/** What a family of histograms is declared by: one or two labels, then `define`. */
export class HistogramFamilyBuilder {
  private readonly labels: Labels;

  constructor(
    private readonly registry: Registry,
    metric: string,
    private readonly level: Verbosity,
  ) {
    this.labels = new Labels(metric);
  }

  /** Adds a label and all of its values, both `[a-z0-9_]+`; at most two labels, and 16,384 combinations of values. */
  label(name: string, values: string[]): HistogramFamilyBuilder {
    this.labels.add(name, values);
    return this;
  }

  /** Defines every member now, so that all show as 0. */
  define(): HistogramFamily {
    return changetype<HistogramFamily>(
      Family.define(METRIC_HISTOGRAM, this.registry, this.labels, this.level, false),
    );
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
