import { METRIC_GAUGE, METRIC_HISTOGRAM } from "../abi/constants";
import { Fault, Faults } from "./faults";
import { Host } from "./host";
import { Slot, SlotTable } from "./slots";

/** A number that only grows. Added up here and flushed by the runtime (at the latest after a second). */
@unmanaged
export class Counter extends Slot {
  inc(): void {
    this.add(1);
  }

  /** `amount` may be 0. */
  add(amount: u64): void {
    this.pending += amount;
    if (this.queued == 0) this.queue();
  }

  /** Flushes this counter after all others: for what ends something that another one counted as begun. */
  ends(): Counter {
    if (this.table != 0) changetype<SlotTable>(this.table).defer(this);
    return this;
  }
}

/** A number that goes up and down. Use either `add` or `set` on one gauge, not both. */
@unmanaged
export class Gauge extends Slot {
  add(amount: i64): void {
    this.pending += <u64>amount;
    if (this.queued == 0) this.queue();
  }

  /** At once, for all workers: the last one to set it wins. */
  set(value: u64): void {
    if (this.id == 0) return;
    if (!Host.metrics.record(this.id, value)) Faults.report(Fault.hostCall, "the proxy refused a metric");
  }
}

/** A distribution of whole numbers. */
@unmanaged
export class Histogram {
  /** The proxy's id, 0 while there is none. */
  id: u32 = 0;

  /** At once: one host call for each sample. */
  record(value: u64): void {
    if (this.id == 0) return;
    if (!Host.metrics.record(this.id, value)) Faults.report(Fault.hostCall, "the proxy refused a metric");
  }
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
