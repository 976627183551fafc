import { describe, expect, test } from "vitest";
import { cpuMicroseconds, tickMicroseconds } from "../../bench/cpu.ts";
import { report, verdicts } from "../../bench/report.ts";
import { median, minimum, ratio } from "../../bench/summary.ts";
import { table } from "../../bench/table.ts";
import { TRAFFIC } from "../../bench/variants.ts";

describe("summary", () => {
  test("the median is the middle, or the mean of the two in the middle", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
    expect(minimum([])).toBeNaN();
  });

  test("a ratio pairs repetitions, so that one disturbed repetition does not show", () => {
    const baseline = [10, 10, 30];
    const measured = [11, 11, 33];
    expect(ratio(measured, baseline)).toEqual({ paired: 1.1, ofMedians: 1.1, ofMinima: 1.1 });
    expect(ratio([11, 40, 33], baseline).paired).toBeCloseTo(1.1);
    expect(() => ratio([1], [1, 2])).toThrow(RangeError);
  });
});

describe("table", () => {
  test("names stand to the left, figures to the right", () => {
    expect(table(["name", "µs"], [["a long name", "1.5"]])).toBe(
      ["| name        |  µs |", "| ----------- | --: |", "| a long name | 1.5 |"].join("\n"),
    );
  });
});

describe("CPU time", () => {
  test("ticks are read behind the command's name, whatever it holds", () => {
    const stat = "42 (a) b (c) S 1 42 42 0 -1 4194304 100 0 0 0 7 5 0 0 20 0 1 0";
    expect(tickMicroseconds(stat)).toBe(120_000);
  });

  test.runIf(process.platform === "linux")("a busy process uses CPU time", () => {
    const before = cpuMicroseconds(process.pid);
    const until = process.cpuUsage().user + 50_000;
    while (process.cpuUsage().user < until) Math.sqrt(Math.random());
    expect(cpuMicroseconds(process.pid) - before).toBeGreaterThan(40_000);
  });
});

describe("report", () => {
  const kept = TRAFFIC[0]?.name ?? "";
  const footprint = {
    moduleBytes: 41_000,
    emptyBytes: 131_072,
    bytesPerIdleSession: 1_200,
    marginalBytesPerSession: 900,
    hostCallsPerCommand: 2.25,
    fetchesPerCommand: 1.5,
  };
  const results = {
    samples: { [kept]: { plain: [60, 61], noop: [61, 62], readfloor: [70, 70], "smtp standard": [77, 77] } },
    footprints: { "smtp standard": footprint },
  };

  test("targets are met, missed or not measured", () => {
    expect(verdicts(results).map(({ found }) => found)).toEqual([1.1, NaN, 900, 41_000]);
    const text = report(results);
    expect(text).toMatch(/1 kB, kept connection +\| +1\.120 \| +1\.100 \| +met/);
    expect(text).toMatch(/100 kB, kept connection +\| +1\.120 \| +– \| +not measured/);
    expect(text).toMatch(/module +\| +40960 bytes \| +41000 bytes \| +missed/);
  });

  test("each variant is compared to the baselines that cost less than it", () => {
    const row = report(results)
      .split("\n")
      .find((line) => line.startsWith("| noop"));
    expect(row?.match(/\d\.\d{3} \(/g)).toHaveLength(1);
  });
});
