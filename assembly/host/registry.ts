import { METRIC_GAUGE } from "../abi/constants";
import { Block } from "../bytes/block";
import { Fault, Faults } from "./faults";
import { Host } from "./host";
import { Counter, Nothing } from "./metric";
import { isToken, NameWriter } from "./names";
import { Samples } from "./samples";
import { Slot, SlotTable } from "./slots";

/** How much is measured; each level includes the one before. The configuration key `verbosity`. */
export enum Verbosity {
  /** Does it flow, and what fails. */
  low,
  /** And how fast, how large, with which codes. */
  standard,
  /** And products of labels, rare detail. */
  high,
}

/** The values of the configuration key `verbosity`, in the order of `Verbosity`. */
export const VERBOSITIES: string[] = ["low", "standard", "high"];

/** Added to a metric's type where the name stands for a family. */
export const FAMILY: i32 = 16;

/** A mistake in the declaration of a metric. */
export class StatsProblem {
  constructor(
    readonly text: string,
    readonly next: StatsProblem | null,
  ) {}
}

/** One name that is taken, and what it stands for. */
class Definition {
  constructor(
    readonly metric: string,
    readonly type: i32,
    /** Of the slot or histogram; 0 above the verbosity. */
    readonly address: usize,
    /** Keeps the memory. */
    readonly block: ArrayBuffer,
    readonly next: Definition | null,
  ) {}
}

/** Names, ids and flush order of the metrics of one configuration: what `Stats` and its families stand on. */
export abstract class Registry {
  /** For the runtime: mistakes in declarations, newest first. */
  problems: StatsProblem | null = null;
  /**
   * Set it to a counter of yours: it counts the label values that were refused because a cap on metrics was reached.
   * Nothing by default.
   */
  onLimit: Counter = Nothing.counter;

  private definitions: Definition | null = null;
  private lazyCount: i32 = 0;
  private readonly last: SlotTable = new SlotTable(null);
  private readonly first: SlotTable = new SlotTable(this.last);
  private readonly gauges: SlotTable = new SlotTable(null);

  constructor(
    readonly protocol: string,
    readonly prefix: string,
    readonly verbosity: Verbosity,
    private readonly lazyLimit: i32,
  ) {
    this.requireToken(protocol, "protocol");
    this.requireToken(prefix, "stat prefix");
  }

  /**
   * For the runtime: hands everything pending to the proxy: samples (of all configurations), what begins things, gauges,
   * what ends things.
   */
  flush(): void {
    Samples.flush();
    this.first.flush();
    this.gauges.flush();
    this.last.flush();
  }

  /** Whether metrics of `level` exist here: ask before counting what takes work to find out. */
  shows(level: Verbosity): bool {
    return level <= this.verbosity;
  }

  /** For the runtime: address of the metric that was declared under this name with this type, 0 above the verbosity; -1: none. */
  known(type: i32, metric: string): usize {
    const definition = this.find(metric);
    return definition !== null && definition.type == type ? definition.address : usize.MAX_VALUE;
  }

  /** For the runtime: takes the name, keeps `block`; false, and a problem remembered, when it cannot be had. */
  register(type: i32, metric: string, block: ArrayBuffer): bool {
    if (!this.requireToken(metric, "metric")) return false;
    if (this.find(metric) !== null) {
      this.problem('metric "' + metric + '" is declared twice');
      return false;
    }
    const address = block.byteLength > 0 ? Block.start(block) : 0;
    this.definitions = new Definition(metric, type, address, block, this.definitions);
    return true;
  }

  /** For the runtime: whether `text` can be part of a name; remembers a problem otherwise. */
  requireToken(text: string, what: string): bool {
    if (isToken(text)) return true;
    this.problem(what + ' "' + text + '": expected a name made of a-z, 0-9 and _');
    return false;
  }

  /** For the runtime: remembers a mistake in a declaration, for which the configuration will be refused. */
  problem(text: string): void {
    this.problems = new StatsProblem(text, this.problems);
  }

  /** For the runtime: the proxy's id for the name that NameWriter holds, 0 when there can be none. */
  define(type: i32): u32 {
    const name = NameWriter.slice();
    if (!NameWriter.fits) {
      this.problem("a metric's name is too long");
      return 0;
    }
    const id = Host.metrics.define(type, name);
    if (id == 0) Faults.report(Fault.hostCall, "the proxy refused to define a metric");
    return id;
  }

  /** For the runtime: gives `slot` its place in the order of flushing. For configuration time. */
  place(type: i32, slot: Slot, isEnd: bool): void {
    const table = type == METRIC_GAUGE ? this.gauges : isEnd ? this.last : this.first;
    table.adopt(slot);
  }

  /** For the runtime: whether one more metric may be defined on first use; counts it. */
  takeLazy(): bool {
    if (this.lazyCount >= this.lazyLimit) return false;
    this.lazyCount++;
    return true;
  }

  private find(metric: string): Definition | null {
    let definition = this.definitions;
    while (definition !== null && definition.metric != metric) definition = definition.next;
    return definition;
  }
}
