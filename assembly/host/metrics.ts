import {
  proxy_define_metric,
  proxy_get_metric,
  proxy_increment_metric,
  proxy_record_metric,
} from "../abi/env";
import { Slice } from "../bytes/slice";
import { accepted } from "./faults";
import { known, Known } from "./known";

/** The proxy's own metrics, by id. Authors use `Stats`. */
export abstract class Metrics {
  /** The id of a new metric of `type` (METRIC_…), or 0 when the proxy refused. */
  abstract define(type: i32, name: Slice): u32;

  /** Adds `offset` to a counter (above 0) or gauge (not 0). False when the proxy refused. */
  abstract increment(id: u32, offset: i64): bool;

  /** Sets a gauge or records a sample. False when the proxy refused. */
  abstract record(id: u32, value: u64): bool;

  /** What a counter or gauge is now; null when the proxy refused. */
  abstract read(id: u32): Known<u64> | null;
}

const returned: usize = memory.data(4);
const value: usize = memory.data(8);

@final
export class EnvoyMetrics extends Metrics {
  define(type: i32, name: Slice): u32 {
    const status = proxy_define_metric(type, name.start, <usize>name.length, returned);
    return accepted("define_metric", status) ? load<u32>(returned) : 0;
  }

  increment(id: u32, offset: i64): bool {
    return accepted("increment_metric", proxy_increment_metric(id, offset));
  }

  record(id: u32, value: u64): bool {
    return accepted("record_metric", proxy_record_metric(id, <i64>value));
  }

  read(id: u32): Known<u64> | null {
    return accepted("get_metric", proxy_get_metric(id, value)) ? known(load<u64>(value)) : null;
  }
}
