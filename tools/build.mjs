// Builds everything that runs: the Wasm modules with asc, the Node side with tsc.
//   node tools/build.mjs                    all but the examples
//   node tools/build.mjs --examples         the examples, too
//   node tools/build.mjs --example NAME     that example and the Node side, nothing else
//   node tools/build.mjs --node             the Node side, nothing else
//   node tools/build.mjs --only build/X.wasm  that module, nothing else
//   … --stale                               only where a source is newer than its result
import { execFile } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { hinted } from "./branch-hints.mjs";
import { shortenNames } from "./names.mjs";
import { packTexts } from "./texts.mjs";
import { trained } from "./training/train.mjs";
import { versionOf, withVersion } from "./version.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const ASC = join(ROOT, "node_modules/assemblyscript/bin/asc.js");
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");

/**
 * Wasm modules: result, entry, the folders that its sources lie in; whose everyday traffic tells which way their branches
 * go.
 */
const MODULES = [
  {
    out: "build/smtp.wasm",
    entry: "filters/smtp/index.ts",
    sources: ["assembly", "filters/shared", "filters/smtp", "tools/training"],
    training: ["smtp"],
  },
  {
    out: "build/ldap.wasm",
    entry: "filters/ldap/index.ts",
    sources: ["assembly", "filters/shared", "filters/ldap", "tools/training"],
    training: ["ldap"],
  },
  {
    out: "build/pop3.wasm",
    entry: "filters/pop3/index.ts",
    sources: ["assembly", "filters/shared", "filters/pop3"],
  },
  {
    out: "build/heirloom.wasm",
    entry: "filters/index.ts",
    sources: ["assembly", "filters", "tools/training"],
    training: ["smtp", "ldap"],
  },
  { out: "build/bench/noop.wasm", entry: "bench/modules/noop.ts", sources: ["assembly", "bench/modules"] },
  {
    out: "build/bench/readfloor.wasm",
    entry: "bench/modules/readfloor.ts",
    sources: ["assembly", "bench/modules"],
  },
  {
    out: "build/bench/hostcalls.wasm",
    entry: "bench/modules/hostcalls.ts",
    sources: ["assembly", "bench/modules"],
  },
  { out: "build/bench/chain.wasm", entry: "bench/modules/chain.ts", sources: ["assembly", "bench/modules"] },
];

/** Each folder with an index.ts is an example. */
const EXAMPLES = readdirSync(join(ROOT, "filters/examples"))
  .filter((name) => existsSync(join(ROOT, "filters/examples", name, "index.ts")))
  .map((name) => ({
    name,
    out: `build/examples/${name}.wasm`,
    entry: `filters/examples/${name}/index.ts`,
    sources: ["assembly", "filters/examples"],
  }));

/** Compilers side by side: with more, a machine of two cores gets slower. */
const PROCESSES = 2;

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

async function run(what, args) {
  try {
    await promisify(execFile)(process.execPath, args, { cwd: ROOT });
  } catch ({ stdout, stderr }) {
    process.stderr.write(stdout + stderr);
    process.stderr.write(`build: ${what} failed\n`);
    process.exit(1);
  }
}

async function compile({ out, entry, training = [] }) {
  mkdirSync(dirname(join(ROOT, out)), { recursive: true });
  console.log(`build: ${out}`);
  await run(entry, [ASC, entry, "--config", "asconfig.json", "--target", "release", "--outFile", out]);
  const compiled = readFileSync(join(ROOT, out));
  // If what follows fails, nothing may be left that looks up to date.
  rmSync(join(ROOT, out));
  const packed = withVersion(packTexts(shortenNames(compiled)), versionOf(ROOT));
  writeFileSync(join(ROOT, out), training.length === 0 ? packed : hinted(packed, trained(packed, training)));
}

/** The modules that the command line asks for. */
function wanted(words) {
  if (words.includes("--node")) return [];
  if (words.includes("--only")) return MODULES.filter(({ out }) => words.includes(out));
  const at = words.indexOf("--example");
  if (at < 0) return words.includes("--examples") ? [...MODULES, ...EXAMPLES] : MODULES;
  const found = EXAMPLES.filter(({ name }) => name === words[at + 1]);
  if (found.length > 0) return found;
  console.error(
    `build: no such example: ${words[at + 1] ?? ""} (${EXAMPLES.map(({ name }) => name).join(", ")})`,
  );
  process.exit(2);
}

/** What ships beside the modules. */
const COPIES = ["ldap", "pop3", "smtp"].map((name) => ({
  out: `build/${name}.schema.json`,
  source: `filters/${name}/config.schema.json`,
}));

const words = process.argv.slice(2);
const onlyStale = words.includes("--stale");
const queue = wanted(words).filter(({ out, sources }) => !onlyStale || isStale(out, sources));
const work = async () => {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) await compile(next);
};
await Promise.all(Array.from({ length: PROCESSES }, work));
mkdirSync(join(ROOT, "build"), { recursive: true });
for (const { out, source } of COPIES) copyFileSync(join(ROOT, source), join(ROOT, out));
const wantsNode = !words.includes("--only");
if (wantsNode && (!onlyStale || isStale(NODE_SIDE.out, NODE_SIDE.sources))) {
  console.log("build: dist/");
  // The page's client is a program of its own: it has a browser around it, and no Node.
  for (const project of ["tsconfig.json", "demo/page/client/tsconfig.json"])
    await run("tsc", [TSC, "-p", project]);
}
