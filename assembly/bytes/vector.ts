/** How many places a vector has to begin with. */
const FIRST_CAPACITY: i32 = 8;

class Link<T> {
  constructor(
    readonly value: T,
    readonly next: Link<T> | null,
  ) {}
}

/**
 * A sequence of objects that only grows. Reading outside gives null, never a trap; the chain of links keeps the
 * objects within the collector's sight, the table beside it makes them reachable by index.
 * For configuration time: growing allocates.
 */
export class Vector<T> {
  /** How many objects. */
  length: i32 = 0;
  private capacity: i32 = 0;
  private table: usize = 0;
  private chain: Link<T> | null = null;

  /** Adds `item` behind all others. */
  push(item: T): void {
    if (this.length == this.capacity) this.grow();
    store<usize>(this.place(this.length), changetype<usize>(item));
    this.chain = new Link<T>(item, this.chain);
    this.length++;
  }

  /** The object at `index`, or null outside. */
  get(index: i32): T | null {
    if (<u32>index >= <u32>this.length) return null;
    return changetype<T>(load<usize>(this.place(index)));
  }

  /** Frees the table; the vector is empty and usable afterwards. */
  dispose(): void {
    if (this.table != 0) heap.free(this.table);
    this.table = 0;
    this.capacity = 0;
    this.length = 0;
    this.chain = null;
  }

  private grow(): void {
    const capacity = max(this.capacity * 2, FIRST_CAPACITY);
    const table = heap.alloc(<usize>capacity * sizeof<usize>());
    if (this.table != 0) {
      memory.copy(table, this.table, <usize>this.length * sizeof<usize>());
      heap.free(this.table);
    }
    this.table = table;
    this.capacity = capacity;
  }

  private place(index: i32): usize {
    return this.table + <usize>index * sizeof<usize>();
  }
}
