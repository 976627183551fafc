import { Block } from "../bytes/block";
import { Fault, Faults } from "./faults";
import { Host } from "./host";

/** Places that a table has to begin with; a multiple of 64. */
const FIRST_CAPACITY: i32 = 64;

/**
 * Where one counter or gauge adds up between two flushes. Slots of a family lie side by side and never move, so a
 * `Counter` is nothing but the address of its slot.
 */
@unmanaged
export class Slot {
  /** For the runtime: what is not yet flushed; a gauge's is signed. */
  pending: u64 = 0;
  /** For the runtime: address of the SlotTable that flushes this slot. */
  table: usize = 0;
  /** For the runtime: place in that table. */
  index: i32 = 0;
  /** For the runtime: the proxy's id, 0 while there is none. */
  id: u32 = 0;
  /** For the runtime: whether the table knows that something is pending; always set where nothing is to be flushed. */
  queued: u32 = 0;

  protected queue(): void {
    this.queued = 1;
    changetype<SlotTable>(this.table).mark(this.index);
  }
}

/** Bytes of a slot. */
export const SLOT_SIZE: usize = offsetof<Slot>();

/** Slots in the order of definition, and a bit for each that says whether something is pending. */
export class SlotTable {
  private count: i32 = 0;
  private capacity: i32 = 0;
  private marks: ArrayBuffer = Block.allocate(0);
  private slots: ArrayBuffer = Block.allocate(0);

  /** `last`: the table that is flushed after all others, null in that table itself. */
  constructor(private readonly last: SlotTable | null) {}

  /** Gives `slot` a place here. For configuration time. */
  adopt(slot: Slot): void {
    if (this.count == this.capacity) this.grow();
    store<usize>(this.place(this.count), changetype<usize>(slot));
    slot.table = changetype<usize>(this);
    slot.index = this.count;
    this.count++;
  }

  /** Gives `slot`, which is in this table, a place in the last one instead. For configuration time. */
  defer(slot: Slot): void {
    const last = this.last;
    if (last === null) return;
    store<usize>(this.place(slot.index), 0);
    last.adopt(slot);
    if (slot.queued != 0) last.mark(slot.index);
  }

  mark(index: i32): void {
    const word = this.word(index >> 6);
    store<u64>(word, load<u64>(word) | ((<u64>1) << ((<u64>index) & 63)));
  }

  /** Hands everything pending to the proxy, in the order of definition. No host call when nothing is. */
  flush(): void {
    const words = (this.count + 63) >> 6;
    for (let i = 0; i < words; i++) {
      const word = this.word(i);
      let bits = load<u64>(word);
      if (bits == 0) continue;
      store<u64>(word, 0);
      while (bits != 0) {
        this.flushSlot((i << 6) + <i32>ctz(bits));
        bits &= bits - 1;
      }
    }
  }

  private flushSlot(index: i32): void {
    const address = load<usize>(this.place(index));
    if (address == 0) return;
    const slot = changetype<Slot>(address);
    const amount = slot.pending;
    slot.pending = 0;
    slot.queued = 0;
    if (amount == 0 || slot.id == 0) return; // the proxy refuses to add nothing, or to something it refused
    if (!Host.metrics.increment(slot.id, <i64>amount))
      Faults.report(Fault.hostCall, "the proxy refused a metric");
  }

  private grow(): void {
    const capacity = max(this.capacity * 2, FIRST_CAPACITY);
    const marks = Block.allocate((<usize>capacity) >> 3);
    const slots = Block.allocate(<usize>capacity * sizeof<usize>());
    memory.copy(Block.start(marks), Block.start(this.marks), (<usize>this.capacity) >> 3);
    memory.copy(Block.start(slots), Block.start(this.slots), <usize>this.capacity * sizeof<usize>());
    this.marks = marks;
    this.slots = slots;
    this.capacity = capacity;
  }

  private word(index: i32): usize {
    return Block.start(this.marks) + ((<usize>index) << 3);
  }

  private place(index: i32): usize {
    return Block.start(this.slots) + <usize>index * sizeof<usize>();
  }
}
