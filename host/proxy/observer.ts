import type { Properties } from "../vm/properties.ts";

/** Hears what a relayed connection carries, when the filter does. */
export interface RelayObserver {
  /** The upstream is there. */
  connected(properties: Properties): void;
  data(from: "client" | "server", bytes: Uint8Array): void;
  /** FIN. */
  ended(from: "client" | "server"): void;
  /** It is over; both ends of stream may have come before. */
  closed(close: RelayClose): void;
}

/** How a relayed connection ended. */
export interface RelayClose {
  /** As Envoy calls it: `local` where the client was closed. */
  readonly peer: "local" | "remote";
  readonly cause: "ends" | "client reset" | "upstream reset" | "upstream failed" | "filter" | "stopped";
  /** What the filter was told with it. */
  readonly properties: Properties;
  /** What the system said of a failure. */
  readonly reason?: string;
}
