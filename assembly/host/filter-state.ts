import { Slice } from "../bytes/slice";
import { Faults, Fault } from "./faults";
import { Host } from "./host";

/** What a filter leaves for the access log. */
export class FilterState {
  /** Shown by `%FILTER_STATE(wasm.<key>:PLAIN)%`; the last value of a connection counts. */
  static set(key: string, value: Slice): bool {
    const kept = Host.properties.write(key, value);
    if (!kept) Faults.report(Fault.hostCall, "the proxy refused a filter state");
    return kept;
  }
}
