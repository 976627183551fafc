// A filter that overrides nothing: every callback has a default. What happens on a connection shows in Envoy's log
// all the same: at debug level the runtime writes a line for each callback.
export * from "../../../assembly/exports";
import { FilterFactory, Module, NetworkFilter, Plugin, Settings } from "../../../assembly";

export class BaseFactory extends FilterFactory {
  constructor() {
    super("heirloom.examples.base"); // = root_id
  }

  configure(_settings: Settings): Plugin {
    return new BasePlugin();
  }
}

/** One per configuration. */
class BasePlugin extends Plugin {
  newFilter(): NetworkFilter {
    return new BaseFilter();
  }
}

/** One per connection, reused. */
class BaseFilter extends NetworkFilter {}

Module.register(new BaseFactory());
