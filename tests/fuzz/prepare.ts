import binaryen from "binaryen";

/** By this, and a number, {@link withGlobals} exports what may be the one that is looked for. */
export const GLOBAL_EXPORT = "global_";

/** By this name {@link countingWork} has its counter in the imports. */
export const WORK_IMPORT = "log_execution";

/**
 * The same code with its 64-bit variables exported: among them is what pools and buffers have taken so far. With it a
 * leak shows in the very case that has it, long before the memory grows.
 */
export function withGlobals(wasm: Uint8Array): Uint8Array {
  const module = binaryen.readBinary(wasm);
  try {
    for (let i = 0; i < module.getNumGlobals(); i++) {
      const { name, type, mutable } = binaryen.getGlobalInfo(module.getGlobalByIndex(i));
      if (type === binaryen.i64 && mutable) module.addGlobalExport(name, `${GLOBAL_EXPORT}${i}`);
    }
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

const { Features } = binaryen;
/** What AssemblyScript compiles to. */
const USED_FEATURES =
  Features.BulkMemory |
  Features.BulkMemoryOpt |
  Features.SIMD128 |
  Features.MutableGlobals |
  Features.SignExt |
  Features.NontrappingFPToInt |
  Features.Multivalue |
  Features.ReferenceTypes;

/**
 * The same code with a count of its work: a call of {@link WORK_IMPORT} at every entry of a function and at every turn
 * of a loop, with copies and fills of memory as loops of single bytes. What lies between two calls has no loop in it, so
 * work is linear if this count is.
 */
export function countingWork(wasm: Uint8Array): Uint8Array {
  return counting(wasm, (module) => {
    // Left to itself the pass finds no copies where the binary does not say which features it has.
    module.setFeatures(USED_FEATURES);
    module.runPasses(["llvm-memory-copy-fill-lowering"]);
    if (/\(memory\.(copy|fill)\b/.test(module.emitText())) throw new Error("not every copy is counted");
  });
}

/** As {@link countingWork}, but a copy is one thing: fast, and what does not end is found out all the same. */
export function countingTurns(wasm: Uint8Array): Uint8Array {
  return counting(wasm, () => undefined);
}

function counting(wasm: Uint8Array, prepare: (module: binaryen.Module) => void): Uint8Array {
  const module = binaryen.readBinary(wasm);
  try {
    prepare(module);
    module.runPasses(["log-execution"]);
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}
