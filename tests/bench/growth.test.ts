// Cost grows with size, not faster: what every dimension of `npm run bench -- --growth` counts in the module.
import { describe, expect, test } from "vitest";
import { exponent, dominant } from "../../bench/scaling/fit.ts";
import { DIMENSIONS } from "../../bench/scaling/dimensions.ts";
import { countAll } from "../../bench/scaling/part.ts";
import { plot } from "../../bench/scaling/plot.ts";

/** Linear is 1. Tables that double in size, and what is counted once, move it a little. */
const MOST = 1.1;

describe("a fit", () => {
  const sizes = [1, 10, 100, 1_000, 10_000];
  const points = (cost: (size: number) => number) => sizes.map((size) => ({ size, cost: cost(size) }));

  test("finds the exponent of a power, whatever its factor", () => {
    expect(exponent(points((size) => 7 * size))).toBeCloseTo(1);
    expect(exponent(points((size) => size * size))).toBeCloseTo(2);
    expect(exponent(points(() => 3))).toBeCloseTo(0);
    expect(exponent(points(() => 3).slice(0, 1))).toBeNaN();
  });

  test("looks at the two upper decades: below them, what is there for any size hides the growth", () => {
    const found = dominant(points((size) => 5_000 + size * size));
    expect(found.map(({ size }) => size)).toEqual([100, 1_000, 10_000]);
    expect(exponent(found)).toBeGreaterThan(MOST);
  });
});

describe("work grows with", () => {
  test.each(DIMENSIONS)("$title", (dimension) => {
    for (const [count, points] of countAll(dimension)) {
      expect(exponent(dominant(points)), count).toBeLessThanOrEqual(MOST);
    }
  });
});

test("a plot is an SVG with its titles and a point for each size", async () => {
  const dots = [1, 10, 100].map((size) => ({ curve: "steps", size, cost: 4 * size }));
  const svg = await plot("SMTP: recipients", "recipients", [{ costTitle: "counted", dots }]);
  expect(svg).toMatch(/^<svg /);
  for (const title of ["SMTP: recipients", "recipients", "counted", "steps"]) expect(svg).toContain(title);
  expect(svg.match(/aria-roledescription="point"/g)).toHaveLength(3);
});
