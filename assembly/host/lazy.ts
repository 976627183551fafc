import { METRIC_COUNTER } from "../abi/constants";
import { Block } from "../bytes/block";
import { Labels } from "./labels";
import { Counter, Nothing } from "./metric";
import { FAMILY, Registry } from "./registry";
import { Slot, SLOT_SIZE } from "./slots";

/** Most members that one lazy family can have: a cell holds the number of a slot in two bytes. */
const MAX_CAP: i32 = 65_000;

/**
 * Counters that differ in one or two labels, each defined when it is first used. All memory is taken at
 * configuration: a cell of two bytes for each combination, a slot for each member under the cap.
 */
@final
export class LazyCounterFamily {
  private rows: i32 = 0;
  private columns: i32 = 0;
  private readonly cap: i32;
  /** For each combination the number of its slot + 1, or 0 before first use. */
  private readonly cells: ArrayBuffer;
  private readonly slots: ArrayBuffer;
  private used: i32 = 0;

  constructor(
    private readonly registry: Registry,
    private readonly labels: Labels,
    isShown: bool,
    cap: i32,
    isEnd: bool,
  ) {
    const wanted = labels.check(registry) && isShown;
    const slotCount = min(max(cap, 0), MAX_CAP) + 1;
    const slots = Block.allocate(wanted ? <usize>slotCount * SLOT_SIZE : 0);
    this.cap = slotCount - 1;
    this.cells = Block.allocate(wanted ? (<usize>labels.size) << 1 : 0);
    this.slots = slots;
    if (registry.register(METRIC_COUNTER + FAMILY, labels.metric, slots) && wanted) {
      this.rows = labels.rows;
      this.columns = labels.columns;
      for (let i = 0; i < slotCount; i++) registry.place(METRIC_COUNTER, this.slot(i), isEnd);
    }
  }

  /** The counter by the place of the value of the only label; outside the values it does nothing. */
  at(index: i32): Counter {
    return this.at2(index, 0);
  }

  /** The counter by the places of the values of both labels, in the order in which the labels were given. */
  @inline
  at2(first: i32, second: i32): Counter {
    if (<u32>first >= <u32>this.rows || <u32>second >= <u32>this.columns) return Nothing.counter;
    const cell = Block.start(this.cells) + ((<usize>(first * this.columns + second)) << 1);
    if (load<u16>(cell) == 0) store<u16>(cell, <u16>(this.resolve(first, second) + 1));
    return changetype<Counter>(this.slot(<i32>load<u16>(cell) - 1));
  }

  /** The number of the slot for a combination that is used for the first time. */
  private resolve(first: i32, second: i32): i32 {
    if (this.used < this.cap && this.registry.takeLazy()) {
      this.labels.writeName(this.registry, first, second);
      this.slot(this.used).id = this.registry.define(METRIC_COUNTER);
      return this.used++;
    }
    this.registry.onLimit.inc();
    const overflow = this.slot(this.cap);
    if (overflow.id == 0) {
      this.labels.writeOverflowName(this.registry);
      overflow.id = this.registry.define(METRIC_COUNTER);
    }
    return this.cap;
  }

  private slot(index: i32): Slot {
    return changetype<Slot>(Block.start(this.slots) + <usize>index * SLOT_SIZE);
  }
}
