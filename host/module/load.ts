import { readFile } from "node:fs/promises";
import { ABI_MARKERS, MODULE_FUNCTIONS, hostFunctions, type AbiMarker } from "../abi/signatures.ts";
import { cannot } from "../abi/cannot.ts";
import { readShape, type ModuleShape } from "./binary.ts";

/** A module that Envoy would load; shared by any number of VMs. */
export interface HostModule {
  readonly code: WebAssembly.Module;
  readonly abi: AbiMarker;
  readonly shape: ModuleShape;
  /** Size of the binary in bytes. */
  readonly size: number;
}

/** Envoy would not load this module; the message is Envoy's. */
export class ModuleRejected extends Error {
  override readonly name = "ModuleRejected";
}

/**
 * Compiles a module and holds it to what Envoy checks when it loads one: the ABI marker, the imports and their types,
 * the types of the exported callbacks, `malloc`. Throws {@link ModuleRejected} with Envoy's words.
 */
export async function loadModule(source: string | Uint8Array): Promise<HostModule> {
  const binary = typeof source === "string" ? await readFile(source) : source;
  const shape = shapeOf(binary);
  const abi = abiOf(shape);
  const code = await compile(binary);
  checkImports(shape, abi);
  checkExports(shape);
  return { code, abi, shape, size: binary.length };
}

function shapeOf(binary: Uint8Array): ModuleShape {
  try {
    return readShape(binary);
  } catch {
    throw new ModuleRejected("Failed to parse corrupted Wasm module");
  }
}

function abiOf(shape: ModuleShape): AbiMarker {
  for (const { kind, name } of shape.exports) {
    const marker = ABI_MARKERS.find((known) => known === name);
    if (kind === "function" && marker !== undefined) return marker;
  }
  throw new ModuleRejected("Missing or unknown Proxy-Wasm ABI version");
}

async function compile(binary: Uint8Array): Promise<WebAssembly.Module> {
  try {
    // The copy gives the compiler a buffer of its own, whatever kind of memory the bytes came in.
    return await WebAssembly.compile(new Uint8Array(binary));
  } catch {
    throw new ModuleRejected("Failed to load Wasm bytecode");
  }
}

function checkImports(shape: ModuleShape, abi: AbiMarker): void {
  const offered = hostFunctions(abi);
  for (const { module, name, kind, type } of shape.imports) {
    if (kind === "memory" || kind === "table") continue;
    const full = `${module}.${name}`;
    const host = kind === "function" ? offered.get(full) : undefined;
    if (host === undefined) {
      const reason = cannot(name);
      const missing = `Failed to load Wasm module due to a missing import: ${full}`;
      throw new ModuleRejected(reason === undefined ? missing : `${missing}: ${reason}`);
    }
    if (host !== type) {
      throw new ModuleRejected(
        `Failed to load Wasm module due to an import type mismatch: ${full}, want: ${type}, but host exports: ${host}`,
      );
    }
  }
}

function checkExports(shape: ModuleShape): void {
  const functions = new Map<string, string>();
  for (const { kind, name, type } of shape.exports) if (kind === "function") functions.set(name, type);
  for (const [name, want] of Object.entries(MODULE_FUNCTIONS)) {
    if (name === "_start" && functions.has("_initialize")) continue;
    if (name === "main" && !functions.has("_initialize")) continue;
    const found = functions.get(name);
    if (found !== undefined && found !== want) {
      throw new ModuleRejected(
        `Bad function signature for: ${name}, want: ${want}, but the module exports: ${found}`,
      );
    }
  }
  if (!functions.has("malloc") && !functions.has("proxy_on_memory_allocate")) {
    throw new ModuleRejected("Wasm module is missing malloc function.");
  }
}
