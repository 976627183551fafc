import { Settings } from "../../config/settings";
import { FilterFactory } from "../factory";
import { NetworkFilter } from "../filter";
import { Module } from "../module";
import { Plugin } from "../plugin";

class NoFilter extends NetworkFilter {}

class NoPlugin extends Plugin {
  newFilter(): NetworkFilter {
    return new NoFilter();
  }
}

class NoFactory extends FilterFactory {
  configure(_settings: Settings): Plugin {
    return new NoPlugin();
  }
}

/** The root_id found, "-" for none. */
function found(rootId: string): string {
  const factory = Module.find(rootId);
  return factory === null ? "-" : factory.rootId;
}

describe("Module", () => {
  beforeEach(() => {
    Module.reset();
  });

  it("finds a filter by its root_id", () => {
    Module.register(new NoFactory("heirloom.smtp"));
    Module.register(new NoFactory("heirloom.ldap"));
    expect(found("heirloom.ldap")).toBe("heirloom.ldap");
    expect(found("heirloom.smtp")).toBe("heirloom.smtp");
    expect(found("heirloom")).toBe("-");
  });

  it("finds the only filter without a root_id", () => {
    expect(found("")).toBe("-");
    Module.register(new NoFactory("heirloom.smtp"));
    expect(found("")).toBe("heirloom.smtp");
    Module.register(new NoFactory("heirloom.ldap"));
    expect(found("")).toBe("-");
  });

  it("lists what there is", () => {
    expect(Module.known()).toBe("");
    Module.register(new NoFactory("a"));
    expect(Module.known()).toBe('"a"');
    Module.register(new NoFactory("b"));
    Module.register(new NoFactory("c"));
    expect(Module.known()).toBe('"a", "b" or "c"');
  });

  it("remembers a mistake instead of failing", () => {
    Module.register(new NoFactory("a"));
    Module.register(new NoFactory("a"));
    expect(Module.error).toBe('two filters are registered as root_id "a"');
    Module.reset();
    Module.register(new NoFactory(""));
    expect(Module.error).toBe("a filter is registered without a root_id");
    expect(found("")).toBe("-");
  });
});
