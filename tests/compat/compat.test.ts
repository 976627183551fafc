// The run on several Envoys: what is run, how it is read, and what docs/compatibility.md says of it.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { PROJECT } from "../../host/envoy/project.ts";
import { ENVOY_VERSION, minorOf, newerThan, TESTED_VERSIONS } from "../../host/envoy/versions.ts";
import { AREAS, areaOf, CORE, pathOf } from "./areas.ts";
import { SINCE } from "./differences.ts";
import { inWords, keepReport, resultsOf, total, type Report } from "./results.ts";
import { MARK, versionsIn, withRows } from "./table.ts";

const page = readFileSync(join(PROJECT, "docs/compatibility.md"), "utf8");

const file = (name: string, ...statuses: string[]): Report["testResults"][number] => ({
  name: `/somewhere/${pathOf(name)}`,
  status: statuses.includes("failed") ? "failed" : "passed",
  assertionResults: statuses.map((status, i) => ({ fullName: `test ${i}`, status })),
});

describe("versions", () => {
  test("are one of each minor version, and the default is the last of them", () => {
    expect(TESTED_VERSIONS.map(minorOf)).toEqual(["1.36", "1.37", "1.38", "1.39", "1.40"]);
    expect(TESTED_VERSIONS.at(-1)).toBe(ENVOY_VERSION);
  });

  test("newer ones are found: of a minor version that is tested, and of a newer one", () => {
    const available = [
      "1.42.0rc1",
      "1.41.1",
      "1.41.0",
      "1.40.10",
      "1.40.9",
      "1.39.1",
      "1.35.9",
      "1.36.2.post1",
    ];
    expect(newerThan(["1.36.4", "1.39.3", "1.40.0"], available)).toEqual(["1.40.10", "1.41.1"]);
    expect(newerThan(["1.40.0"], ["1.40.0"])).toEqual([]);
  });
});

describe("areas", () => {
  test("every real-Envoy test is in one, and none names a file that is not there", () => {
    const there = readdirSync(join(PROJECT, "tests/envoy"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => name.replace(/\.test\.ts$/, ""));
    expect(AREAS.flatMap(({ files }) => files).toSorted()).toEqual(there.toSorted());
  });

  test("those of the core set are among them", () => {
    for (const name of CORE) expect(areaOf(`/${pathOf(name)}`)).toBeDefined();
  });
});

describe("results", () => {
  test("are counted by area; a file that cannot be run is a failure", () => {
    const broken = { ...file("ends", "skipped"), status: "failed" };
    const results = resultsOf({ testResults: [file("core", "passed", "failed"), broken] });
    expect(results.areas.get("core")).toEqual({ passed: 1, failed: 1, skipped: 0 });
    expect(results.areas.get("ends and faults")).toEqual({ passed: 0, failed: 1, skipped: 1 });
    expect(results.failures).toEqual([
      "tests/envoy/core.test.ts: test 1",
      "tests/envoy/ends.test.ts: cannot be run",
    ]);
    expect(inWords(total(results))).toBe("1 passed, 2 failed, 1 skipped");
  });

  test("of a file are replaced by newer ones, of other files they stay", () => {
    const folder = mkdtempSync(join(tmpdir(), "heirloom-compat-"));
    try {
      const kept = join(folder, "kept.json");
      keepReport(kept, { testResults: [file("core", "failed"), file("ends", "passed")] });
      const all = resultsOf(keepReport(kept, { testResults: [file("core", "passed")] }));
      expect(inWords(total(all))).toBe("2 passed, 0 failed");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("the page", () => {
  const table = `# Page\n\n${MARK}\n<!-- prettier-ignore -->\n| Envoy |\n|---|\n| 1.9.1 | old |\n\nEnd\n`;

  test("gets a row for each version that was run, in order, and keeps the others", () => {
    const run = resultsOf({ testResults: [file("core", "passed", "failed", "skipped")] });
    const written = withRows(table, new Map([["1.10.0", run]]));
    const rows = written.split("\n").filter((line) => /^\| \d/.test(line));
    expect(rows[0]).toBe("| 1.9.1 | old |");
    expect(rows[1]).toMatch(/^\| 1\.10\.0 \| 1, \*\*1 failed\*\*, 1 skipped \| – \|/);
    expect(written).toMatch(/\n\nEnd\n$/);
    expect(versionsIn(written)).toEqual(["1.9.1", "1.10.0"]);
  });

  test("has the versions that are tested, and a word on each difference", () => {
    expect(versionsIn(page)).toEqual([...TESTED_VERSIONS]);
    for (const [what, since] of Object.entries(SINCE)) expect(page).toContain(`| \`${what}\` | ${since} |`);
    expect(page).not.toMatch(/\d failed\*\*/);
  });
});
