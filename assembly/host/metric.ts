import { METRIC_GAUGE, METRIC_HISTOGRAM } from "../abi/constants";
import { Fault, Faults } from "./faults";
import { Host } from "./host";
import { Known } from "./known";
import { Samples } from "./samples";
import { Slot, SlotTable } from "./slots";

/**
 * A number that only grows. Added up in the VM and handed to the proxy by the runtime: after a second at the latest, and
 * whenever a connection closes.
 */
@unmanaged
export class Counter extends Slot {
  /** Adds 1. */
  inc(): void {
    this.add(1);
  }

  /** Adds `amount`, which may be 0. */
  add(amount: u64): void {
    this.pending += amount;
    if (this.queued == 0) this.queue();
  }

  /** As `Gauge.value`. */
  value(): Known<u64> | null {
    return valueOf(this);
  }

  /** Flushes this counter after all others: for what ends something that another one counted as begun. */
  ends(): Counter {
    if (this.table != 0) changetype<SlotTable>(this.table).defer(this);
    return this;
  }
}

/**
 * A number that goes up and down. Use either `add` or `set` on one gauge, not both: what is set is set for all workers, what
 * is added adds up over them.
 */
@unmanaged
export class Gauge extends Slot {
  /** Adds `amount`, which may be negative or 0. Flushed like a counter. */
  add(amount: i64): void {
    this.pending += <u64>amount;
    if (this.queued == 0) this.queue();
  }

  /**
   * What it is now: what all workers have handed to the proxy, and what this one has not handed over yet. A host call.
   * Null above the verbosity, and when the proxy refused.
   */
  value(): Known<u64> | null {
    return valueOf(this);
  }

  /** Sets it at once, for all workers: the last one to set it wins. */
  set(value: u64): void {
    if (this.id == 0) return;
    if (!Host.metrics.record(this.id, value)) Faults.report(Fault.hostCall, "the proxy refused a metric");
  }
}

/**
 * A distribution of whole numbers; the unit is yours to name (`_us`, `_bytes`). Envoy keeps samples to about two digits.
 * Handed to the proxy when counters are, just before them, and whenever 256 samples wait.
 */
@unmanaged
export class Histogram {
  /** For the runtime: the proxy's id, 0 while there is none. */
  id: u32 = 0;

  /** Adds a sample: one host call each, which comes later. */
  @inline
  record(value: u64): void {
    if (this.id != 0) Samples.add(this.id, value);
  }
}

function valueOf(slot: Slot): Known<u64> | null {
  if (slot.id == 0) return null;
  const value = Host.metrics.read(slot.id);
  if (value !== null) value.value += slot.pending;
  return value;
}

/** What stands for a metric above the verbosity, or one that does not exist: takes everything, costs nothing. */
export class Nothing {
  static readonly counter: Counter = changetype<Counter>(silentSlot(memory.data(offsetof<Slot>())));
  static readonly gauge: Gauge = changetype<Gauge>(silentSlot(memory.data(offsetof<Slot>())));
  static readonly histogram: Histogram = changetype<Histogram>(memory.data(offsetof<Histogram>()));

  /** Address of that of a type (METRIC_…). */
  static of(type: i32): usize {
    if (type == METRIC_HISTOGRAM) return changetype<usize>(Nothing.histogram);
    return type == METRIC_GAUGE ? changetype<usize>(Nothing.gauge) : changetype<usize>(Nothing.counter);
  }
}

function silentSlot(address: usize): usize {
  changetype<Slot>(address).queued = 1;
  return address;
}
