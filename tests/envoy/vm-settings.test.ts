// What a VM is started with, and who shares one: Envoy and the TypeScript host give a plugin the same settings.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { envoyConfig, type FilterOptions } from "../../host/envoy/bootstrap.ts";
import { EnvoyStartError, startEnvoy } from "../../host/envoy/process.ts";
import { ConfigurationRejected, loadModule, Worker, type HostModule } from "../../host/index.ts";
import { describeWith } from "./support/requirements.ts";
import { does } from "./support/version.ts";

/** A plugin and the VM it asks for. */
interface Case {
  readonly name: string;
  readonly vmId?: string;
  /** An object goes as a Struct, a text as a StringValue. */
  readonly vmConfiguration?: object | string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Variables of Envoy's own process. */
  readonly inherited?: readonly string[];
}

const ROOT_ID = "vm-settings";
const OF_PROCESS = { STRICT: "true" };
const TEXT = '{"team": "mail", "rate": 3}';
const BASE: Case = { name: "", vmConfiguration: TEXT, environment: { REGION: "a" } };

/** With one worker a plugin is configured in a canary, which has a VM of its own, on the main thread and on the worker. */
const VMS_PER_PLUGIN = 3;

/** Worker threads take their plugins when they come to it. */
const PATIENCE = { timeout: 20_000, interval: 20 };

/** As the module logs it. */
const SAID = /(\w+): (team=\S+ rate=\d+ region=\S* depth=\d+ \w+) plugins=(\d+)/g;

