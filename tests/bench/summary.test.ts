import { describe, expect, test } from "vitest";
import { cpuMicroseconds, ownCpuMicroseconds, tickMicroseconds } from "../../bench/cpu.ts";
import { added, median, minimum, quantile, ratio } from "../../bench/summary.ts";
import { table } from "../../bench/table.ts";

describe("summary", () => {
  test("the median is the middle, or the mean of the two in the middle", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
    expect(minimum([])).toBeNaN();
  });

  test("a ratio pairs slices, so that one disturbed slice does not show", () => {
    const baseline = [10, 10, 30];
    const measured = [11, 11, 33];
    expect(ratio(measured, baseline)).toEqual({ paired: 1.1, ofMedians: 1.1, ofMinima: 1.1 });
    expect(ratio([11, 40, 33], baseline).paired).toBeCloseTo(1.1);
    expect(() => ratio([1], [1, 2])).toThrow(RangeError);
  });

  test("what is added pairs slices, too", () => {
    expect(added([12, 40, 33], [10, 10, 30])).toBe(3);
    expect(() => added([1], [1, 2])).toThrow(RangeError);
  });

  test("a quantile is the smallest value that covers its share", () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect([0.5, 0.99, 1].map((share) => quantile(hundred, share))).toEqual([50, 99, 100]);
    expect(quantile([], 0.5)).toBeNaN();
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

  test("what this process has used grows while it works", () => {
    const before = ownCpuMicroseconds();
    const until = process.cpuUsage().user + 50_000;
    while (process.cpuUsage().user < until) Math.sqrt(Math.random());
    const used = ownCpuMicroseconds() - before;
    expect(used).toBeGreaterThanOrEqual(50_000);
  });
});
