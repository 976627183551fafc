// The gate: nothing but AssemblyScript's own runtime may call abort, which is where bounds checks, null checks,
// failed casts and `throw` end. Takes modules built with `--target gate` (-O0 --debug, no `--use abort`), since
// optimising would hide who calls.
//   node tools/gate.mjs [MODULE.wasm…]     without any: builds and checks every module in the tree
/* global WebAssembly */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import binaryen from "binaryen";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Where calls of abort are allowed: the allocator and collector, which have no other way out. */
const ALLOWED = "~lib/rt/";

/** Compilers side by side. */
const PROCESSES = 2;

/** Functions outside ~lib/rt/ that call the imported env.abort: name → names of the functions that call them. */
export function abortCallers(bytes) {
  const module = binaryen.readBinary(bytes);
  const text = module.emitText();
  module.dispose();
  const abort = /\(import "env" "abort" \(func (\$\S+)/.exec(text)?.[1];
  if (abort === undefined) return new Map();
  const callers = callersByCallee(text);
  const offenders = [...(callers.get(abort) ?? [])].filter((name) => !name.startsWith(`$${ALLOWED}`));
  return new Map(offenders.map((name) => [bare(name), [...(callers.get(name) ?? [])].map(bare)]));
}

/** callee → the functions that call it, from the text form of a module; a table of functions counts as a caller. */
function callersByCallee(text) {
  const callers = new Map();
  const note = (callee, caller) => callers.set(callee, (callers.get(callee) ?? new Set()).add(caller));
  let current = "";
  for (const line of text.split("\n")) {
    current = /^ \(func (\$\S+)/.exec(line)?.[1] ?? current;
    const callee = /\((?:return_)?call (\$[^\s)]+)/.exec(line)?.[1];
    if (callee !== undefined) note(callee, current);
    if (/^ \(elem/.test(line))
      for (const [name] of line.matchAll(/\$[^\s)]+/g)) note(name, "(a table of functions)");
  }
  return callers;
}

function bare(name) {
  return name.replace(/^\$/, "");
}

async function main(words) {
  const folder = words.length > 0 ? undefined : mkdtempSync(join(tmpdir(), "heirloom-gate-"));
  try {
    const modules = folder === undefined ? words : await compileAll(entries(), folder);
    const counts = { passed: 0, failed: 0 };
    for (const path of modules) counts[(await check(path)) ? "passed" : "failed"]++;
    console.log(`${counts.passed} passed, ${counts.failed} failed`);
    return counts.failed === 0 ? 0 : 1;
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether the module at `path` is clean; says what it found. */
async function check(path) {
  const bytes = new Uint8Array(await readFile(path));
  if (WebAssembly.Module.customSections(await WebAssembly.compile(bytes), "name").length === 0) {
    throw new Error(`${path}: no names of functions in it; build it with --target gate`);
  }
  const callers = abortCallers(bytes);
  for (const [name, from] of callers) {
    console.error(`${basename(path)}: ${name} can abort (called by ${from.join(", ") || "nobody"})`);
  }
  if (callers.size === 0) console.log(`${basename(path)}: nothing outside ${ALLOWED} can abort`);
  return callers.size === 0;
}

/** Entries of every module in the tree. */
function entries() {
  const folders = ["filters", "filters/examples"].flatMap((parent) =>
    readdirSync(join(root, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `${parent}/${entry.name}`),
  );
  return ["filters", ...folders]
    .map((path) => `${path}/index.ts`)
    .filter((path) => existsSync(join(root, path)));
}

/** Paths of the modules, in the order of the entries. */
async function compileAll(entries, folder) {
  const modules = [];
  const queue = [...entries.keys()];
  const work = async () => {
    for (let i = queue.shift(); i !== undefined; i = queue.shift())
      modules[i] = await compile(entries[i], folder);
  };
  await Promise.all(Array.from({ length: PROCESSES }, work));
  return modules;
}

async function compile(entry, folder) {
  const module = join(folder, `${entry.replace(/\/?index\.ts$/, "").replaceAll("/", ".")}.wasm`);
  const asc = join(root, "node_modules/assemblyscript/bin/asc.js");
  const args = [asc, entry, "--config", "asconfig.json", "--target", "gate", "--outFile", module];
  await promisify(execFile)(process.execPath, args, { cwd: root });
  return module;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.exitCode = await main(process.argv.slice(2)).catch((error) => {
    console.error(error.stderr ?? error.message);
    return 2;
  });
}
