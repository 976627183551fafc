// npm test [-- STEP …] [--coverage]: everything that has to hold, step by step; the last line is the sum.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);

const REPORTS = join(".cache", "test");
/** What is repeated of a run that failed and does not say what of it did. */
const LAST_LINES = 25;
const vitest = (name, ...args) => ({
  name,
  args: ["node_modules/vitest/vitest.mjs", "run", ...args],
  counts: "vitest",
});
const script = (name, file, ...args) => ({ name, args: [file, ...args], counts: "line" });

/** A download would not fit into the time a test has. */
const FIND_ENVOY = `
  const { locateEnvoy } = await import("./dist/host/envoy/find.js");
  const { path, tried } = await locateEnvoy({ progress: (line) => line && console.log(line) });
  console.log(path ? "Envoy is there" : \`no Envoy: \${tried.join("; ")}\`);`;
const findEnvoy = {
  name: "find Envoy",
  args: ["--input-type=module", "--eval", FIND_ENVOY],
  counts: "nothing",
};

/** Their tests compute and wait for nobody: two files at a time. */
const COMPUTING = ["tests/bench", "tests/corpus", "tests/diff", "tests/host"];

/** In the order they run: what fails fast and cheap comes first. */
const STEPS = [
  { name: "build", runs: [{ name: "build", args: ["tools/build.mjs", "--examples"] }] },
  {
    name: "lint",
    runs: [
      { name: "prettier", args: ["node_modules/prettier/bin/prettier.cjs", "--check", "."] },
      { name: "eslint", args: ["node_modules/eslint/bin/eslint.js", "."] },
    ],
  },
  {
    name: "types",
    runs: ["tsconfig.json", "demo/page/client/tsconfig.json", "tsconfig.assembly.json"].map((project) => ({
      name: project,
      args: ["node_modules/typescript/bin/tsc", "-p", project, "--noEmit"],
    })),
  },
  { name: "unit", runs: [script("unit", "tools/unit.mjs")] },
  { name: "gate", runs: [script("gate", "tools/gate.mjs")] },
  {
    name: "host",
    runs: [
      findEnvoy,
      vitest("host", ...COMPUTING, "--fileParallelism", "--maxWorkers=2"),
      vitest("programs", ...[...COMPUTING, "tests/envoy"].flatMap((folder) => ["--exclude", `${folder}/**`])),
    ],
  },
  { name: "envoy", runs: [findEnvoy, vitest("envoy", "tests/envoy")] },
  { name: "envoys", runs: [script("envoys", "dist/tests/compat/main.js", "--others", "--core")] },
  { name: "docs", runs: [script("docs", "tools/docs-check.mjs")] },
];

const USAGE = `usage: npm test [-- STEP …] [--coverage]
  steps: ${STEPS.map(({ name }) => name).join(" ")} (default: all)
  --coverage: unit specs with coverage and its thresholds`;

process.exitCode = await main(process.argv.slice(2));

async function main(words) {
  if (words.includes("--help")) {
    console.log(USAGE);
    return 0;
  }
  const wanted = words.filter((word) => !word.startsWith("--"));
  const unknown = words.find((word) => word !== "--coverage" && !STEPS.some(({ name }) => name === word));
  if (unknown !== undefined) {
    console.error(`no such step or option: ${unknown}\n${USAGE}`);
    return 2;
  }
  const steps = STEPS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  mkdirSync(REPORTS, { recursive: true });
  const sum = { passed: 0, failed: 0, skipped: 0 };
  const failures = [];
  for (const run of steps.flatMap((step) => step.runs)) {
    const result = await execute(
      run,
      words.includes("--coverage") && run.name === "unit" ? ["--coverage"] : [],
    );
    for (const key of Object.keys(sum)) sum[key] += result[key];
    if (result.failed > 0) failures.push(`${run.name}:`, ...result.failures.map((line) => `  ${line}`));
  }
  if (failures.length > 0) console.log(["", "── what failed ──", ...failures].join("\n"));
  const skipped = sum.skipped > 0 ? `, ${sum.skipped} skipped` : "";
  console.log(`${sum.passed} passed, ${sum.failed} failed${skipped}`);
  return sum.failed > 0 || sum.passed === 0 ? 1 : 0;
}

async function execute(run, more) {
  console.log(`\n── ${run.name} ──`);
  const started = Date.now();
  const report = join(REPORTS, `${run.name}.json`);
  rmSync(report, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const args = [...run.args, ...more, ...(run.counts === "vitest" ? reporters : [])];
  const { ok, output } = await stream(args);
  const result = counted(run, ok, output, report);
  // Again at the very end: who sees only the last lines of a long log has to know, too.
  const failures = run.counts === "vitest" ? failuresIn(report) : [];
  if (result.failed > 0)
    result.failures = failures.length === result.failed ? failures : [...failures, ...lastLines(output)];
  const words = `${result.passed} passed, ${result.failed} failed, ${result.skipped} skipped`;
  console.log(`── ${run.name}: ${words} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  return result;
}

/** Runs node with `args`, shows what it says as it comes, and keeps the end of it. */
function stream(args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const name of ["stdout", "stderr"]) {
      child[name].on("data", (text) => {
        process[name].write(text);
        output = (output + text).slice(-10_000);
      });
    }
    child.on("close", (code) => resolve({ ok: code === 0, output }));
  });
}

/** What a run counts as. A run that ends badly without a failed test of its own is a failure itself. */
function counted(run, ok, output, report) {
  if (run.counts === "nothing") return { passed: 0, failed: 0, skipped: 0 };
  const found =
    run.counts === "vitest" ? fromReport(report) : run.counts === "line" ? fromLine(output) : undefined;
  if (found === undefined) return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
  if (!ok && found.failed === 0) return { ...found, failed: 1 };
  return found;
}

function fromReport(report) {
  if (!existsSync(report)) return undefined;
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(report, "utf8"),
  );
  // A file that cannot even be loaded has no tests that could fail.
  const broken = testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.length === 0,
  ).length;
  return { passed: numPassedTests, failed: numFailedTests + broken, skipped: numPendingTests + numTodoTests };
}

/** Failed tests of a report, each with the first line of why. A report does not have what fails outside of tests. */
function failuresIn(report) {
  if (!existsSync(report)) return [];
  const { testResults } = JSON.parse(readFileSync(report, "utf8"));
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === "failed")
      .map(({ fullName, failureMessages: [why = ""] }) => {
        return `${relative(root, name)}: ${fullName}: ${why.split("\n", 1)[0]}`;
      }),
  );
}

function lastLines(output) {
  return output.trimEnd().split("\n").slice(-LAST_LINES);
}

function fromLine(output) {
  const last = [...output.matchAll(/(\d+) passed, (\d+) failed(?:, (\d+) skipped)?/g)].at(-1);
  if (last === undefined) return undefined;
  return { passed: Number(last[1]), failed: Number(last[2]), skipped: Number(last[3] ?? 0) };
}
