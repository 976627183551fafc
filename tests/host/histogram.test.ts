import { describe, expect, test } from "vitest";
import { LogLinear } from "../../host/metrics/loglinear.ts";
import { Histogram } from "../../host/metrics/store.ts";

const BOUNDS = [1, 10, 100];

function histogramOf(...samples: bigint[]): Histogram {
  const histogram = new Histogram("h", BOUNDS, false);
  for (const sample of samples) histogram.record(sample);
  return histogram;
}

describe("a histogram", () => {
  test("counts a sample at the first bound that is not below it, and what is above all of them", () => {
    expect(histogramOf(0n, 1n, 2n, 10n, 100n, 101n, 2n ** 64n - 1n).counts).toEqual([2, 2, 1, 2]);
  });

  test("has an exact sum, whatever size the samples are of and in whatever order they come", () => {
    const largest = 2n ** 64n - 1n;
    const samples = [5n, largest, 7n, 2n ** 53n, largest, 1n, 2n ** 53n - 1n, 1n];
    const sum = samples.reduce((a, b) => a + b);
    expect(histogramOf(...samples).sum).toBe(sum);
    expect(histogramOf(...samples.reverse()).sum).toBe(sum);
  });
});

describe("quantiles", () => {
  const medianOf = (...values: number[]): number => {
    const bins = new LogLinear();
    for (const value of values) bins.record(value);
    return bins.quantile(0.5);
  };

  test.each([0, 1, 9, 10, 99, 100, 12_345, 99_999, 100_000, 2 ** 53, 2 ** 64])(
    "of %d alone are within its bin of two significant digits",
    (value) => {
      const median = medianOf(value);
      expect(Math.abs(median - value)).toBeLessThanOrEqual(value * 0.1);
    },
  );

  test("lie where the samples lie", () => {
    const bins = new LogLinear();
    for (let i = 1; i <= 1_000; i++) bins.record(i);
    expect(bins.quantile(0.5)).toBeCloseTo(500, -1);
    expect(bins.quantile(0.99)).toBeCloseTo(990, -1);
    expect(new LogLinear().quantile(0.5)).toBeNaN();
  });
});
