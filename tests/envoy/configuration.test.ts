// A configuration that is wrong: Envoy refuses the listener, with the same words as `heirloom check`.

import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { envoyConfig, listenersFile, type ListenerOptions } from "../../host/envoy/bootstrap.ts";
import { EnvoyStartError, startEnvoy, startErrors } from "../../host/envoy/process.ts";
import { ConfigurationRejected, loadModule, Vm } from "../../host/index.ts";
import { describeWith } from "./support/requirements.ts";
import { smtp, SMTP_MODULE, startRig, type Rig } from "./support/rig.ts";

/** An object is a Struct for Envoy, a text a StringValue. */
type Row = readonly [title: string, configuration: object | string];

const BAD: readonly Row[] = [
  ["an unknown key", { verbostiy: "high" }],
  ["an unknown key that resembles none", { colour: "red" }],
  ["an unknown word", { verbosity: "loud" }],
  ["a number for a word", { verbosity: 3 }],
  ["a prefix with a capital letter", { stat_prefix: "Edge" }],
  ["a prefix that is too long", { stat_prefix: "a".repeat(33) }],
  ["an empty prefix", { stat_prefix: "" }],
  ["text for a threshold", { slow_commands_ms: { rcpt: "fast" } }],
  ["a threshold of 0", { slow_commands_ms: { default: 0 } }],
  ["a threshold that is too large", { slow_commands_ms: { data: 3_600_001 } }],
  ["a threshold that is no whole number", { slow_commands_ms: { data: 1.5 } }],
  ["a threshold of an unknown verb", { slow_commands_ms: { rctp: 5 } }],
  ["a list for an object", { slow_commands_ms: [5] }],
  ["limits out of range", { limits: { memory_bytes: 1e12, metrics: -1, sessions: 0 } }],
  ["null", { verbosity: null }],
  [
    "several at once, in the order of their paths",
    { zeta: 1, verbosity: "loud", limits: { line_bytes: "x" } },
  ],
  ["no JSON", "{"],
  ["a trailing comma", '{"verbosity": "low",}'],
  ["no object", "[]"],
  ["something behind the object", '{"verbosity": "low"} x'],
  ["a wrong word in a text", '{\n  "stat_prefix": "edge",\n  "verbosity": "loud"\n}'],
  ["a key twice", '{"verbosity": "low", "verbosity": "high"}'],
];

const GOOD: readonly Row[] = [
  ["nothing", ""],
  ["an empty object", {}],
  ["everything by default in text", '{ "verbosity": "standard", "stat_prefix": "default" }'],
  ["whole numbers in other writings", '{"slow_commands_ms": {"rcpt": 1000.0, "data": 1e3}}'],
];

describeWith(["envoy"], "configuration", () => {
  const folder = mkdtempSync(join(tmpdir(), "heirloom-configuration-"));
  let rig: Rig;

  beforeAll(async () => {
    writeListeners([]);
    rig = await startRig({ listeners: [], listenersFile: join(folder, "listeners.json") });
  });
  afterAll(async () => {
    await rig.envoy.stop();
    rmSync(folder, { recursive: true });
  });

  test.each(BAD)(
    "%s: the listener is refused in the words of heirloom check",
    async (_title, configuration) => {
      const expected = await checked(configuration);
      expect(expected).not.toEqual([]);
      const { log, rejected } = await update(configuration);
      expect(rejected).toBe(1);
      expect(startErrors(log, "")).toEqual(expected);
      expect(await listeners()).toEqual([]);
    },
  );

  test.each(GOOD)("%s: the listener is accepted", async (_title, configuration) => {
    expect(await checked(configuration)).toEqual([]);
    const { log, rejected } = await update(configuration);
    expect(rejected).toBe(0);
    expect(log).not.toContain("configuration:");
    await vi.waitFor(async () => {
      expect(await listeners()).toEqual(["tried"]);
    });
    await remove();
  });

  test("an Envoy whose bootstrap has such a listener does not start", async () => {
    const bad = { verbosity: "loud" };
    const config = envoyConfig({ listeners: [{ name: "tried", upstream: 1, filters: [smtp(bad)] }] });
    const failure: unknown = await startEnvoy({ config }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(EnvoyStartError);
    expect((failure as EnvoyStartError).reasons).toEqual(await checked(bad));
  });

  /** Offers a listener with the configuration; what was logged, and how often Envoy said no. */
  async function update(configuration: object | string): Promise<{ log: string; rejected: number }> {
    const before = await stats();
    const start = rig.envoy.log.length;
    writeListeners([{ name: "tried", upstream: 1, filters: [smtp(configuration)] }]);
    const after = await vi.waitFor(
      async () => {
        const now = await stats();
        if (now.success + now.rejected === before.success + before.rejected) throw new Error("no update yet");
        return now;
      },
      { timeout: 20_000, interval: 20 },
    );
    return { log: rig.envoy.log.slice(start), rejected: after.rejected - before.rejected };
  }

  async function remove(): Promise<void> {
    writeListeners([]);
    await vi.waitFor(async () => {
      expect(await listeners()).toEqual([]);
    });
  }

  async function stats(): Promise<{ success: number; rejected: number }> {
    const response = await fetch(`${rig.envoy.admin}/stats?filter=listener_manager.lds.update_`);
    const text = await response.text();
    const of = (name: string): number => Number(new RegExp(`update_${name}: (\\d+)`).exec(text)?.[1]);
    return { success: of("success"), rejected: of("rejected") };
  }

  async function listeners(): Promise<string[]> {
    const text = await (await fetch(`${rig.envoy.admin}/listeners`)).text();
    return [...text.matchAll(/^(\w+)::/gm)].map(([, name = ""]) => name);
  }

  function writeListeners(all: readonly ListenerOptions[]): void {
    // Envoy watches for the move, not for the writing.
    writeFileSync(join(folder, "next.json"), listenersFile(all));
    renameSync(join(folder, "next.json"), join(folder, "listeners.json"));
  }
});

/** What the module says in the TypeScript host, which is what `heirloom check` prints. */
async function checked(configuration: object | string): Promise<readonly string[]> {
  const text = typeof configuration === "string" ? configuration : JSON.stringify(configuration);
  try {
    new Vm(await loadModule(SMTP_MODULE)).startPlugin({ rootId: "heirloom.smtp", configuration: text });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationRejected)) throw error;
    return typeof configuration === "string" ? error.errors : error.errors.map(withoutPosition);
  }
}

/** What a Struct becomes on its way is Envoy's: positions in it mean nothing. */
function withoutPosition(line: string): string {
  return line.replace(/ \(byte \d+\)$/, "");
}
