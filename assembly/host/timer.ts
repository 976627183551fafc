import { proxy_set_tick_period_milliseconds } from "../abi/env";
import { accepted } from "./faults";

/** The timer of a root context. */
export abstract class Timer {
  /** Asks for a tick every `milliseconds`, for the root context of this callback. False when the proxy refused. */
  abstract every(milliseconds: i32): bool;
}

@final
export class EnvoyTimer extends Timer {
  every(milliseconds: i32): bool {
    return accepted("set_tick_period_milliseconds", proxy_set_tick_period_milliseconds(milliseconds));
  }
}
