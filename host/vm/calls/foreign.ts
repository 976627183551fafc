import { constants, deflateSync, inflateSync } from "node:zlib";
import { Status } from "../../abi/constants.ts";
import { numberField, readFields, textField } from "../../abi/protobuf.ts";
import { cannot } from "../../abi/cannot.ts";
import type { Instance } from "../instance.ts";
import { isFilterStateKey, isFilterStateValue } from "../filter-state.ts";
import { outOfMemory, written } from "./answer.ts";

type Result = Status | Uint8Array;

/** Envoy has these too; they are of no use to a filter of this project. */
const NOT_EMULATED = new Set(["sign", "verify_signature", "expr_create", "expr_evaluate", "expr_delete"]);

/** `proxy_call_foreign_function`: functions that Envoy alone has, by name. */
export function foreign(vm: Instance) {
  const functions: Record<string, (parameters: Uint8Array) => Result> = {
    set_envoy_filter_state: (parameters) => setFilterState(vm, parameters),
    declare_property: (parameters) => declareProperty(vm, parameters),
    compress: (parameters) => deflateSync(parameters),
    uncompress,
    clear_route_cache: () => Status.ok,
  };
  return {
    proxy_call_foreign_function: (
      name: number,
      nameSize: number,
      pointer: number,
      size: number,
      resultTo: number,
      resultSizeTo: number,
    ): number => {
      const text = vm.memory.text(name, nameSize);
      const parameters = vm.memory.slice(pointer, size);
      if (text === undefined || parameters === undefined)
        return outOfMemory(vm, "proxy_call_foreign_function");
      const call = Object.hasOwn(functions, text) ? functions[text] : undefined;
      if (call === undefined) {
        const reason = cannot(text);
        if (NOT_EMULATED.has(text)) vm.flag("not_emulated", text);
        else vm.flag("unknown_function", reason === undefined ? text : `${text}: ${reason}`);
        return Status.notFound;
      }
      const result = call(Uint8Array.from(parameters));
      if (typeof result === "number") return result;
      return written(vm, vm.copyOut(result, resultTo, resultSizeTo));
    },
  };
}

/** `SetEnvoyFilterStateArguments`: 1 path, 2 value, 3 life span. */
function setFilterState(vm: Instance, parameters: Uint8Array): Status {
  const fields = readFields(parameters);
  const key = fields && textField(fields, 1);
  const value = fields && textField(fields, 2);
  if (key === undefined || value === undefined) return Status.badArgument;
  if (!isFilterStateKey(key)) {
    vm.flag("unknown_function", `filter state ${key}: no such key in Envoy`);
    return Status.notFound;
  }
  if (!isFilterStateValue(key, value)) return Status.badArgument;
  const { context } = vm;
  // A root has no connection whose filter state it could be.
  if (context.control === undefined) return Status.notFound;
  context.properties.filterState.set(key, Buffer.from(value));
  return Status.ok;
}

/** `DeclarePropertyArguments`: 1 name, 2 readonly, 3 type, 4 schema, 5 life span. */
function declareProperty(vm: Instance, parameters: Uint8Array): Status {
  const fields = readFields(parameters);
  const name = fields && textField(fields, 1);
  if (fields === undefined || name === undefined) return Status.badArgument;
  // Unlike everything else it looks at the running callback's context, whatever the effective one is.
  const context = vm.current ?? vm.context;
  context.declared ??= new Map();
  if (context.declared.has(name)) return Status.badArgument;
  context.declared.set(name, { readOnly: numberField(fields, 2) !== 0 });
  if (context.parent !== undefined) {
    vm.flag("declared_too_late", `property ${name}: only what a plugin declares has an effect`);
  }
  return Status.ok;
}

function uncompress(bytes: Uint8Array): Result {
  try {
    return inflateSync(bytes, { finishFlush: constants.Z_FINISH });
  } catch {
    return Status.serializationFailure;
  }
}
