// Builds everything that runs: the Wasm modules with asc, the Node side with tsc.
//   node tools/build.mjs            everything
//   node tools/build.mjs --stale    only where a source is newer than its result
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { shortenNames } from "./names.mjs";
import { packTexts } from "./texts.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const ASC = join(ROOT, "node_modules/assemblyscript/bin/asc.js");
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");

/** Wasm modules: result, entry, and the folders that its sources lie in. */
const MODULES = [
  { out: "build/smtp.wasm", entry: "filters/smtp/index.ts", sources: ["assembly", "filters"] },
  { out: "build/ldap.wasm", entry: "filters/ldap/index.ts", sources: ["assembly", "filters"] },
  { out: "build/heirloom.wasm", entry: "filters/index.ts", sources: ["assembly", "filters"] },
  {
    out: "build/trivial.wasm",
    entry: "filters/examples/trivial/index.ts",
    sources: ["assembly", "filters/examples/trivial"],
  },
  { out: "build/bench/noop.wasm", entry: "bench/modules/noop.ts", sources: ["bench/modules"] },
  { out: "build/bench/readfloor.wasm", entry: "bench/modules/readfloor.ts", sources: ["bench/modules"] },
];

const NODE_SIDE = { out: "dist/host/index.js", sources: ["host", "demo", "bench", "tests", "tsconfig.json"] };

function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), 0);
}

function isStale(out, sources) {
  const built = statSync(join(ROOT, out), { throwIfNoEntry: false });
  if (built === undefined) return true;
  return [...sources, "package-lock.json", "asconfig.json"].some(
    (path) => newest(join(ROOT, path)) > built.mtimeMs,
  );
}

function run(what, args) {
  const result = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
  if (result.status === 0) return;
  process.stderr.write(result.stdout + result.stderr);
  process.stderr.write(`build: ${what} failed\n`);
  process.exit(1);
}

/** What ships beside the modules. */
const COPIES = ["ldap", "smtp"].map((name) => ({
  out: `build/${name}.schema.json`,
  source: `filters/${name}/config.schema.json`,
}));

const onlyStale = process.argv.includes("--stale");
for (const { out, entry, sources } of MODULES) {
  if (onlyStale && !isStale(out, sources)) continue;
  mkdirSync(dirname(join(ROOT, out)), { recursive: true });
  console.log(`build: ${out}`);
  run(entry, [ASC, entry, "--config", "asconfig.json", "--target", "release", "--outFile", out]);
  writeFileSync(join(ROOT, out), packTexts(shortenNames(readFileSync(join(ROOT, out)))));
}
for (const { out, source } of COPIES) copyFileSync(join(ROOT, source), join(ROOT, out));
if (!onlyStale || isStale(NODE_SIDE.out, NODE_SIDE.sources)) {
  console.log("build: dist/");
  run("tsc", [TSC, "-p", "tsconfig.json"]);
}
