// npm run fuzz: plays changed transcripts against filters until something breaks or time is up.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fuzzConfigurations } from "./config/main.ts";
import { readCorpus, type Seed } from "./corpus.ts";
import { Crew, type Sum } from "./crew.ts";
import { compile, type Code } from "./driver.ts";
import { Fuzzer, type Found } from "./fuzzer.ts";
import { ledgerModule } from "./ledger.ts";
import { minimise } from "./minimise.ts";
import { type Options, readOptions, USAGE } from "./options.ts";
import { withGlobals } from "./prepare.ts";
import { commandOf, writeReproduction } from "./report.ts";
import type { Target } from "./target.ts";

/** A filter, ready to be played against. */
interface Arena {
  readonly target: Target;
  /** The module as it is in its file. */
  readonly original: Uint8Array;
  readonly filter: Uint8Array;
  readonly ledger: Uint8Array;
  readonly code: Code;
  readonly corpus: string;
  readonly seeds: readonly Seed[];
}

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: Options | "help";
  try {
    options = readOptions(args);
  } catch (error) {
    process.stderr.write(`fuzz: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
  if (options === "help") {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  let found = 0;
  for (const target of options.targets) {
    if (options.configurations) {
      found += fuzzConfigurations(target.name, options, say);
      continue;
    }
    const arena = prepare(target, options);
    const { only } = options;
    found += only === undefined ? await run(arena, options) : look(arena, options, only);
  }
  return found > 0 ? 1 : 0;
}

function prepare(target: Target, options: Options): Arena {
  const corpus = join("tests", "transcripts", target.name);
  const original = readFileSync(options.module ?? join("build", `${target.name}.wasm`));
  const filter = withGlobals(original);
  const ledger = ledgerModule();
  const code = compile(filter, ledger);
  if (code.budget === undefined || code.limit === undefined)
    say("no variables of the budget found: leaks only show in the memory, which does not run out");
  return { target, original, filter, ledger, code, corpus, seeds: readCorpus(corpus, target.name) };
}

/** Plays one case alone; returns how much was found. */
function look(arena: Arena, options: Options, index: number): number {
  const found = new Fuzzer(arena.code, arena.target, arena.seeds, options.seed).runAlone(index);
  if (found === undefined) say(`case ${index}: nothing found`);
  else report(arena, options, found);
  return found === undefined ? 0 : 1;
}

/** Plays until it is time; returns how much was found. */
async function run(arena: Arena, options: Options): Promise<number> {
  const { seed, from, cases, jobs, goesOn, seconds } = options;
  const crew = new Crew({ ...arena, seed, from, jobs, cases, goesOn, seconds, progress: say });
  const sum = await crew.run();
  for (const found of sum.found) report(arena, options, found);
  const { name, covered } = arena.target;
  say(`${name}: ${summary(sum, options)}`);
  say(`${name}: module ${hashOf(arena.original)}, go on with --seed ${seed} --from ${from + sum.inRow}`);
  const never = [...sum.defined].filter((metric) => !sum.hit.has(metric) && covered.test(metric));
  say(`never counted: ${never.join(" ") || "nothing"}`);
  return sum.found.length;
}

function report({ code, target }: Arena, options: Options, found: Found): void {
  const { seed, failures } = options;
  const isAsFound = !found.isAlone || found.kind === "hang";
  const loose = isAsFound ? found.loose : minimise(code, target, found.setup, found.loose, found);
  const path = writeReproduction(failures, target.name, { ...found, seed, loose });
  say(`${found.kind}: ${found.text}\n  ${path}\n  ${commandOf(target.name, seed, found.index)}`);
}

/** The beginning of a module's SHA-256, by which a ledger of runs tells modules apart. */
function hashOf(module: Uint8Array): string {
  return createHash("sha256").update(module).digest("hex").slice(0, 12);
}

function summary({ cases, seconds, found, hit, defined }: Sum, { seed, jobs }: Options): string {
  const rate = Math.round(cases / seconds / jobs);
  return (
    `${cases} cases in ${seconds.toFixed(1)} s (${rate}/s per job, seed ${seed}), ` +
    `${hit.size} of ${defined.size} metrics hit, ${found.length} found`
  );
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
