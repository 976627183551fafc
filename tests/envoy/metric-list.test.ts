// The metrics that Envoy shows from the start are those that `heirloom metrics` lists.

import { afterAll, beforeAll, expect, test } from "vitest";
import { loadModule, Vm } from "../../host/index.ts";
import { describeWith } from "./support/requirements.ts";
import { smtp, SMTP_MODULE, startRig, type Rig } from "./support/rig.ts";

const LEVELS = ["low", "standard", "high"];
const CONFIGURATIONS = [
  ...LEVELS.map((verbosity) => ({ stat_prefix: verbosity, verbosity })),
  { stat_prefix: "thresholds", verbosity: "low", slow_commands_ms: { default: 500, data: 1000 } },
];

describeWith(["envoy"], "metric list", () => {
  let rig: Rig;

  beforeAll(async () => {
    const listeners = CONFIGURATIONS.map((configuration) => ({
      name: configuration.stat_prefix,
      upstream: 1,
      filters: [smtp(configuration)],
    }));
    rig = await startRig({ listeners });
  });
  afterAll(async () => {
    await rig.envoy.stop();
  });

  test.each(CONFIGURATIONS)(
    "$stat_prefix: /stats and heirloom metrics list the same",
    async (configuration) => {
      const listed = await defined(configuration);
      expect(listed.length).toBeGreaterThan(20);
      expect(await shown(configuration.stat_prefix)).toEqual(listed);
    },
  );

  test("each level shows all of the one before", async () => {
    const [low = [], standard = [], high = []] = await Promise.all(LEVELS.map(unprefixed));
    expect(standard).toEqual(expect.arrayContaining(low));
    expect(high).toEqual(expect.arrayContaining(standard));
    expect(low.length).toBeLessThan(standard.length);
    expect(standard.length).toBeLessThan(high.length);
  });

  async function unprefixed(prefix: string): Promise<string[]> {
    const names = await shown(prefix);
    return names
      .filter((name) => !name.includes("filter_info"))
      .map((name) => name.split(".").slice(2).join("."));
  }

  async function shown(prefix: string): Promise<string[]> {
    const text = await (
      await fetch(`${rig.envoy.admin}/stats?filter=^wasmcustom\\.smtp\\.${prefix}\\.`)
    ).text();
    return [...text.matchAll(/^wasmcustom\.([\w.]+): /gm)].map(([, name = ""]) => name).sort();
  }
});

/** What the module defines in the TypeScript host, which is what `heirloom metrics` prints. */
async function defined(configuration: object): Promise<string[]> {
  const vm = new Vm(await loadModule(SMTP_MODULE));
  vm.startPlugin({ rootId: "heirloom.smtp", configuration: JSON.stringify(configuration) });
  return vm.defined.map(({ fullName }) => fullName.replace(/^wasmcustom\./, "")).sort();
}
