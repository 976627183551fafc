import { Stream } from "../host/stream";
import { Timer } from "../host/timer";

/** Counts what a filter did to its connection. */
export class FakeStream extends Stream {
  resumed: i32 = 0;
  closed: i32 = 0;

  resume(): bool {
    this.resumed++;
    return true;
  }

  close(): bool {
    this.closed++;
    return true;
  }
}

/** Remembers the period. */
export class FakeTimer extends Timer {
  period: i32 = 0;
  isRefusing: bool = false;

  every(milliseconds: i32): bool {
    this.period = milliseconds;
    return !this.isRefusing;
  }
}
