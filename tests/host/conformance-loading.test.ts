// Modules that Envoy refuses, given to Envoy and to the embedded host: the same words.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { generateEnvoyConfig } from "../../host/envoy/generate.ts";
import { EnvoyStartError, startEnvoy } from "../../host/envoy/process.ts";
import { ConfigurationRejected, ModuleRejected, Vm, loadModule } from "../../host/index.ts";
import { envoy } from "../support/behind.ts";
import { watBinary } from "../support/wat.ts";

const MARKER = '(func (export "proxy_abi_version_0_2_1"))';
const MEMORY = '(memory (export "memory") 1)';
const MALLOC = '(func (export "malloc") (param i32) (result i32) (i32.const 1024))';
const WHOLE = `${MARKER} ${MEMORY} ${MALLOC}`;
const DEFINE = '(import "env" "proxy_define_metric" (func $define (param i32 i32 i32 i32) (result i32)))';
const LOG = '(import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))';

const REFUSED: readonly (readonly [what: string, module: string])[] = [
  ["no marker", `${MEMORY} ${MALLOC}`],
  ["no malloc", `${MARKER} ${MEMORY}`],
  ["an unknown import", `(import "env" "abort" (func (param i32 i32 i32 i32))) ${WHOLE}`],
  ["an imported global", `(import "env" "seed" (global f64)) ${WHOLE}`],
  ["an import of a wrong type", `(import "env" "proxy_done" (func (param i32 i64) (result f64))) ${WHOLE}`],
  ["a callback of a wrong type", `(func (export "proxy_on_log") (result i64) (i64.const 1)) ${WHOLE}`],
  [
    "a metric in _initialize",
    `${DEFINE} (func (export "_initialize") (drop (call $define (i32.const 0) (i32.const 1) (i32.const 1) (i32.const 8)))) ${WHOLE}`,
  ],
  ["a trap in _initialize", `(func (export "_initialize") (unreachable)) ${WHOLE}`],
  [
    "no from vm_start",
    `(func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 0)) ${WHOLE}`,
  ],
  [
    "no from configure",
    `(func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 0)) ${WHOLE}`,
  ],
  [
    "a trap in configure",
    `(func (export "proxy_on_configure") (param i32 i32) (result i32) (unreachable)) ${WHOLE}`,
  ],
  [
    "a reasoned no",
    `${LOG} (data (i32.const 16) "because of this") ${WHOLE}
     (func (export "proxy_on_configure") (param i32 i32) (result i32)
       (drop (call $log (i32.const 4) (i32.const 16) (i32.const 15))) (i32.const 0))`,
  ],
];

/** The first line of what the embedded host says. */
async function here(binary: Uint8Array): Promise<string> {
  try {
    new Vm(await loadModule(binary)).startPlugin();
  } catch (error) {
    if (!(error instanceof ModuleRejected || error instanceof ConfigurationRejected)) throw error;
    return error.message.replace(/^Failed to initialize Wasm code: /, "").split("\n")[0] ?? "";
  }
  throw new Error("the embedded host accepts it");
}

/** Everything Envoy logs before it gives up. */
async function there(binary: Uint8Array): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "heirloom-loading-"));
  const module = join(folder, "module.wasm");
  writeFileSync(module, binary);
  const loopback = { host: "127.0.0.1", port: 0 };
  const proxy = { filter: "loading", listen: loopback, upstream: { ...loopback, port: 1 }, module };
  try {
    const running = await startEnvoy({
      config: generateEnvoyConfig({ admin: loopback, proxies: [proxy] }),
      envoy,
    });
    await running.stop();
  } catch (error) {
    if (!(error instanceof EnvoyStartError)) throw error;
    return error.log;
  } finally {
    rmSync(folder, { recursive: true });
  }
  throw new Error("Envoy accepts it");
}

describe.skipIf(envoy === undefined)("Envoy and the embedded host refuse in the same words", () => {
  test.each(REFUSED)("%s", async (_, module) => {
    const binary = watBinary(module, "everything");
    const ours = await here(binary);
    expect(ours).not.toBe("");
    expect(await there(binary)).toContain(ours);
  });
});
