import { ManualClock, type Clock } from "./clock.ts";

/** Whole nanoseconds, so that sums and differences are exact. */
const NS_PER_MS = 1e6;

interface Timer {
  readonly due: number;
  readonly action: () => void;
}

/**
 * What a VM does later. By a {@link ManualClock} nothing happens before its time is told to be there, by any other
 * clock it happens by itself. What is due at once happens when {@link settle} is called next, whatever the clock.
 */
export class Timers {
  private readonly clock: Clock;
  /** After something happened by itself. */
  private readonly onFired: () => void;
  private readonly waiting = new Set<Timer>();

  constructor(clock: Clock, onFired: () => void) {
    this.clock = clock;
    this.onFired = onFired;
  }

  /** Nanoseconds of the clock. */
  get now(): number {
    return Number(this.clock.monotonic());
  }

  /** What {@link now} will be in a while. */
  in(milliseconds: number): number {
    return this.now + Math.round(milliseconds * NS_PER_MS);
  }

  get isWaiting(): boolean {
    return this.waiting.size > 0;
  }

  /** When the next thing is due, by {@link now}; Infinity if there is none. */
  get next(): number {
    return Math.min(...[...this.waiting].map(({ due }) => due));
  }

  /** Has something done after a while; returns how to have it not done. */
  after(milliseconds: number, action: () => void): () => void {
    if (milliseconds > 0 && !(this.clock instanceof ManualClock)) {
      const handle = setTimeout(() => {
        action();
        this.onFired();
      }, milliseconds);
      return () => clearTimeout(handle);
    }
    const timer = { due: this.in(milliseconds), action };
    this.waiting.add(timer);
    return () => this.waiting.delete(timer);
  }

  /** Does what is due now, in the order in which it fell due. */
  settle(): void {
    while (this.waiting.size > 0) {
      const { now } = this;
      const [first] = [...this.waiting].filter(({ due }) => due <= now).sort((a, b) => a.due - b.due);
      if (first === undefined) return;
      this.waiting.delete(first);
      first.action();
    }
  }
}
