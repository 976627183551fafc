// What a transcript has to hold, as checks that any test runner can run.

import type { HostModule } from "../module/load.ts";
import { byteByByte, cutAtEveryPosition, type Variant } from "./cuts.ts";
import { canonicalKey, type MetricValues } from "./metrics.ts";
import { asWritten, Stage, type StageOptions } from "./stage.ts";
import type { Transcript } from "./transcript.ts";

/** One thing that has to hold. */
export interface Check {
  /** `as written`, `byte by byte`, `cut at every position`. */
  readonly name: string;
  /** Throws an error that says all that is wrong. */
  readonly run: () => void;
}

/**
 * A transcript's checks: played as written (with what is logged and the filter state), byte by byte, and cut at every
 * position, its metrics are those it names. Its configuration and its servers are its own, the rest is the caller's:
 * `for (const { name, run } of checksOf(…)) test(name, run);`
 */
export function checksOf(
  transcript: Transcript,
  module: HostModule | (() => HostModule),
  options: StageOptions = {},
): Check[] {
  const stage = (): Stage =>
    new Stage(typeof module === "function" ? module() : module, {
      ...options,
      configuration: transcript.configuration ?? options.configuration,
      http: { ...options.http, ...transcript.proxy.http },
    });
  return [
    {
      name: "as written",
      run: () => {
        const fresh = stage();
        hold(transcript, fresh, { name: "as written", cut: asWritten });
        holdWords(transcript, fresh);
      },
    },
    { name: "byte by byte", run: () => hold(transcript, stage(), byteByByte(transcript)) },
    {
      name: "cut at every position",
      run: () => {
        // One VM for all: what a connection leaves behind would show in the next.
        const shared = stage();
        for (const variant of cutAtEveryPosition(transcript)) hold(transcript, shared, variant);
      },
    },
  ];
}

/** Metrics of the runtime itself, which a transcript need not name even when it is exhaustive. */
const OWN_METRICS = /^filter_(info|memory_bytes)\b|_sum\b/;

/** Where what was found (by canonical key) differs from what the transcript expects; empty if it does not. */
export function mismatches(transcript: Transcript, values: MetricValues): string[] {
  const problems: string[] = [];
  const named = new Set<string>();
  for (const { name, labels, value, line } of transcript.metrics) {
    const key = canonicalKey(name, labels);
    named.add(key);
    const actual = values.get(key);
    if (actual === undefined && value !== 0)
      problems.push(`line ${line}: ${key}: expected ${value}, not defined`);
    else if ((actual ?? 0) !== value)
      problems.push(`line ${line}: ${key}: expected ${value}, found ${actual}`);
  }
  if (!transcript.exhaustive) return problems;
  for (const [key, value] of values) {
    if (value !== 0 && !named.has(key) && !OWN_METRICS.test(key))
      problems.push(`${key} ${value} is not expected`);
  }
  return problems;
}

function hold(transcript: Transcript, stage: Stage, { name, cut }: Variant): void {
  let problems: string[];
  try {
    problems = mismatches(transcript, stage.play(transcript, cut));
  } catch (error) {
    problems = [error instanceof Error ? error.message : String(error)];
  }
  report(transcript, name, problems);
}

function holdWords(transcript: Transcript, stage: Stage): void {
  const problems: string[] = [];
  let from = 0;
  for (const part of transcript.log) {
    const at = stage.logged.findIndex((line, index) => index >= from && line.includes(part));
    if (at < 0) problems.push(`not logged: ${part}; logged: ${stage.logged.join(" | ")}`);
    else from = at + 1;
  }
  for (const [key, text] of transcript.filterState) {
    const found = stage.filterState.get(key);
    const shown = found === undefined ? "nothing" : Buffer.from(found).toString();
    if (shown !== text) problems.push(`filter state ${key}: expected ${text}, found ${shown}`);
  }
  report(transcript, "as written", problems);
}

function report(transcript: Transcript, name: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(`${transcript.title}, ${name}:\n  ${problems.join("\n  ")}`);
}
