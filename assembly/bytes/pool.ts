import { Budget } from "./budget";

/** What the runtime adds to an object in front of its fields (GC and allocator headers, rounding to 16 bytes). */
const OBJECT_OVERHEAD: usize = 32;

/** Base of everything that a `Pool` hands out. */
export abstract class Pooled {
  /** For `Pool`: keeps every object that the pool ever made within the collector's sight. */
  nextMade: Pooled | null = null;
  /** For `Pool`: the next one that is free. */
  nextFree: Pooled | null = null;
}

/**
 * Reused objects of one class. A pool grows when it is empty, within the VM's memory budget, and never shrinks;
 * once warm, taking and giving are a few loads and stores. `T` must have a constructor without parameters.
 */
export class Pool<T extends Pooled> {
  /** How many objects the pool has made. */
  made: i32 = 0;
  /** How many of them are in use. */
  taken: i32 = 0;
  private allMade: Pooled | null = null;
  private free: Pooled | null = null;

  /** An object as its last user left it, or null when the memory budget is spent. */
  take(): T | null {
    const reused = this.free;
    if (reused !== null) {
      this.free = reused.nextFree;
      reused.nextFree = null;
      this.taken++;
      return changetype<T>(reused);
    }
    if (!Budget.take(offsetof<T>() + OBJECT_OVERHEAD)) return null;
    const fresh = instantiate<T>();
    fresh.nextMade = this.allMade;
    this.allMade = fresh;
    this.made++;
    this.taken++;
    return fresh;
  }

  /** Takes an object back. It must have come from this pool and must not be given twice. */
  give(item: T): void {
    item.nextFree = this.free;
    this.free = item;
    this.taken--;
  }
}
