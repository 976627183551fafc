import { Settings } from "../config/settings";
import { Plugin } from "./plugin";

/** Makes the plugins of one `root_id`. */
export abstract class FilterFactory {
  /** For the runtime: next one in the module. */
  next: FilterFactory | null = null;

  /** `rootId`: the `root_id` by which the proxy's configuration picks this filter. */
  constructor(readonly rootId: string) {}

  /**
   * Reads a configuration, and declares the metrics. Always returns a plugin; when `settings.errors` holds any
   * error afterwards the runtime drops it, and the proxy refuses the configuration.
   */
  abstract configure(settings: Settings): Plugin;
}
