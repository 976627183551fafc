// npm run soak for most of a minute, and what its verdict is made of.

import { describe, expect, test } from "vitest";
import type { Row } from "../../demo/compare.ts";
import { describeWith } from "../envoy/support/requirements.ts";
import { faults } from "./books.ts";
import { judge } from "./memory.ts";
import { growthOf, median } from "./plateau.ts";
import { soak } from "./run.ts";
import type { Look } from "./samples.ts";

/** With start and end a little over a minute. */
const SECONDS = 54;
const WORKERS = 2;
const RATE = 20;
/** On a machine that does other things, too. */
const TIMEOUT = 240_000;

const KIB = 1 << 10;
const MIB = 1 << 20;

describeWith(["envoy", "postfix"], "a minute of everything", () => {
  test(
    "memory is level, gauges are 0, and counters are what the peers counted",
    async () => {
      const lines: string[] = [];
      const options = {
        seconds: SECONDS,
        sessions: undefined,
        rate: RATE,
        workers: WORKERS,
        report: undefined,
      };
      const outcome = await soak(options, (line) => lines.push(line));
      expect(outcome.faults, lines.join("\n")).toEqual([]);
      expect(outcome.balance.sections.map(({ title }) => title)).toHaveLength(6);
      const last = outcome.looks.at(-1);
      expect(last?.sessions).toBeGreaterThan(500);
      expect(last?.updates).toBeGreaterThanOrEqual(2);
      expect(last?.vmBytes).toBeGreaterThan(0);
    },
    TIMEOUT,
  );
});

describe("growth", () => {
  test("is the slope of the last two thirds, whatever the start was and whatever a few points are", () => {
    const points = Array.from({ length: 60 }, (_, x) => ({ x, y: x < 20 ? 1_000 * x : 20_000 + 3 * x }));
    for (const i of [25, 40, 59]) points[i] = { x: i, y: 1e9 };
    const { slope, width, total } = growthOf(points);
    expect(slope).toBeCloseTo(3);
    expect(width).toBe(39);
    expect(total).toBeCloseTo(117);
  });

  test("of a run with too few samples is not known", () => {
    expect(() => growthOf([{ x: 0, y: 0 }])).toThrow("samples");
  });

  test("a median is the middle, or the mean of the two there", () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([])]).toEqual([2, 2.5, 0]);
  });
});

describe("the verdict on memory", () => {
  const looks = (vmBytes: (sessions: number) => number): Look[] =>
    Array.from({ length: 60 }, (_, i) => {
      const sessions = 100 * i;
      const bytes = { vmBytes: vmBytes(sessions), heapBytes: 20 * MIB, rssBytes: 100 * MIB };
      return { seconds: 2 * i, sessions, open: 40, updates: 0, ...bytes };
    });
  const wrong = (vmBytes: (sessions: number) => number): string[] =>
    judge(looks(vmBytes)).flatMap(({ holds, name }) => (holds ? [] : [name]));

  test("pools that grow in steps and then no more are level", () => {
    expect(wrong((sessions) => (sessions < 1_000 ? MIB : 2 * MIB))).toEqual([]);
  });

  test("what a session leaves behind is found out", () => {
    expect(wrong((sessions) => MIB + KIB * sessions)).toEqual(["VMs"]);
  });
});

describe("the verdict on books", () => {
  const row: Row = {
    title: "sessions",
    key: "",
    keeper: "server",
    filter: 5,
    book: 5,
    equal: true,
    approximate: false,
  };
  const sections = [{ title: "mail", rows: [row] }];

  test("equal rows and gauges of 0 are well", () => {
    expect(faults({ sections, open: 0, errors: 0 })).toEqual([]);
  });

  test("a row that differs, a section without rows, something open, and errors are told", () => {
    const other = { title: "rough", rows: [] };
    const bad = { title: "mail", rows: [{ ...row, book: 6, equal: false }] };
    expect(faults({ sections: [bad, other], open: 1, errors: 2 })).toEqual([
      "mail: sessions: 5 ≠ 6",
      "rough: nothing to compare",
      "gauges of what is open add up to 1",
      "2 filter errors",
    ]);
  });
});
