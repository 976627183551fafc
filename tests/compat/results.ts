/** What a run of the real-Envoy tests on one Envoy came to. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { areaOf } from "./areas.ts";

/** How many tests of an area did what. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** A run's outcome. */
export interface Results {
  readonly areas: ReadonlyMap<string, Count>;
  /** Names of tests that failed, with their file. A file that could not be loaded is one. */
  readonly failures: readonly string[];
}

/** Of vitest's JSON report, what counts. */
export interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

export const NONE: Count = { passed: 0, failed: 0, skipped: 0 };

/** Reads a report of vitest's. Throws when the file is not there, which is what a run that broke off leaves behind. */
export function readReport(file: string): Report {
  return JSON.parse(readFileSync(file, "utf8")) as Report;
}

/** Puts the files of a report in place of the same ones in the report that is kept, and returns all that is kept then. */
export function keepReport(kept: string, report: Report): Report {
  const before = existsSync(kept) ? readReport(kept).testResults : [];
  const fresh = new Set(report.testResults.map(({ name }) => fileOf(name)));
  const merged = {
    testResults: [...before.filter(({ name }) => !fresh.has(fileOf(name))), ...report.testResults],
  };
  writeFileSync(kept, JSON.stringify(merged));
  return merged;
}

export function resultsOf(report: Report): Results {
  const areas = new Map<string, Count>();
  const failures: string[] = [];
  for (const { name, status, assertionResults } of report.testResults) {
    const area = areaOf(name) ?? "other";
    const file = fileOf(name);
    const broken = status === "failed" && !assertionResults.some((one) => one.status === "failed");
    if (broken) failures.push(`${file}: cannot be run`);
    for (const test of assertionResults)
      if (test.status === "failed") failures.push(`${file}: ${test.fullName}`);
    const own = {
      passed: assertionResults.filter((one) => one.status === "passed").length,
      failed: assertionResults.filter((one) => one.status === "failed").length + (broken ? 1 : 0),
      skipped: assertionResults.filter((one) => one.status !== "passed" && one.status !== "failed").length,
    };
    areas.set(area, add(areas.get(area) ?? NONE, own));
  }
  return { areas, failures };
}

/** Of an absolute path, what is the project's. */
function fileOf(path: string): string {
  return path.slice(Math.max(0, path.indexOf("tests/envoy/")));
}

export function add(a: Count, b: Count): Count {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

export function total(results: Results): Count {
  return [...results.areas.values()].reduce(add, NONE);
}

/** `12 passed, 0 failed`, and what was skipped if anything was: as `npm test` says it. */
export function inWords({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
