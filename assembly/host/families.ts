import { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM } from "../abi/constants";
import { Block } from "../bytes/block";
import { Labels } from "./labels";
import { LazyCounterFamily } from "./lazy";
import { Counter, Gauge, Histogram, Nothing } from "./metric";
import { FAMILY, Registry, Verbosity } from "./registry";
import { Slot, SLOT_SIZE } from "./slots";

/** Members that lie side by side in one block, by the place of their label values. */
class Members {
  readonly start: usize;

  constructor(
    readonly block: ArrayBuffer,
    readonly size: usize,
    readonly rows: i32,
    readonly columns: i32,
  ) {
    this.start = Block.start(block);
  }

  /** Address of a member, 0 outside. */
  at(row: i32, column: i32): usize {
    if (<u32>row >= <u32>this.rows || <u32>column >= <u32>this.columns) return 0;
    return this.start + <usize>(row * this.columns + column) * this.size;
  }
}

/** Counters that differ in one or two labels. Outside the values, it is a counter that does nothing. */
@final
export class CounterFamily {
  constructor(private readonly members: Members) {}

  /** By the place of the value of the only label. */
  at(index: i32): Counter {
    return this.at2(index, 0);
  }

  /** By the places of the values of both labels, in the order in which the labels were given. */
  at2(first: i32, second: i32): Counter {
    const address = this.members.at(first, second);
    return address == 0 ? Nothing.counter : changetype<Counter>(address);
  }
}

/** Gauges that differ in one or two labels; see CounterFamily. */
@final
export class GaugeFamily {
  constructor(private readonly members: Members) {}

  at(index: i32): Gauge {
    return this.at2(index, 0);
  }

  at2(first: i32, second: i32): Gauge {
    const address = this.members.at(first, second);
    return address == 0 ? Nothing.gauge : changetype<Gauge>(address);
  }
}

/** Histograms that differ in one or two labels; see CounterFamily. */
@final
export class HistogramFamily {
  constructor(private readonly members: Members) {}

  at(index: i32): Histogram {
    return this.at2(index, 0);
  }

  at2(first: i32, second: i32): Histogram {
    const address = this.members.at(first, second);
    return address == 0 ? Nothing.histogram : changetype<Histogram>(address);
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
    return new CounterFamily(define(this.registry, METRIC_COUNTER, this.labels, this.level, this.isEnd));
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
    return new GaugeFamily(define(this.registry, METRIC_GAUGE, this.labels, this.level, false));
  }

  /** Defines one member and no other: for a gauge whose labels are what it tells. */
  defineOnly(first: i32, second: i32): Gauge {
    const address = defineMember(this.registry, METRIC_GAUGE, this.labels, this.level, first, second);
    return address == 0 ? Nothing.gauge : changetype<Gauge>(address);
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
    return new HistogramFamily(define(this.registry, METRIC_HISTOGRAM, this.labels, this.level, false));
  }
}

function define(registry: Registry, type: i32, labels: Labels, level: Verbosity, isEnd: bool): Members {
  const size = sizeOf(type);
  const wanted = labels.check(registry) && registry.shows(level);
  const block = Block.allocate(wanted ? <usize>labels.size * size : 0);
  const declared = registry.register(type + FAMILY, labels.metric, block);
  if (!wanted || !declared) return new Members(block, size, 0, 0);
  const members = new Members(block, size, labels.rows, labels.columns);
  for (let row = 0; row < labels.rows; row++) {
    for (let column = 0; column < labels.columns; column++) {
      labels.writeName(registry, row, column);
      attach(registry, type, members.at(row, column), isEnd);
    }
  }
  return members;
}

/** Address of the one member that is defined, 0 when there is none. */
function defineMember(
  registry: Registry,
  type: i32,
  labels: Labels,
  level: Verbosity,
  row: i32,
  column: i32,
): usize {
  const exists = <u32>row < <u32>labels.rows && <u32>column < <u32>labels.columns;
  const wanted = labels.check(registry) && registry.shows(level) && exists;
  const block = Block.allocate(wanted ? sizeOf(type) : 0);
  if (!registry.register(type + FAMILY, labels.metric, block) || !wanted) return 0;
  labels.writeName(registry, row, column);
  attach(registry, type, Block.start(block), false);
  return Block.start(block);
}

function sizeOf(type: i32): usize {
  return type == METRIC_HISTOGRAM ? offsetof<Histogram>() : SLOT_SIZE;
}

/** Defines what NameWriter holds as the metric at `address`. */
function attach(registry: Registry, type: i32, address: usize, isEnd: bool): void {
  const id = registry.define(type);
  if (type == METRIC_HISTOGRAM) {
    changetype<Histogram>(address).id = id;
    return;
  }
  const slot = changetype<Slot>(address);
  slot.id = id;
  registry.place(type, slot, isEnd);
}
