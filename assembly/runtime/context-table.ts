import { MEMORY_CEILING } from "./limits";

/** Places that the table has to begin with; a power of two. */
const FIRST_CAPACITY: u32 = 256;

/** Bytes of a place: the id (0: free) and an address. */
const PLACE: usize = 8;

/** 2^32 divided by the golden ratio: times this, numbers in a row lie apart from each other as evenly as they can. */
const GOLDEN: u32 = 0x9e3779b1;

/**
 * Context id → address, by open addressing in raw memory: no garbage however many connections come and go. Ids are
 * handed out one after the other; they are spread, as places in a row would be searched to their end whenever one of
 * them becomes free, or an id of the next round falls among them. Whoever uses it must keep what the addresses point to
 * within the collector's sight.
 */
export class ContextTable {
  private capacity: u32 = 0;
  private count: u32 = 0;
  private places: usize = 0;

  /** The address for `id`, 0 when there is none. */
  get(id: u32): usize {
    if (id == 0 || this.capacity == 0) return 0;
    const place = this.find(id);
    return load<u32>(place) == id ? <usize>load<u32>(place + 4) : 0;
  }

  /** Sets or replaces the address for `id`. False, and nothing changed, for id 0 or when memory is gone. */
  set(id: u32, address: usize): bool {
    if (id == 0) return false;
    if ((this.count + 1) * 2 > this.capacity && !this.grow()) return false;
    const place = this.find(id);
    if (load<u32>(place) == 0) this.count++;
    store<u32>(place, id);
    store<u32>(place + 4, <u32>address);
    return true;
  }

  /** No effect when there is none. */
  remove(id: u32): void {
    if (this.get(id) == 0) return;
    this.count--;
    const mask = this.capacity - 1;
    let gap = this.indexOf(this.find(id));
    let index = gap;
    // Moves up whatever could no longer be found across the gap.
    for (;;) {
      store<u32>(this.place(gap), 0);
      let home: u32;
      do {
        index = (index + 1) & mask;
        const id = load<u32>(this.place(index));
        if (id == 0) return;
        home = this.home(id);
      } while (((index - home) & mask) < ((index - gap) & mask));
      store<u64>(this.place(gap), load<u64>(this.place(index)));
      gap = index;
    }
  }

  /** The place of `id`, or the free one where it would go. */
  private find(id: u32): usize {
    const mask = this.capacity - 1;
    let index = this.home(id);
    let place = this.place(index);
    while (load<u32>(place) != 0 && load<u32>(place) != id) {
      index = (index + 1) & mask;
      place = this.place(index);
    }
    return place;
  }

  private grow(): bool {
    const old = this.places;
    const oldCapacity = this.capacity;
    const capacity = oldCapacity == 0 ? FIRST_CAPACITY : oldCapacity * 2;
    const size = <usize>capacity * PLACE;
    if (<u64>memory.size() * 65536 + <u64>size > MEMORY_CEILING) return false;
    this.places = heap.alloc(size);
    memory.fill(this.places, 0, size);
    this.capacity = capacity;
    for (let i: u32 = 0; i < oldCapacity; i++) {
      const place = old + <usize>i * PLACE;
      const id = load<u32>(place);
      if (id != 0) store<u64>(this.find(id), load<u64>(place));
    }
    if (old != 0) heap.free(old);
    return true;
  }

  /** The index that `id` goes to if it is free: the product's upper bits. */
  private home(id: u32): u32 {
    return (id * GOLDEN) >> (<u32>(clz(this.capacity) + 1));
  }

  private indexOf(place: usize): u32 {
    return <u32>((place - this.places) / PLACE);
  }

  private place(index: u32): usize {
    return this.places + <usize>index * PLACE;
  }
}
