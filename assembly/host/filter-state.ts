import { Slice } from "../bytes/slice";
import { Faults, Fault } from "./faults";
import { Host } from "./host";

/** What a filter leaves for the access log. */
export class FilterState {
  /**
   * Keeps `value` for the connection of this callback: `%FILTER_STATE(wasm.<key>:PLAIN)%` of an access log, until onLog at
   * the latest. The last value counts; `key` has at most 256 bytes. False, and a fault, when the proxy refused.
   */
  static set(key: string, value: Slice): bool {
    const kept = Host.properties.write(key, value);
    if (!kept) Faults.report(Fault.hostCall, "the proxy refused a filter state");
    return kept;
  }
}
