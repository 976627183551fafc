// npm run fuzz [-- --help]: builds what is missing or old, then plays changed transcripts against a filter.
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);

const MAIN = "dist/tests/fuzz/main.js";

/** What the fuzzer itself is made of; the modules are taken as they were built. */
const SOURCES = ["tests/fuzz", "tests/support", "host"];

function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  if (!stat.isDirectory()) return path.endsWith(".ts") ? stat.mtimeMs : 0;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), 0);
}

function run(script, args) {
  const { status } = spawnSync(process.execPath, [script, ...args], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

const built = statSync(MAIN, { throwIfNoEntry: false })?.mtimeMs ?? 0;
if (statSync("build", { throwIfNoEntry: false }) === undefined) run("tools/build.mjs", []);
else if (SOURCES.some((path) => newest(path) > built))
  run("node_modules/typescript/bin/tsc", ["-p", "tsconfig.json"]);
run(MAIN, process.argv.slice(2));
