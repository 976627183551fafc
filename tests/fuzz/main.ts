// npm run fuzz: plays changed transcripts against a filter until something breaks or time is up.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readCorpus } from "./corpus.ts";
import { Crew, type Sum } from "./crew.ts";
import { compile } from "./driver.ts";
import { Fuzzer, type Found } from "./fuzzer.ts";
import { ledgerModule } from "./ledger.ts";
import { minimise } from "./minimise.ts";
import { type Options, readOptions, USAGE } from "./options.ts";
import { withGlobals } from "./prepare.ts";
import { commandOf, writeReproduction } from "./report.ts";

/** What has few values, all of which a long run should have seen. */
const COVERED =
  /^(commands|anomalies|opaque_sessions|session_ends|transactions|limits_reached|auth_results)_total\b/;

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
  const { filter: protocol, seed } = options;
  const corpus = join("tests", "transcripts", protocol);
  const filter = withGlobals(readFileSync(options.module));
  const ledger = ledgerModule();
  const code = compile(filter, ledger);
  const seeds = readCorpus(corpus, protocol);
  if (code.budget === undefined) say("no variable of the budget found: leaks only show in the memory");
  if (options.only !== undefined) {
    const found = new Fuzzer(code, seeds, seed).runAlone(options.only);
    if (found === undefined) say(`case ${options.only}: nothing found`);
    else report(code, options, found);
    return found === undefined ? 0 : 1;
  }
  const { cases, jobs, goesOn, seconds } = options;
  const crew = new Crew({
    ...{ filter, ledger, corpus, protocol, seed, jobs, cases, goesOn, seconds, code, seeds },
    progress: say,
  });
  const sum = await crew.run();
  for (const found of sum.found) report(code, options, found);
  say(summary(sum, options));
  say(
    `never counted: ${[...sum.defined].filter((name) => !sum.hit.has(name) && COVERED.test(name)).join(" ") || "nothing"}`,
  );
  return sum.found.length > 0 ? 1 : 0;
}

function report(code: ReturnType<typeof compile>, options: Options, found: Found): void {
  const { filter, seed } = options;
  const loose =
    found.isAlone && found.kind !== "hang" ? minimise(code, found.setup, found.loose, found) : found.loose;
  const path = writeReproduction(options.failures, filter, { ...found, seed, loose });
  say(`${found.kind}: ${found.text}\n  ${path}\n  ${commandOf(filter, seed, found.index)}`);
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
