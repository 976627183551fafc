// The real-Envoy tests on several Envoys: npm run test:envoys [-- OPTION …] [TESTS …]

import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { availableReleases } from "../../host/envoy/download.ts";
import { locateRelease } from "../../host/envoy/find.ts";
import { CACHE, PROJECT } from "../../host/envoy/project.ts";
import {
  ENVOY_VERSION,
  minorOf,
  newerThan,
  TESTED_VERSIONS,
  WITHOUT_WASM,
} from "../../host/envoy/versions.ts";
import { CORE, pathOf } from "./areas.ts";
import {
  add,
  inWords,
  keepReport,
  NONE,
  readReport,
  resultsOf,
  total,
  type Report,
  type Results,
} from "./results.ts";
import { withRows } from "./table.ts";

const USAGE = `usage: npm run test:envoys [-- OPTION …] [TESTS …]
  --versions LIST  releases or minor versions, divided by commas (default: ${TESTED_VERSIONS.join(",")})
  --others         all but ${ENVOY_VERSION}, which npm test runs anyway
  --core           the core set only, which npm test runs on the others
  --write          the rows of these versions in docs/compatibility.md: of each file as it ended last
  --newer          only says which newer releases there are
  TESTS            files or folders (default: tests/envoy)`;

const REPORTS = join(CACHE, "envoys");
const PAGE = join(PROJECT, "docs/compatibility.md");

/** An Envoy that cannot be had: in CI nothing is left out. */
const MISSING = process.env["CI"] ? { ...NONE, failed: 1 } : { ...NONE, skipped: 1 };

/** Versions at a time where it is the core set: most of that is waiting. */
const CORE_AT_A_TIME = 2;

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  try {
    return await run(options(words));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 2;
  }
}

interface Options {
  readonly versions: readonly string[];
  /** Arguments of vitest. */
  readonly tests: readonly string[];
  readonly write: boolean;
  /** Versions at a time. */
  readonly sideBySide: number;
  readonly only: "newer" | "help" | undefined;
}

function options(words: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      versions: { type: "string" },
      others: { type: "boolean", default: false },
      core: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      newer: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const tests = values.core ? CORE.map(pathOf) : positionals;
  const all = TESTED_VERSIONS.filter((version) => !values.others || version !== ENVOY_VERSION);
  return {
    versions: values.versions?.split(",").map(release) ?? all,
    tests: tests.length > 0 ? tests : ["tests/envoy"],
    write: values.write,
    sideBySide: values.core ? CORE_AT_A_TIME : 1,
    only: values.help ? "help" : values.newer ? "newer" : undefined,
  };
}

/** `1.39` is the release of that minor version that is tested. */
function release(word: string): string {
  if (/^\d+\.\d+\.\d+$/.test(word)) return word;
  const found = TESTED_VERSIONS.find((version) => minorOf(version) === word);
  if (found === undefined) throw new Error(`no version of Envoy: "${word}"\n${USAGE}`);
  return found;
}

async function run({ versions, tests, write, sideBySide, only }: Options): Promise<number> {
  if (only === "help") console.log(USAGE);
  if (only === "newer") await sayNewer();
  if (only !== undefined) return 0;
  mkdirSync(REPORTS, { recursive: true });
  const kept = new Map<string, Results>();
  const left = [...versions];
  let sum = NONE;
  const work = async (): Promise<void> => {
    for (let version = left.shift(); version !== undefined; version = left.shift()) {
      const report = await tested(version, tests, sideBySide > 1);
      sum = add(sum, report === undefined ? MISSING : total(resultsOf(report)));
      if (report === undefined) continue;
      kept.set(version, resultsOf(keepReport(keptFor(version), report)));
      say(version, resultsOf(report));
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, work));
  if (write) writeFileSync(PAGE, withRows(readFileSync(PAGE, "utf8"), kept));
  console.log(inWords(sum));
  return sum.failed > 0 || sum.passed === 0 ? 1 : 0;
}

function say(version: string, results: Results): void {
  for (const failure of results.failures) console.log(`Envoy ${version}: failed: ${failure}`);
  console.log(`── Envoy ${version}: ${inWords(total(results))}`);
}

/** The newest outcome of each file, of all runs so far. */
function keptFor(version: string): string {
  return join(REPORTS, `${version}.json`);
}

/** Runs the tests on one Envoy; undefined when it cannot be had. */
async function tested(
  version: string,
  tests: readonly string[],
  hasOthers: boolean,
): Promise<Report | undefined> {
  const { path, tried } = await locateRelease(version, { progress: (line) => line && console.log(line) });
  if (path === undefined) {
    console.log(`Envoy ${version}: skipped, as it is not there: ${tried.join("; ")}`);
    return undefined;
  }
  const report = join(REPORTS, `${version}-last.json`);
  rmSync(report, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  if (!hasOthers) console.log(`\n── Envoy ${version} ──`);
  const output = await vitest(["run", ...tests, ...reporters], path, hasOthers);
  if (hasOthers) console.log(`\n── Envoy ${version} ──\n${output}`);
  return readReport(report);
}

/** Its exit code says no more than its report does. What it says comes as it runs, or at its end in one piece. */
function vitest(words: readonly string[], envoy: string, inOnePiece: boolean): Promise<string> {
  const program = join(PROJECT, "node_modules/vitest/vitest.mjs");
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ENVOY: envoy };
    const stdio = inOnePiece ? "pipe" : "inherit";
    const child = spawn(process.execPath, [program, ...words], { cwd: PROJECT, env, stdio });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (text: Buffer) => (said += text.toString()));
    child.once("error", reject);
    child.once("close", () => resolve(said));
  });
}

async function sayNewer(): Promise<void> {
  const available = await availableReleases();
  const usable = available.filter((version) => !WITHOUT_WASM.includes(version));
  const found = newerThan(TESTED_VERSIONS, usable);
  console.log(`tested: ${TESTED_VERSIONS.join(" ")}`);
  console.log(found.length === 0 ? "none is newer" : `newer: ${found.join(" ")}`);
}
