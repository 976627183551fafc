import { CLOCK_MONOTONIC, STATUS_OK } from "../abi/constants";
import { proxy_get_current_time_nanoseconds } from "../abi/env";
import { clock_time_get } from "../abi/wasi_snapshot_preview1";

/** For metrics in microseconds (`_us`). */
export const NANOSECONDS_PER_MICROSECOND: u64 = 1_000;
/** For thresholds in milliseconds (`_ms`). */
export const NANOSECONDS_PER_MILLISECOND: u64 = 1_000_000;

/** Time in nanoseconds; each of the two clocks is read at most once per callback. */
export abstract class Clock {
  private monotonic: u64 = 0;
  private calendar: u64 = 0;

  /** Nanoseconds of a clock that never goes back, from an arbitrary origin; the same during one callback. */
  @inline
  now(): u64 {
    if (this.monotonic == 0) this.monotonic = this.readMonotonic();
    return this.monotonic;
  }

  /** Nanoseconds since 1970-01-01 UTC; the same during one callback. May jump. */
  wall(): u64 {
    if (this.calendar == 0) this.calendar = this.readWall();
    return this.calendar;
  }

  /** For the runtime, at the start of every callback. */
  forget(): void {
    this.monotonic = 0;
    this.calendar = 0;
  }

  protected abstract readMonotonic(): u64;
  protected abstract readWall(): u64;
}

const returned: usize = memory.data(8);

@final
export class EnvoyClock extends Clock {
  private last: u64 = 0;

  protected readMonotonic(): u64 {
    if (clock_time_get(CLOCK_MONOTONIC, 1, returned) == 0) this.last = load<u64>(returned);
    return this.last;
  }

  protected readWall(): u64 {
    return proxy_get_current_time_nanoseconds(returned) == STATUS_OK ? load<u64>(returned) : 0;
  }
}
