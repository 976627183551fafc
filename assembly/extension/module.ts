import { FilterFactory } from "./factory";

/** The filters that this Wasm module has. */
export class Module {
  /** For the runtime: what is wrong with the registrations, told when a configuration comes; empty when nothing is. */
  static error: string = "";

  private static first: FilterFactory | null = null;
  private static last: FilterFactory | null = null;

  /**
   * Adds a filter; for the top level of the module's entry. A second one of the same `root_id`, or one without, makes the
   * runtime refuse every configuration.
   */
  static register(factory: FilterFactory): void {
    if (factory.rootId.length == 0) {
      Module.error = "a filter is registered without a root_id";
      return;
    }
    if (Module.named(factory.rootId) !== null) {
      Module.error = 'two filters are registered as root_id "' + factory.rootId + '"';
      return;
    }
    const last = Module.last;
    if (last === null) Module.first = factory;
    else last.next = factory;
    Module.last = factory;
  }

  /** For the runtime: the filter for `rootId`; the only one for an empty `rootId`. */
  static find(rootId: string): FilterFactory | null {
    const first = Module.first;
    if (rootId.length > 0) return Module.named(rootId);
    return first !== null && first.next === null ? first : null;
  }

  /** For the runtime: the root_ids there are: `"heirloom.smtp" or "heirloom.ldap"`. */
  static known(): string {
    let text = "";
    let factory = Module.first;
    while (factory !== null) {
      if (text.length > 0) text += factory.next === null ? " or " : ", ";
      text += '"' + factory.rootId + '"';
      factory = factory.next;
    }
    return text;
  }

  /** For unit specs: forgets everything. */
  static reset(): void {
    Module.error = "";
    Module.first = null;
    Module.last = null;
  }

  private static named(rootId: string): FilterFactory | null {
    let factory = Module.first;
    while (factory !== null && factory.rootId != rootId) factory = factory.next;
    return factory;
  }
}
