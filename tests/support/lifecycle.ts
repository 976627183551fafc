// The tables of docs/sdk.md, "Lifecycle", and what the module that logs every call (bench/modules/lifecycle.ts) said.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { codeWords, readMarkdown, tablesOf } from "../../tools/docs/markdown.mjs";
import { ROOT } from "./modules.ts";

/** One call into the module: the proxy's callback, and the author's methods that ran in it. */
export interface Call {
  /** When its VM was initialised: tells VMs apart. */
  readonly vm: string;
  readonly context: string;
  readonly callback: string;
  readonly methods: string[];
}

/** Compiles the module to a file in `folder`; returns its path. */
export function compileLifecycle(folder: string): string {
  const path = join(folder, "lifecycle.wasm");
  const asc = join(ROOT, "node_modules/assemblyscript/bin/asc.js");
  const entry = ["bench/modules/lifecycle.ts", "--config", "asconfig.json", "--target", "gate"];
  const abort = ["--use", "abort=assembly/runtime/abort/abort"];
  const { status, stderr } = spawnSync(process.execPath, [asc, ...entry, ...abort, "--outFile", path], {
    cwd: ROOT,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return path;
}

/** The calls that are told in a log, in its order. */
export function callsIn(log: string): Call[] {
  const calls: Call[] = [];
  for (const [, vm = "", context = "", what = ""] of log.matchAll(/~~(\d+) (\S+) (\S+)/g)) {
    if (context === "-") calls.findLast((call) => call.vm === vm)?.methods.push(what);
    else calls.push({ vm, context, callback: what, methods: [] });
  }
  return calls;
}

/** The calls of each VM, in the order in which VMs were first heard of. */
export function byVm(calls: readonly Call[]): Map<string, Call[]> {
  const vms = new Map<string, Call[]>();
  for (const call of calls) vms.set(call.vm, [...(vms.get(call.vm) ?? []), call]);
  return vms;
}

/** A call as the tables write it. */
export function asRow({ callback, methods }: Call): string {
  return [callback, ...methods].join(" ");
}

/** The rows of a table that hold for a VM: `base`, `canary`, `main` or `worker`. */
export function documented(topic: string, vm: string): string[] {
  const [rows] = tablesOf(readMarkdown(join(ROOT, "docs/sdk.md")), `lifecycle ${topic}`);
  if (rows === undefined) throw new Error(`docs/sdk.md has no table of the lifecycle: ${topic}`);
  return rows
    .filter((row) => row["VM"]?.split(", ").includes(vm))
    .map((row) => [...codeWords(row["Callback"] ?? ""), ...codeWords(row["Yours"] ?? "")].join(" "));
}
