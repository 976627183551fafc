import { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM } from "../abi/constants";
import { Block } from "../bytes/block";
import { attach, CounterFamilyBuilder, GaugeFamilyBuilder, HistogramFamilyBuilder } from "./families";
import { Counter, Gauge, Histogram, Nothing } from "./metric";
import { NameWriter } from "./names";
import { Registry, Verbosity } from "./registry";
import { SLOT_SIZE } from "./slots";

/** Default of `limits.metrics`: what one configuration may define on first use. */
export const DEFAULT_LAZY_LIMIT: i32 = 1000;

/**
 * The metrics of one configuration, named `<protocol>.<prefix>.<metric>[.<label>.<value>]…`. They are declared while
 * the configuration is read, so that they show as 0; a mistake in a declaration (a name outside `[a-z0-9_]+`, a name
 * used twice) makes the runtime refuse the configuration, and gives metrics that do nothing until then. Two Stats
 * with the same prefix add up to the same numbers.
 */
export class Stats extends Registry {
  /** For the runtime: the next one of the same root context. */
  next: Stats | null = null;

  private static created: Stats | null = null;

  /**
   * The metrics of the configuration that is being read: for `FilterFactory.configure` and what it calls. `protocol`,
   * `prefix`: the first two parts of every name. `verbosity`: up to which level metrics exist. `lazyLimit`: how many metrics may be defined on first
   * use, over all lazy families.
   */
  static of(
    protocol: string,
    prefix: string,
    verbosity: Verbosity = Verbosity.high,
    lazyLimit: i32 = DEFAULT_LAZY_LIMIT,
  ): Stats {
    const stats = new Stats(protocol, prefix, verbosity, lazyLimit);
    stats.next = Stats.created;
    Stats.created = stats;
    return stats;
  }

  /** For the runtime: all that were made since the last call, newest first. */
  static takeCreated(): Stats | null {
    const created = Stats.created;
    Stats.created = null;
    return created;
  }

  /** The counter `metric`; asked for again under the same name, it is the same. Above the verbosity it does nothing. */
  counter(metric: string, level: Verbosity = Verbosity.low): Counter {
    return changetype<Counter>(this.single(METRIC_COUNTER, metric, level));
  }

  /** The gauge `metric`; asked for again under the same name, it is the same. Above the verbosity it does nothing. */
  gauge(metric: string, level: Verbosity = Verbosity.low): Gauge {
    return changetype<Gauge>(this.single(METRIC_GAUGE, metric, level));
  }

  /** The histogram `metric`; asked for again under the same name, it is the same. Above the verbosity it does nothing. */
  histogram(metric: string, level: Verbosity = Verbosity.low): Histogram {
    return changetype<Histogram>(this.single(METRIC_HISTOGRAM, metric, level));
  }

  /** Counters that differ in labels: `stats.counterFamily("bytes_total").label("from", FROM).define()`. */
  counterFamily(metric: string, level: Verbosity = Verbosity.low): CounterFamilyBuilder {
    return new CounterFamilyBuilder(this, metric, level);
  }

  /** Gauges that differ in labels; see `counterFamily`. */
  gaugeFamily(metric: string, level: Verbosity = Verbosity.low): GaugeFamilyBuilder {
    return new GaugeFamilyBuilder(this, metric, level);
  }

  /** Histograms that differ in labels; see `counterFamily`. */
  histogramFamily(metric: string, level: Verbosity = Verbosity.low): HistogramFamilyBuilder {
    return new HistogramFamilyBuilder(this, metric, level);
  }

  /** Address of the metric, or of what stands for it. */
  private single(type: i32, metric: string, level: Verbosity): usize {
    const known = this.known(type, metric);
    if (known != usize.MAX_VALUE) return known == 0 ? Nothing.of(type) : known;
    const size = type == METRIC_HISTOGRAM ? offsetof<Histogram>() : SLOT_SIZE;
    const block = Block.allocate(this.shows(level) ? size : 0);
    if (!this.register(type, metric, block) || !this.shows(level)) return Nothing.of(type);
    NameWriter.begin(this.protocol, this.prefix, metric);
    attach(this, type, Block.start(block), false);
    return Block.start(block);
  }
}
