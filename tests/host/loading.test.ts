import { describe, expect, test } from "vitest";
import { ModuleRejected, Vm, loadModule } from "../../host/index.ts";
import { watBinary, watModule } from "../support/wat.ts";

const MARKER = '(func (export "proxy_abi_version_0_2_1"))';
const MEMORY = '(memory (export "memory") 1)';
const MALLOC = '(func (export "malloc") (param i32) (result i32) (i32.const 1024))';

async function rejection(text: string): Promise<string> {
  return messageOf(loadModule(watBinary(text, "everything")));
}

async function messageOf(loading: Promise<unknown>): Promise<string> {
  const error: unknown = await loading.then(
    () => "accepted",
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ModuleRejected);
  return (error as ModuleRejected).message;
}

describe("a module is refused in Envoy's words", () => {
  test("when it is no module", async () => {
    expect(await messageOf(loadModule(Buffer.from("no module")))).toBe(
      "Failed to parse corrupted Wasm module",
    );
  });

  test("when its code is broken", async () => {
    const binary = watBinary(`${MARKER} ${MEMORY} ${MALLOC}`, "everything");
    // The last byte is the end of a function body.
    const broken = Uint8Array.from(binary);
    broken[broken.lastIndexOf(0x0b)] = 0xff;
    expect(await messageOf(loadModule(broken))).toBe("Failed to load Wasm bytecode");
  });

  test("without an ABI marker", async () => {
    const expected = "Missing or unknown Proxy-Wasm ABI version";
    expect(await rejection(`${MEMORY} ${MALLOC}`)).toBe(expected);
    expect(await rejection(`${MEMORY} ${MALLOC} (func (export "proxy_abi_version_0_3_0"))`)).toBe(expected);
    // Only a function counts.
    expect(await rejection(`${MALLOC} (memory (export "proxy_abi_version_0_2_1") 1)`)).toBe(expected);
  });

  test("without malloc", async () => {
    expect(await rejection(`${MARKER} ${MEMORY}`)).toBe("Wasm module is missing malloc function.");
  });

  test("with an import that the host does not have", async () => {
    const abort = '(import "env" "abort" (func (param i32 i32 i32 i32)))';
    expect(await rejection(`${abort} ${MARKER} ${MEMORY} ${MALLOC}`)).toBe(
      "Failed to load Wasm module due to a missing import: env.abort",
    );
    const global = '(import "env" "seed" (global f64))';
    expect(await rejection(`${global} ${MARKER} ${MEMORY} ${MALLOC}`)).toBe(
      "Failed to load Wasm module due to a missing import: env.seed",
    );
  });

  test("with an import of another ABI version", async () => {
    const level = '(import "env" "proxy_get_log_level" (func (param i32) (result i32)))';
    expect(await rejection(`${level} (func (export "proxy_abi_version_0_2_0")) ${MEMORY} ${MALLOC}`)).toBe(
      "Failed to load Wasm module due to a missing import: env.proxy_get_log_level",
    );
    await loadModule(watBinary(`${level} ${MARKER} ${MEMORY} ${MALLOC}`, "everything"));
  });

  test("with an import of a wrong type", async () => {
    const increment = '(import "env" "proxy_increment_metric" (func (param i32 i32) (result i32)))';
    expect(await rejection(`${increment} ${MARKER} ${MEMORY} ${MALLOC}`)).toBe(
      "Failed to load Wasm module due to an import type mismatch: env.proxy_increment_metric, " +
        "want: i32 i32 -> i32, but host exports: i32 i64 -> i32",
    );
  });

  test("with a callback of a wrong type", async () => {
    const configure = '(func (export "proxy_on_configure") (param i32))';
    expect(await rejection(`${configure} ${MARKER} ${MEMORY} ${MALLOC}`)).toBe(
      "Bad function signature for: proxy_on_configure, want: i32 i32 -> i32, but the module exports: i32 -> void",
    );
  });
});

describe("a module is accepted", () => {
  test("with proxy_on_memory_allocate in place of malloc", async () => {
    const allocate = '(func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 1024))';
    await loadModule(watBinary(`${MARKER} ${MEMORY} ${allocate}`, "everything"));
  });

  test("with a memory that the host makes", async () => {
    const binary = watBinary(`(import "env" "memory" (memory 3 5)) ${MARKER} ${MALLOC}`, "everything");
    expect(new Vm(await loadModule(binary)).memoryBytes).toBe(3 * 65536);
  });
});

describe("_initialize", () => {
  test("may log and read the clock", async () => {
    const module = await watModule(`
      (func (export "_initialize")
        (call $note (call $clock (i32.const 1) (i64.const 0) (i32.const 8)))
        (call $flush))`);
    const lines: string[] = [];
    new Vm(module, { log: (_, text) => lines.push(text) });
    expect(lines).toEqual(["\0"]);
  });

  test("may not define metrics", async () => {
    const module = await watModule(`
      (func (export "_initialize")
        (drop (call $define (i32.const 0) (i32.const 16) (i32.const 1) (i32.const 8))))`);
    expect(() => new Vm(module)).toThrow(/Function: _initialize failed: Uncaught Error: restricted_callback/);
  });

  test("runs once, and main after it", async () => {
    const module = await watModule(`
      (func (export "_initialize") (call $note (i32.const 1)))
      (func (export "main") (param i32 i32) (result i32) (call $note (i32.const 2)) (call $flush) (i32.const 0))
      (func (export "_start") (call $note (i32.const 3)))`);
    const lines: string[] = [];
    new Vm(module, { log: (_, text) => lines.push(text) });
    expect(lines).toEqual(["\x01\x02"]);
  });

  test("a host call in the start section is refused: no context is there yet", async () => {
    const module = await watModule("(func $early (call $flush)) (start $early)");
    expect(() => new Vm(module)).toThrow(ModuleRejected);
  });
});
