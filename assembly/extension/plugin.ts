import { NetworkFilter } from "./filter";

/** What one configuration shares among its connections: settings, metrics, pools. Nothing global but pools. */
export abstract class Plugin {
  /** A new filter; the runtime reuses them, so this is called only when more connections are open than ever before. */
  abstract newFilter(): NetworkFilter;

  /** The configuration is being withdrawn, and its connections are gone. */
  onDone(): void {}
}
