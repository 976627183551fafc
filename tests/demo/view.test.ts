import type { WriteStream } from "node:tty";
import { describe, expect, test } from "vitest";
import { LDAP_PANEL } from "../../demo/ldap/panel.ts";
import { SMTP_PANEL } from "../../demo/smtp/panel.ts";
import { comparison } from "../../demo/view/comparison.ts";
import { layout } from "../../demo/view/layout.ts";
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
ldap_connections_total 40
ldap_connections_active 1
ldap_cleartext_binds_total{method="simple"} 9
ldap_search_entries_total 700
ldap_bytes_total{from="server"} 98765
ldap_requests_total{op="bind"} 12
ldap_requests_total{op="search"} 500
ldap_requests_total{op="add"} 0
ldap_responses_total{op="bind",class="success"} 9
ldap_responses_total{op="bind",class="security"} 3
ldap_responses_total{op="search",class="success"} 480
ldap_responses_total{op="search",class="limit"} 4
ldap_responses_total{op="search",class="referral"} 6
ldap_operation_duration_us_bucket{op="search",le="500"} 0
ldap_operation_duration_us_bucket{op="search",le="1000"} 490
ldap_operation_duration_us_bucket{op="search",le="+Inf"} 490
ldap_operations_total{outcome="answered"} 502
ldap_operations_total{outcome="abandoned"} 10
ldap_operations_active 0
ldap_bind_results_total{result="success"} 9
ldap_bind_results_total{result="invalid_credentials"} 3
ldap_search_filters_total{shape="eq"} 500
`),
  12_000,
);
const BEFORE = new Snapshot(parsePrometheus('smtp_commands_total{verb="mail"} 200'), 7_000);
const MOMENT = { seconds: 65, now: NOW, before: BEFORE };

const PANELS = [SMTP_PANEL, LDAP_PANEL];

function view(width: number, height: number, panels = PANELS): string[] {
  return layout(
    panels.map((panel) => panel.content(MOMENT, plain)),
    { width, height },
    plain,
  );
}

const SMTP_VIEW = [
  "  SMTP  30 sessions · 2 open · 6.0 per s · · encrypted",
  "        · messages · · per s · 1.2 MB from clients · 0 B back",
  "",
  "  verb     total  per s    2xx  3xx  4xx  5xx    p50    p90    p99",
  "  connect     30    6.0      ·    ·    ·    ·      ·      ·      ·",
  "  mail     1,200    200  1,190    ·    ·   10  1.0ms  2.2ms  2.5ms",
  "",
  "  transactions  1,100 committed · 3 aborted · · open",
  "  refused at    ·",
  "  aborted by    ·",
  "  recipients    ·",
];
const LDAP_VIEW = [
  "  LDAP  40 connections · 1 open · 8.0 per s · 9 passwords in clear",
  "        700 entries · 140 per s · 0 B from clients · 98.8 kB back",
  "",
  "  op      total  per s  success  security  not found  invalid  other    p50    p90    p99",
  "  bind       12    2.4        9         3          ·        ·      ·      ·      ·      ·",
  "  search    500    100      480         ·          ·        ·     10  750µs  950µs  995µs",
  "",
  "  operations    502 answered · 10 abandoned · · open",
  "  binds         9 success · 3 invalid_credentials",
  "  filters       500 eq",
  "  searches      ·",
];

describe("the live view", () => {
  test("is aligned and says what happened, one protocol below the other", () => {
    expect(view(100, 60)).toEqual([...SMTP_VIEW, "", ...LDAP_VIEW]);
  });

  test("has them side by side where the terminal is wide", () => {
    const lines = view(183, 20);
    expect(lines).toEqual(SMTP_VIEW.map((line, i) => `${line.padEnd(93)}${LDAP_VIEW[i] ?? ""}`.trimEnd()));
  });

  test.each([183, 120, 80, 60, 40, 20])("fits into %i columns", (width) => {
    for (const line of view(width, 60)) expect(widthOf(line)).toBeLessThanOrEqual(width);
  });

  test.each([23, 17, 13])("fits into %i lines: what is busiest stays, in its order", (height) => {
    const lines = view(100, height);
    expect(lines.length).toBeLessThanOrEqual(height);
    for (const word of ["  SMTP", "  mail", "  transactions", "  LDAP", "  search", "  operations"])
      expect(lines.filter((line) => line.startsWith(`${word} `))).toHaveLength(1);
  });

  test("leaves out what is least busy first", () => {
    expect(view(100, 9, [SMTP_PANEL]).map((line) => line.trim().split(/\s+/)[0])).toEqual([
      ...["SMTP", "·", "verb", "connect", "mail", "transactions"],
    ]);
    const rows = view(100, 5, [LDAP_PANEL]).map((line) => line.trim().split(/\s+/)[0]);
    expect(rows).toEqual(["LDAP", "700", "op", "search", "operations"]);
  });

  test("gives up columns before it cuts anything", () => {
    const [heading] = view(60, 60, [SMTP_PANEL]).filter((line) => line.includes("verb"));
    expect(heading?.trim().split(/ {2,}/)).toEqual([
      "verb",
      "total",
      "per s",
      "2xx",
      "4xx",
      "5xx",
      "p50",
      "p99",
    ]);
    const [titles] = view(80, 60, [LDAP_PANEL]).filter((line) => line.includes("total"));
    expect(titles?.trim().split(/ {2,}/)).toEqual([
      "op",
      "total",
      "per s",
      "success",
      "security",
      "not found",
      "p50",
      "p90",
      "p99",
    ]);
  });

  test("is one line for each protocol in a log", () => {
    expect(PANELS.map((panel) => panel.logLine(MOMENT))).toEqual([
      "SMTP · sessions 30 (2 open) · commands 1,200 (200/s) · committed 1,100, rejected ·, aborted 3 · end of data p50 · p99 ·",
      "LDAP · connections 40 (1 open) · requests 512 (102/s) · answered 502, abandoned 10 · p50 · p99 ·",
    ]);
  });
});

test("the comparison marks what differs", () => {
  const row = { title: "commands", keeper: "server" as const, filter: 1000, approximate: false };
  const lines = comparison(
    [
      { ...row, key: "mail", book: 1000, equal: true, approximate: true },
      { ...row, key: "rcpt", book: 1001, equal: false },
      { ...row, key: "noop", book: 1000, equal: true, keeper: "clients" },
    ],
    80,
    plain,
  );
  expect(lines.slice(1)).toEqual([
    "  commands  mail   1,000  1,000  ✓ ≈",
    "            rcpt   1,000  1,001  ✗",
    "            noop   1,000  1,000  ✓ clients'",
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
