import { NetworkFilter } from "./filter";
import { Plugin } from "./plugin";

/**
 * A plugin without connections: what Envoy runs as a service of its own (`envoy.bootstrap.wasm`), on one thread or on
 * all. It has ticks, HTTP calls, shared data and queues.
 */
export abstract class Service extends Plugin {
  /** For the runtime: a filter that does nothing, should it be put before connections all the same. */
  newFilter(): NetworkFilter {
    return new Bystander();
  }
}

class Bystander extends NetworkFilter {}
