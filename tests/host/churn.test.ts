// What belongs to a configuration is freed when that is gone: updates of a listener come and go in one VM for months.
import { expect, test } from "vitest";
import { ManualClock, Vm } from "../../host/index.ts";
import { builtModule } from "../support/modules.ts";

/** Configurations until memory has its size, and then as many as must not change it. */
const WARM = 20;
const MORE = 400;

const HASHED = { record: true, identities: "hash", hash_key: "k" };

test.each<[string, object]>([
  ["smtp", { access_log: HASHED }],
  ["ldap", { access_log: HASHED }],
])("configurations of %s that come and go leave memory as it was", async (name, configuration) => {
  const vm = new Vm(await builtModule(name), { clock: new ManualClock() });
  const come = (count: number): number => {
    for (let i = 0; i < count; i++) {
      const plugin = vm.startPlugin({ configuration: JSON.stringify(configuration) });
      plugin.newConnection().close("remote");
      plugin.shutdown();
    }
    return vm.memoryBytes;
  };
  const warm = come(WARM);
  expect(come(MORE)).toBe(warm);
});
