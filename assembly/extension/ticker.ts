/** What a plugin asked to be called for, again and again (`Plugin.every`). */
@final
export class Ticker {
  /** For the runtime: next one of the plugin. */
  next: Ticker | null = null;
  /** When it is due, in nanoseconds of the monotonic clock; 0: from the next tick on. */
  private due: u64 = 0;

  constructor(
    /** Milliseconds between two calls. */
    readonly period: i32,
  ) {}

  /** For the runtime: whether it is due at `now`, which begins the next period. Periods that were missed are left out. */
  isDue(now: u64): bool {
    const period = <u64>this.period * 1_000_000;
    if (this.due == 0) this.due = now + period;
    if (now < this.due) return false;
    this.due += period * ((now - this.due) / max(period, 1) + 1);
    return true;
  }
}
