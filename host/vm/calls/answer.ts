import { Status } from "../../abi/constants.ts";
import type { Instance } from "../instance.ts";

/** The module gave a number that the ABI does not know. */
export function misuse(vm: Instance, detail: string): Status {
  vm.flag("bad_argument", detail);
  return Status.badArgument;
}

/** The module pointed outside of its memory. */
export function outOfMemory(vm: Instance, detail: string): Status {
  vm.flag("bad_memory", detail);
  return Status.invalidMemoryAccess;
}

/** The status of a call whose result was, or could not be, written. */
export function written(vm: Instance, success: boolean): Status {
  return success ? Status.ok : outOfMemory(vm, "a result could not be written");
}
