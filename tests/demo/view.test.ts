import type { WriteStream } from "node:tty";
import { describe, expect, test } from "vitest";
import { comparison } from "../../demo/view/comparison.ts";
import { frame, logLine } from "../../demo/view/frame.ts";
import { duration, rate, size } from "../../demo/view/numbers.ts";
import { Snapshot, quantile, since } from "../../demo/view/snapshot.ts";
import { Screen } from "../../demo/view/screen.ts";
import { fit, styleFor, widthOf } from "../../demo/view/style.ts";
import { parsePrometheus } from "../../host/metrics/parse.ts";

const ESC = "\u001b[";
const plain = styleFor(false);
const NOW = new Snapshot(
  parsePrometheus(`
smtp_sessions_total 30
smtp_sessions_active 2
smtp_commands_total{verb="mail"} 1200
smtp_commands_total{verb="rcpt"} 0
smtp_replies_total{verb="mail",class="2xx"} 1190
smtp_replies_total{verb="mail",class="5xx"} 10
smtp_command_duration_us_bucket{verb="mail",le="1000"} 600
smtp_command_duration_us_bucket{verb="mail",le="2500"} 1200
smtp_command_duration_us_bucket{verb="mail",le="+Inf"} 1200
smtp_transactions_total{outcome="aborted"} 3
smtp_transactions_total{outcome="committed"} 1100
smtp_bytes_total{from="client"} 1234567
`),
  12_000,
);
const BEFORE = new Snapshot(parsePrometheus('smtp_commands_total{verb="mail"} 200'), 7_000);
const MOMENT = { seconds: 65, now: NOW, before: BEFORE };

describe("the live table", () => {
  test("is aligned and says what happened", () => {
    expect(frame(MOMENT, 100, plain)).toEqual([
      "  30 sessions · 2 open · 6.0 per s · · encrypted",
      "  · messages · · per s · 1.2 MB from clients · 0 B back",
      "",
      "  verb     total  per s    2xx  3xx  4xx  5xx    p50    p90    p99",
      "  connect     30    6.0      ·    ·    ·    ·      ·      ·      ·",
      "  mail     1,200    200  1,190    ·    ·   10  1.0ms  2.2ms  2.5ms",
      "",
      "  transactions  1,100 committed · 3 aborted · · open",
      "  refused at    ·",
      "  aborted by    ·",
      "  recipients    ·",
    ]);
  });

  test.each([120, 80, 60, 40, 20])("fits into %i columns", (width) => {
    for (const line of frame(MOMENT, width, plain)) expect(widthOf(line)).toBeLessThanOrEqual(width);
  });

  test("gives up columns before it cuts anything", () => {
    const [heading] = frame(MOMENT, 60, plain).filter((line) => line.includes("verb"));
    expect(heading?.trim().split(/\s+/)).toEqual([
      "verb",
      "total",
      "per",
      "s",
      "2xx",
      "4xx",
      "5xx",
      "p50",
      "p99",
    ]);
  });

  test("is one line in a log", () => {
    expect(logLine(MOMENT)).toBe(
      "1:05 · sessions 30 (2 open) · commands 1,200 (200/s) · committed 1,100, rejected ·, aborted 3 · end of data p50 · p99 ·",
    );
  });
});

test("the comparison marks what differs", () => {
  const row = { title: "commands", filter: 1000, approximate: false };
  const lines = comparison(
    [
      { ...row, key: "mail", server: 1000, equal: true },
      { ...row, key: "rcpt", server: 1001, equal: false },
    ],
    80,
    plain,
  );
  expect(lines.slice(1)).toEqual([
    "  commands  mail   1,000   1,000  ✓",
    "            rcpt   1,000   1,001  ✗",
  ]);
});

describe("colours", () => {
  test("are there on a terminal only, and not against NO_COLOR or a dumb one", () => {
    expect(styleFor(true, {}).bad("x")).toBe(`${ESC}31mx${ESC}39m`);
    for (const style of [
      styleFor(false, {}),
      styleFor(true, { NO_COLOR: "1" }),
      styleFor(true, { TERM: "dumb" }),
    ]) {
      expect(style.bad("x")).toBe("x");
    }
  });

  test("do not count as width, nor stand half when a line is cut", () => {
    const red = styleFor(true, {}).bad("abcdef");
    expect(widthOf(red)).toBe(6);
    expect(fit(red, 6)).toBe(red);
    expect(fit(red, 4)).toBe("abc…");
  });
});

describe("quantiles", () => {
  const buckets = [
    { le: 100, count: 10 },
    { le: 250, count: 20 },
    { le: Infinity, count: 22 },
  ];
  test.each([
    [0, 0],
    [0.25, 55],
    [0.5, 115],
    [10 / 22, 100],
    [0.99, 250],
  ])("%d is %d", (q, expected) => {
    expect(quantile(q, buckets)).toBeCloseTo(expected, 5);
  });
  test("of nothing are nothing", () => {
    expect(quantile(0.5, [])).toBeUndefined();
    expect(quantile(0.5, since(buckets, buckets))).toBeUndefined();
  });
});

test("numbers are short", () => {
  expect([1, 999, 1_500, 25_000, 2_500_000, undefined].map(duration)).toEqual([
    "1µs",
    "999µs",
    "1.5ms",
    "25ms",
    "2.5s",
    "·",
  ]);
  expect([0, 12.34, 1234].map(rate)).toEqual(["·", "12.3", "1,234"]);
  expect([12, 1_200, 3_400_000].map(size)).toEqual(["12 B", "1.2 kB", "3.4 MB"]);
});

describe("the screen", () => {
  /** What a terminal of that size is sent. */
  function screenOn(columns: number, rows: number): { screen: Screen; sent: string[] } {
    const sent: string[] = [];
    const out = { columns, rows, write: (text: string) => sent.push(text) };
    return { screen: new Screen(out as unknown as WriteStream), sent };
  }

  test("draws over what it drew before, and gives the cursor back", () => {
    const { screen, sent } = screenOn(80, 24);
    screen.draw(["one", "two"]);
    screen.draw(["three"]);
    screen.draw([]);
    screen.leave();
    screen.leave();
    expect(sent).toEqual([
      `${ESC}?25l\rone${ESC}K\ntwo${ESC}K\n${ESC}J`,
      `${ESC}2A\rthree${ESC}K\n${ESC}J`,
      `${ESC}1A\r${ESC}J`,
      `${ESC}?25h`,
    ]);
  });

  test("never draws more lines than the terminal has", () => {
    const { screen, sent } = screenOn(80, 3);
    screen.draw(["1", "2", "3", "4"]);
    expect(sent.join("").match(/\n/g)).toHaveLength(2);
    expect(screen.width).toBe(79);
  });
});
