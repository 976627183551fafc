/** Default of `limits.memory_bytes`: a quarter of the 1 GiB that Envoy's V8 gives a module. */
export const DEFAULT_MEMORY_BYTES: u64 = 256 << 20;

/**
 * What all pools and buffers of this VM may take together (`limits.memory_bytes`). It is asked before every growth
 * because a refused `memory.grow` is a trap, and a trap takes every connection of the worker with it.
 */
export class Budget {
  /** Bytes taken so far; what pools hold for reuse stays counted. */
  static used: u64 = 0;
  /** Bytes that may be taken; the configuration that came last decides. */
  static limit: u64 = DEFAULT_MEMORY_BYTES;

  /** Takes `bytes` if they fit. After `false` nothing is taken, and the caller goes on without. */
  static take(bytes: u64): bool {
    if (bytes > Budget.limit || Budget.used > Budget.limit - bytes) return false;
    Budget.used += bytes;
    return true;
  }

  /** Gives back what `take` granted. */
  static giveBack(bytes: u64): void {
    Budget.used -= min(bytes, Budget.used);
  }
}
