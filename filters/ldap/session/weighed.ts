import { Budget } from "../../../assembly/bytes/budget";
import { Pool, Pooled } from "../../../assembly/bytes/pool";

/** A pool of objects that own further memory, which is asked of the VM's budget, too. */
@final
export class WeighedPool<T extends Pooled> {
  private readonly pool: Pool<T> = new Pool<T>();

  /** `parts`: bytes that an object owns besides itself. */
  constructor(private readonly parts: u64) {}

  /** An object as its last user left it, or null when the memory budget is spent. */
  take(): T | null {
    const pool = this.pool;
    if (pool.taken < pool.made) return pool.take();
    if (!Budget.take(this.parts)) return null;
    const fresh = pool.take();
    if (fresh === null) Budget.giveBack(this.parts);
    return fresh;
  }

  /** Takes an object back. It must have come from this pool and must not be given twice. */
  give(item: T): void {
    this.pool.give(item);
  }
}
