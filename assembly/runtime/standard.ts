import { FAULT_NAMES, Fault } from "../host/faults";
import { CounterFamily } from "../host/families";
import { Gauge } from "../host/metric";
import { VERBOSITIES } from "../host/registry";
import { Stats } from "../host/stats";
import { VERSION } from "./version";

/** Constant lists only: any other is filled through checked stores. */
const VERSIONS: string[] = [VERSION];

/** What the runtime itself measures for every Stats (docs/smtp.md, "The filter itself"). */
export class StandardMetrics {
  /** The next one of the same root context. */
  next: StandardMetrics | null = null;

  private readonly errors: CounterFamily;
  private readonly memory: Gauge;
  private readonly info: Gauge;

  constructor(readonly stats: Stats) {
    this.errors = stats.counterFamily("filter_errors_total").label("kind", FAULT_NAMES).define();
    this.memory = stats.gauge("filter_memory_bytes");
    this.info = stats
      .gaugeFamily("filter_info")
      .label("version", VERSIONS)
      .label("verbosity", VERBOSITIES)
      .defineOnly(0, <i32>stats.verbosity);
  }

  countError(fault: Fault): void {
    this.errors.at(<i32>fault).inc();
  }

  /** `bytes` of linear memory more (or fewer) than before. */
  addMemory(bytes: i64): void {
    this.memory.add(bytes);
  }

  setInfo(value: u64): void {
    this.info.set(value);
  }

  /** Whether `first`, or one behind it, shows the same `filter_info`. */
  isInfoAmong(first: StandardMetrics | null): bool {
    let other = first;
    while (other !== null && !this.sharesInfoWith(other)) other = other.next;
    return other !== null;
  }

  private sharesInfoWith(other: StandardMetrics): bool {
    const mine = this.stats;
    const theirs = other.stats;
    return (
      mine.protocol == theirs.protocol && mine.prefix == theirs.prefix && mine.verbosity == theirs.verbosity
    );
  }
}
