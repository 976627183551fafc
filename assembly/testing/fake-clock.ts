import { Clock } from "../host/clock";

/** Nanoseconds of a millisecond. */
const MILLISECOND: u64 = 1_000_000;

/** A clock that a spec moves. */
export class FakeClock extends Clock {
  /** Nanoseconds of the monotonic clock. */
  monotonicTime: u64 = 1_000_000_000;
  /** Nanoseconds since 1970. */
  wallTime: u64 = 1_700_000_000_000_000_000;
  /** How often the monotonic clock was read. */
  reads: i32 = 0;

  /** Lets `milliseconds` pass on both clocks. */
  advance(milliseconds: u64): void {
    this.monotonicTime += milliseconds * MILLISECOND;
    this.wallTime += milliseconds * MILLISECOND;
    this.forget();
  }

  protected readMonotonic(): u64 {
    this.reads++;
    return this.monotonicTime;
  }

  protected readWall(): u64 {
    return this.wallTime;
  }
}
