import { Host } from "../host/host";
import { NetworkFilter } from "./filter";
import { Service } from "./service";

/**
 * A plugin that writes access logs (Envoy's `envoy.access_loggers.wasm`, in the `access_log` of tcp_proxy or a listener): it
 * is told of each connection once it is over. A `FilterFactory` makes it, as any plugin. It sees no bytes, delays nothing,
 * and can neither close nor leave filter state; it has ticks, HTTP calls, shared data and queues.
 */
export abstract class AccessLogger extends Service {
  /**
   * One connection is over. `StreamInfo` and `XdsInfo` tell of it, its duration included; that is the last that is heard of
   * it, after `onDelete` of the filters it had.
   */
  abstract onLog(): void;

  /** For the runtime: `onLog`. */
  onAccessLog(): void {
    this.onLog();
  }

  /** For the runtime: before connections an access logger does nothing, and says so. */
  newFilter(): NetworkFilter {
    Host.log.warn(
      "an access logger is in a filter chain and does nothing: its place is envoy.access_loggers.wasm",
    );
    return super.newFilter();
  }
}
