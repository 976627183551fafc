import { Buffer, BufferPool } from "../../../assembly/bytes/buffer";

/** Kinds that a protocol may have. */
const MAX_KINDS: i32 = 64;

/** Occurrences of one kind that one connection may count, so that no connection drowns the others. */
export const MAX_PER_KIND: u16 = 1_000;

/** How often a connection has shown each kind of anomaly, to hold it to its cap. Holds memory only once there was one. */
@final
export class AnomalyLedger {
  private counts: Buffer | null = null;

  /** Forgets all counts, and gives back what is held. */
  clear(): void {
    const counts = this.counts;
    if (counts === null) return;
    POOL.give(counts);
    this.counts = null;
  }

  /** Whether one more occurrence counts, of at most `cap`; if so it is entered. Without memory to enter it, it counts. */
  admit(kind: i32, cap: u16): bool {
    const counts = this.open();
    if (counts === null) return true;
    const place = counts.pointer + ((<usize>kind) << 1);
    const count = load<u16>(place);
    if (count >= cap) return false;
    store<u16>(place, count + 1);
    return true;
  }

  private open(): Buffer | null {
    let counts = this.counts;
    if (counts !== null) return counts;
    counts = POOL.take();
    if (counts !== null) memory.fill(counts.pointer, 0, <usize>counts.capacity);
    this.counts = counts;
    return counts;
  }
}

/** Counts of 16 bits, one for each kind; all connections of a VM share them. */
const POOL = new BufferPool(MAX_KINDS << 1);
