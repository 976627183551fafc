/** The module that ships, made to fail: it traps when a client's chunk has a certain size. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import binaryen from "binaryen";
import { PROJECT } from "../../host/envoy/project.ts";

/** No command or request of the tests is as long. */
export const DEADLY_BYTES = 251;

const CALLBACK = "proxy_on_downstream_data";

/** build/heirloom.wasm with a trap before its callback. */
export function failingModule(): Uint8Array {
  const module = binaryen.readBinary(readFileSync(join(PROJECT, "build/heirloom.wasm")));
  const { value: original } = binaryen.getExportInfo(module.getExport(CALLBACK));
  const { i32 } = binaryen;
  const argument = (at: number): number => module.local.get(at, i32);
  const isDeadly = module.i32.eq(argument(1), module.i32.const(DEADLY_BYTES));
  const pass = module.call(original, [argument(0), argument(1), argument(2)], i32);
  const body = module.block(null, [module.if(isDeadly, module.unreachable()), pass], i32);
  module.addFunction("fail_at_size", binaryen.createType([i32, i32, i32]), i32, [], body);
  module.removeExport(CALLBACK);
  module.addFunctionExport("fail_at_size", CALLBACK);
  try {
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}
