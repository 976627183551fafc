// Unit specs of assembly/ and filters/ in the folder it is started in, by as-pect: here, or in a project of a filter's.
//   node tools/unit.mjs [--coverage] [PATH…]     PATH: part of a spec's path, e.g. `config` or `smtp/wire`
// --coverage (or COV=1) measures functions, blocks and branches, prints a table, and fails below the threshold.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { coverageReport } from "./unit-coverage.mjs";

/** A file beside this one, as a module to be loaded first. */
const beside = (name) => new URL(name, import.meta.url).href;

/** Compiling is what takes the time: so many compilers side by side. */
const PROCESSES = 2;

process.exitCode = await main(process.argv.slice(2));

async function main(words) {
  const isMeasured = words.includes("--coverage") || Boolean(process.env.COV);
  const parts = words.filter((word) => word !== "--coverage");
  const strange = parts.find((word) => word.startsWith("-"));
  if (strange !== undefined) return usage(`no such option: ${strange}`);
  const specs = findSpecs().filter((path) => parts.length === 0 || parts.some((part) => path.includes(part)));
  if (specs.length === 0) return usage(`no spec whose path contains ${parts.join(" or ")}`);

  const folder = mkdtempSync(join(tmpdir(), "heirloom-unit-"));
  try {
    const shards = split(specs, PROCESSES);
    const runs = await Promise.all(
      shards.map((shard, i) => run(shard, isMeasured, join(folder, `${i}.json`))),
    );
    let passed = sum(runs, "passed");
    let failed = sum(runs, "failed");
    if (isMeasured && failed === 0) {
      const report = coverageReport(
        shards.map((_, i) => JSON.parse(readFileSync(join(folder, `${i}.json`), "utf8"))),
      );
      console.log(report.text);
      if (parts.length === 0) {
        passed += report.passed;
        failed += report.failed;
      }
    }
    console.log(`${passed} passed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function usage(problem) {
  console.error(`${problem}\nusage: node tools/unit.mjs [--coverage] [PATH…]`);
  return 2;
}

function findSpecs() {
  return ["assembly", "filters"]
    .filter((top) => existsSync(top))
    .flatMap((top) =>
      readdirSync(top, { recursive: true }).map((path) => `${top}/${path.replaceAll("\\", "/")}`),
    )
    .filter((path) => /\/__tests__\/[^/]+\.spec\.ts$/.test(path))
    .sort();
}

/** The items dealt out in turn, so that neighbours (alike in cost) go to different processes. */
function split(items, count) {
  const shards = Array.from({ length: Math.min(count, items.length) }, () => []);
  items.forEach((item, i) => shards[i % shards.length].push(item));
  return shards;
}

/** Runs as-pect over the specs; shows what it says; counts tests. A run that dies counts as one failure more. */
async function run(specs, isMeasured, coverageFile) {
  const args = ["--enable-source-maps", "--import", beside("nodekind-register.mjs")];
  if (isMeasured) args.push("--import", beside("unit-coverage.mjs"));
  args.push("node_modules/@as-pect/cli/lib/test.js", "--summary", ...specs);
  const env = { ...process.env, COV: isMeasured ? "1" : "", UNIT_COVERAGE_FILE: coverageFile };
  const { code, output } = await spawned(args, env);
  const plain = stripVTControlCharacters(output);
  console.log(interesting(plain));
  const count = /\[Tests\]: (\d+) \/ (\d+)/.exec(plain);
  if (count === null) return { passed: 0, failed: 1 };
  const passed = Number(count[1]);
  const failed = Number(count[2]) - passed;
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed };
}

/** A process that dies by a signal has the code null, which must not pass for 0. */
function spawned(args, env) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (text) => (output += text));
    child.stderr.on("data", (text) => (output += text));
    child.on("close", (code) => resolve({ code, output }));
  });
}

/** Without the banner and the summary. */
function interesting(output) {
  const from = output.indexOf("ASC Version");
  const text = from < 0 ? output : output.slice(output.indexOf("\n", from) + 1);
  return text
    .split("\n")
    .filter((line) => !/^\[Log\]|Coverage Report|\[Snapshots\]|\[Groups\]|\[Summary\]/.test(line.trim()))
    .join("\n")
    .replace(/\n{2,}/g, "\n")
    .trim();
}

function sum(runs, key) {
  return runs.reduce((total, each) => total + each[key], 0);
}
