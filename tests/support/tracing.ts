import { Vm, type VmOptions } from "../../host/index.ts";
import { watModule } from "./wat.ts";

/** Every callback logs its name and parameters by way of a data segment each. */
const CALLBACKS: [name: string, parameters: number, result: string][] = [
  ["on_context_create", 2, ""],
  ["on_vm_start", 2, "(i32.const 1)"],
  ["on_configure", 2, "(i32.const 1)"],
  ["on_new_connection", 1, "(i32.const 0)"],
  ["on_downstream_data", 3, "(i32.const 0)"],
  ["on_upstream_data", 3, "(i32.const 0)"],
  ["on_downstream_connection_close", 2, ""],
  ["on_upstream_connection_close", 2, ""],
  ["on_done", 1, "(i32.const 1)"],
  ["on_log", 1, ""],
  ["on_delete", 1, ""],
];

const PARAMETERS = ["$a", "$b", "$c"];

/** A module that logs each callback as `name` + parameters as characters; some bodies can be given. */
function tracing(bodies: Record<string, string> = {}, results: Record<string, string> = {}) {
  const functions = CALLBACKS.map(([name, count, result], index) => {
    const parameters = PARAMETERS.slice(0, count);
    const at = 1024 + index * 64;
    const padded = name.padEnd(40, " ");
    const stores = parameters.map(
      (parameter, i) => `(i32.store8 (i32.const ${at + 40 + i}) (local.get ${parameter}))`,
    );
    return `(data (i32.const ${at}) "${padded}")
      (func (export "proxy_${name}") ${parameters.map((p) => `(param ${p} i32)`).join(" ")} ${result === "" ? "" : "(result i32)"}
        ${stores.join(" ")}
        (drop (call $log (i32.const 2) (i32.const ${at}) (i32.const ${40 + count})))
        ${bodies[name] ?? ""} ${results[name] ?? result})`;
  });
  return watModule(functions.join("\n"));
}

/** Starts such a module; `since` hands over what was called since it was last asked. */
export async function traced(
  bodies: Record<string, string> = {},
  results: Record<string, string> = {},
  options: VmOptions = {},
) {
  const calls: string[] = [];
  const log = (level: string, text: string): void => {
    const parameters = Array.from(text.slice(40), (character) => character.charCodeAt(0));
    if (level === "info") calls.push(`${text.slice(0, 40).trim()}(${parameters.join(",")})`);
  };
  const vm = new Vm(await tracing(bodies, results), { ...options, log });
  const plugin = vm.startPlugin();
  return { calls, vm, plugin, since: () => calls.splice(0) };
}
