import { METRIC_COUNTER, METRIC_HISTOGRAM, STATUS_BAD_ARGUMENT } from "../abi/constants";
import { Slice } from "../bytes/slice";
import { Faults } from "../host/faults";
import { known, Known } from "../host/known";
import { Metrics } from "../host/metrics";

/** Metrics that refuse what Envoy refuses, and can be looked at. An id is the place of its name + 1. */
export class FakeMetrics extends Metrics {
  /** Every name in the order of definition; a name that is defined twice is here twice. */
  names: string[] = [];
  /** Type of each: METRIC_…. */
  types: i32[] = [];
  /** Sum, or for histograms the sum of the samples. */
  values: i64[] = [];
  /** Samples of histograms, changes of the others: how many. */
  counts: i32[] = [];
  /** `name +1`, `name =1`, in the order of the calls. */
  journal: string[] = [];
  /** From now on everything is refused. */
  isRefusing: bool = false;

  /** Sum of a counter or gauge, sum of the samples of a histogram; -1 when it is not defined. */
  value(name: string): i64 {
    let found: bool = false;
    let sum: i64 = 0;
    for (let i = 0; i < this.names.length; i++) {
      if (this.names[i] != name) continue;
      found = true;
      sum += this.values[i];
    }
    return found ? sum : -1;
  }

  /** How many samples or changes; -1 when it is not defined. */
  count(name: string): i32 {
    const at = this.names.indexOf(name);
    return at < 0 ? -1 : this.counts[at];
  }

  /** Whether a metric of that name is defined. */
  isDefined(name: string): bool {
    return this.names.includes(name);
  }

  define(type: i32, name: Slice): u32 {
    if (this.isRefusing) {
      Faults.refused("define_metric", STATUS_BAD_ARGUMENT);
      return 0;
    }
    this.names.push(String.UTF8.decodeUnsafe(name.start, name.length));
    this.types.push(type);
    this.values.push(0);
    this.counts.push(0);
    return this.names.length;
  }

  increment(id: u32, offset: i64): bool {
    const at = <i32>id - 1;
    if (!this.mayIncrement(at, offset)) return Faults.refused("increment_metric", STATUS_BAD_ARGUMENT);
    this.values[at] += offset;
    this.counts[at]++;
    this.journal.push(this.names[at] + " +" + offset.toString());
    return true;
  }

  record(id: u32, value: u64): bool {
    const at = <i32>id - 1;
    if (!this.isTaken(at)) return Faults.refused("record_metric", STATUS_BAD_ARGUMENT);
    if (this.types[at] == METRIC_HISTOGRAM) this.values[at] += <i64>value;
    else this.values[at] = <i64>value;
    this.counts[at]++;
    this.journal.push(this.names[at] + " =" + value.toString());
    return true;
  }

  read(id: u32): Known<u64> | null {
    const at = <i32>id - 1;
    if (this.isTaken(at) && this.types[at] != METRIC_HISTOGRAM) return known(<u64>this.values[at]);
    Faults.refused("get_metric", STATUS_BAD_ARGUMENT);
    return null;
  }

  private mayIncrement(at: i32, offset: i64): bool {
    if (!this.isTaken(at) || this.types[at] == METRIC_HISTOGRAM || offset == 0) return false;
    return this.types[at] != METRIC_COUNTER || offset > 0;
  }

  /** Whether the metric at this place is changed at all. */
  private isTaken(at: i32): bool {
    return !this.isRefusing && at >= 0 && at < this.names.length;
  }
}
