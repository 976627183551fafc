import { STATUS_BAD_ARGUMENT } from "../abi/constants";
import { Faults } from "../host/faults";
import { Host } from "../host/host";
import { Stream } from "../host/stream";
import { Timer } from "../host/timer";

/** Remembers what filters did to their connections. */
export class FakeStream extends Stream {
  /** How often held bytes were let go. */
  resumed: i32 = 0;
  /** How often a connection was closed. */
  closed: i32 = 0;
  /** From now on nothing goes on or is closed. */
  isRefusing: bool = false;
  /** Connections to be let go or closed, by context, until the proxy does so. */
  private toResume: u32[] = [];
  private toClose: u32[] = [];

  enter(_context: u32): bool {
    return true;
  }

  resume(): bool {
    if (this.isRefusing) return Faults.refused("continue_stream", STATUS_BAD_ARGUMENT);
    this.resumed++;
    this.toResume.push(Host.context);
    return true;
  }

  close(): bool {
    if (this.isRefusing) return Faults.refused("close_stream", STATUS_BAD_ARGUMENT);
    this.closed++;
    this.toClose.push(Host.context);
    return true;
  }

  /** For the proxy: whether `context` was let go since it asked last. */
  resumes(context: u32): bool {
    return takeFrom(this.toResume, context);
  }

  /** For the proxy: whether `context` was closed since it asked last. */
  closes(context: u32): bool {
    return takeFrom(this.toClose, context);
  }
}

function takeFrom(list: u32[], context: u32): bool {
  const at = list.indexOf(context);
  if (at < 0) return false;
  list.splice(at, 1);
  return true;
}

/** Remembers the period. */
export class FakeTimer extends Timer {
  /** Milliseconds; 0 before a period was asked for. */
  period: i32 = 0;
  /** From now on everything is refused. */
  isRefusing: bool = false;

  every(milliseconds: i32): bool {
    this.period = milliseconds;
    return !this.isRefusing || Faults.refused("set_tick_period_milliseconds", STATUS_BAD_ARGUMENT);
  }
}