describeWith(["envoy"], "settings of a VM", () => {
  const folder = mkdtempSync(join(tmpdir(), "heirloom-vm-settings-"));
  const path = join(folder, "vm-settings.wasm");
  let module: HostModule;

  beforeAll(async () => {
    const asc = "node_modules/assemblyscript/bin/asc.js";
    const options = ["--config", "asconfig.json", "--target", "release", "--outFile", path];
    const { status, stderr } = spawnSync(
      process.execPath,
      [asc, "bench/modules/vm-settings.ts", ...options],
      {
        encoding: "utf8",
      },
    );
    if (status !== 0) throw new Error(stderr);
    module = await loadModule(path);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("are its configuration, and the variables that are declared, of Envoy's process too", async () => {
    const cases: readonly Case[] = [
      { name: "nothing" },
      { name: "struct", vmConfiguration: { team: "mail", rate: 3 } },
      { name: "text", vmConfiguration: '{ "team": "web" }', environment: { REGION: "", DEPTH: "4" } },
      { name: "odd", environment: { REGION: '"=\\é', STRICT: "false" } },
      { name: "inherited", inherited: ["STRICT", "NO_SUCH_VARIABLE"], environment: { REGION: "south" } },
    ];
    const { settings } = await inEnvoy(cases);
    const ofFirst = "team=none rate=1 region=nowhere depth=2 lax";
    expect(settings).toEqual({
      nothing: ofFirst,
      struct: "team=mail rate=3 region=nowhere depth=2 lax",
      text: "team=web rate=1 region= depth=4 lax",
      odd: does("environment") ? 'team=none rate=1 region="=\\é depth=2 lax' : ofFirst,
      inherited: does("environment") ? "team=none rate=1 region=south depth=2 strict" : ofFirst,
    });
    if (does("environment")) expect((await inHost(cases)).settings).toEqual(settings);
  });

  test("are shared with equal vm_config: one VM; any difference makes another", async () => {
    const cases: readonly Case[] = [
      { ...BASE, name: "first" },
      { ...BASE, name: "second" },
      { ...BASE, name: "third" },
      { ...BASE, name: "configured", vmConfiguration: `${TEXT} ` },
      { ...BASE, name: "elsewhere", environment: { REGION: "b" } },
      { ...BASE, name: "named", vmId: "other" },
    ];
    const { plugins } = await inEnvoy(cases);
    const elsewhere = does("environment") ? 1 : 4;
    expect(plugins).toEqual({ first: 1, second: 2, third: 3, configured: 1, elsewhere, named: 1 });
    if (does("environment")) expect((await inHost(cases)).plugins).toEqual(plugins);
  });

  test.each<readonly [title: string, vm: Omit<Case, "name">, lines: readonly string[]]>([
    [
      "a configuration that is wrong in two places",
      { vmConfiguration: '{"rate": "fast", "tema": "mail"}' },
      [
        'vm configuration: rate: expected a whole number between 1 and 9, found "fast" (byte 10)',
        'vm configuration: unknown key "tema"; did you mean "team"? (byte 18)',
      ],
    ],
    [
      "a Struct, of which no byte is told",
      { vmConfiguration: { rate: 10 } },
      ["vm configuration: rate: expected a whole number between 1 and 9, found 10"],
    ],
    ["no JSON", { vmConfiguration: "rate=3" }, ['vm configuration: expected a value, found "r" (byte 1)']],
    [
      "variables of another type, and one that is missing",
      { environment: { DEPTH: "12", STRICT: "maybe", NEEDS_HOST: "" } },
      [
        "environment: DEPTH: expected a whole number between 1 and 9, found 12",
        "environment: HOST: expected a host's name, found nothing",
        "environment: STRICT: expected true or false, found a string of 5 bytes",
      ],
    ],
  ])("%s: refused, one line each, in Envoy and here", async (_, vm, lines) => {
    const expected = lines.map((line) => `${ROOT_ID}: ${line}`);
    const refusedByEnvoy = await inEnvoy([{ name: "wrong", ...vm }]).catch((error: unknown) => error);
    expect(refusedByEnvoy).toBeInstanceOf(EnvoyStartError);
    expect((refusedByEnvoy as EnvoyStartError).reasons).toEqual(expected);
    const refusedHere = await inHost([{ name: "wrong", ...vm }]).catch((error: unknown) => error);
    expect(refusedHere).toBeInstanceOf(ConfigurationRejected);
    const withoutPositions = typeof vm.vmConfiguration === "object";
    const errors = (refusedHere as ConfigurationRejected).errors;
    expect(withoutPositions ? errors.map((line) => line.replace(/ \(byte \d+\)$/, "")) : errors).toEqual(
      expected,
    );
  });

  /** What each plugin said it was given, and how many there were in its VM. */
  async function inEnvoy(cases: readonly Case[]): Promise<Said> {
    const listeners = cases.map((one) => ({ name: one.name, upstream: 1, filters: [filter(one)] }));
    const envoy = await startEnvoy({
      config: envoyConfig({ listeners }),
      logLevel: "info",
      environment: OF_PROCESS,
    });
    try {
      const told = ({ name }: Case): number => saidIn(envoy.log).times[name] ?? 0;
      await vi.waitFor(() => expect(cases.map(told)).toEqual(cases.map(() => VMS_PER_PLUGIN)), PATIENCE);
      return saidIn(envoy.log);
    } finally {
      await envoy.stop();
    }
  }

  async function inHost(cases: readonly Case[]): Promise<Said> {
    const lines: string[] = [];
    const worker = new Worker({ log: (_, text) => lines.push(text) });
    for (const { name, vmId, vmConfiguration = "", environment, inherited = [] } of cases) {
      const own = Object.entries(OF_PROCESS).filter(([key]) => inherited.includes(key));
      worker.startPlugin(
        {
          module,
          vmId,
          vmConfiguration: typeof vmConfiguration === "string" ? vmConfiguration : sorted(vmConfiguration),
          environment: { ...Object.fromEntries(own), ...environment },
        },
        { rootId: ROOT_ID, configuration: JSON.stringify({ name }) },
      );
    }
    worker.shutdown();
    return saidIn(lines.join("\n"));
  }

  function filter({ name, vmId, vmConfiguration, environment, inherited }: Case): FilterOptions {
    const type = typeof vmConfiguration === "string" ? "StringValue" : "Struct";
    const configuration = { "@type": `type.googleapis.com/google.protobuf.${type}`, value: vmConfiguration };
    const vm = {
      ...(vmConfiguration === undefined ? {} : { configuration }),
      environment_variables: { key_values: environment ?? {}, host_env_keys: inherited ?? [] },
    };
    return { module: path, rootId: ROOT_ID, vmId, configuration: { name }, vm };
  }
});

interface Said {
  readonly settings: Readonly<Record<string, string>>;
  /** At most. */
  readonly plugins: Readonly<Record<string, number>>;
  readonly times: Readonly<Record<string, number>>;
}

function saidIn(log: string): Said {
  const settings: Record<string, string> = {};
  const plugins: Record<string, number> = {};
  const times: Record<string, number> = {};
  for (const [, name = "", given = "", count] of log.matchAll(SAID)) {
    settings[name] = given;
    plugins[name] = Math.max(plugins[name] ?? 0, Number(count));
    times[name] = (times[name] ?? 0) + 1;
  }
  return { settings, plugins, times };
}

/** A Struct is a map: the order of its keys means nothing. */
function sorted(value: object): string {
  return JSON.stringify(Object.fromEntries(Object.entries(value).sort()));
}
