// Every PromQL expression of the docs, the rules and the dashboards, evaluated by Prometheus against Envoy under the demo's traffic:
// it parses, returns series, and what can be compared with the servers' own books is their value.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { locateEnvoy } from "../../../host/envoy/find.ts";
import { anyPort } from "../../../host/envoy/ports.ts";
import { markdownFiles } from "../../../tools/docs/markdown.mjs";
import { describeWith } from "../support/requirements.ts";
import { asSent, dashboards } from "./dashboards.ts";
import { rulesIn, startPrometheus, type Prometheus, type Series } from "./prometheus.ts";

/** Pages with PromQL; the demo has no mailboxes. */
const PAGES = markdownFiles().filter(
  (page) => page !== "docs/pop3.md" && expressionsOf(readFileSync(page, "utf8")).length > 0,
);

const BOARDS = dashboards();
const PANELS = BOARDS.flatMap(({ file: board, panels }) =>
  panels.flatMap(({ title, targets = [] }) =>
    targets.length === 0 ? [] : [{ board, title, expressions: targets.map(({ expr }) => expr) }],
  ),
);
const VARIABLES = BOARDS.flatMap(({ file: board, templating }) =>
  templating.list.flatMap(({ name, definition }) =>
    definition === undefined ? [] : [{ board, name, definition }],
  ),
);

/** Longer than the test: it is ended when all is asked. */
const DEMO_SECONDS = 300;
const START_TIMEOUT_MS = 120_000;
/** Two flushes and two scrapes of the same traffic, on a slow machine. */
const SETTLE_TIMEOUT_MS = 30_000;

/** Of the demo's traffic nothing comes of these: comparisons that are only true when something is wrong, or rare. */
const MAY_BE_EMPTY = [/[<>=!]=? ?[\d.]+\s*$/, /slow_(commands|operations)_total/];

describeWith(["envoy", "server:prometheus"], "Prometheus at the demo's Envoy", () => {
  let demo: ChildProcess | undefined;
  let prometheus: Prometheus | undefined;

  beforeAll(async () => {
    const [admin, book] = [await anyPort(), await anyPort()];
    demo = await startDemo(admin, book);
    prometheus = await startPrometheus({ envoy: `127.0.0.1:${admin}`, servers: `127.0.0.1:${book}` });
    await until("smtp_transactions_total", (found) => found.length > 0 && sumOf(found) > 20);
    await until("ldap_operations_total", (found) => found.length > 0 && sumOf(found) > 20);
    // Rates need two scrapes of everything, recording rules the rates.
    await until("instance_stat_prefix:smtp_commit_duration_seconds:p95_5m", isNumber);
    await until("instance_stat_prefix:ldap_request_duration_seconds:p95_5m", isNumber);
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await prometheus?.stop();
    if (demo === undefined || demo.exitCode !== null) return;
    const ended = once(demo, "exit");
    demo.kill("SIGINT");
    await ended;
  }, START_TIMEOUT_MS);

  test.each(PAGES)("the expressions of %s return series", async (page) => {
    const expressions = expressionsOf(readFileSync(page, "utf8"));
    for (const expression of expressions) {
      const found = await query(expression);
      if (!MAY_BE_EMPTY.some((pattern) => pattern.test(expression)))
        expect(found, expression).not.toHaveLength(0);
    }
  });

  test("the filters' pages and that of the alerts have expressions", () => {
    expect(PAGES).toEqual(expect.arrayContaining(["docs/smtp.md", "docs/ldap.md", "docs/alerts.md"]));
  });

  test("the expressions of docs/pop3.md are ones: the demo has no mailboxes", async () => {
    const expressions = expressionsOf(readFileSync("docs/pop3.md", "utf8"));
    expect(expressions.length).toBeGreaterThan(20);
    for (const expression of expressions) await query(expression);
  });

  test.each(PANELS)("the panel $board: $title returns series", async ({ expressions }) => {
    const found: Series[] = [];
    for (const expression of expressions) found.push(...(await query(asSent(expression))));
    expect(found).not.toHaveLength(0);
  });

  test.each(VARIABLES)("$board: $name has values to choose from", async ({ definition }) => {
    const [, series = "", label = ""] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
    const values = (await query(asSent(series))).map(({ labels }) => labels[label]);
    expect(values.filter((value) => value === undefined || value === "")).toEqual([]);
    expect(values).not.toHaveLength(0);
  });

  const RECORDED = rulesIn("recording.yaml").map(({ name }) => name);

  test.each(RECORDED.filter(hasTraffic))("%s is recorded, in seconds or as a share", async (name) => {
    await until(name, isNumber);
    for (const { value } of (await query(name)).filter((one) => !Number.isNaN(one.value))) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThan(60);
    }
  });

  test("connections that no filter counted are at most those of the last second", async () => {
    await until(UNCOUNTED, isNumber);
    for (const { labels, value } of await query(UNCOUNTED)) {
      expect(labels["stat_prefix"]).toBe("edge");
      expect(Math.abs(value)).toBeLessThan(1000);
    }
  });

  test.each(rulesIn("alerts.yaml"))(
    "the alert $name is evaluated, and silent under the demo's traffic but for what the demo does",
    async ({ name }) => {
      const [rule] = (await query(`ALERTS{alertname="${name}",alertstate="firing"}`)).map(
        ({ labels }) => labels,
      );
      if (!DONE_BY_THE_DEMO.has(name)) expect(rule).toBeUndefined();
    },
  );

  test("the recorded latency is that of the histogram, in seconds", async () => {
    const microseconds = "histogram_quantile(0.95, sum by (le) (rate(smtp_commit_duration_us_bucket[5m])))";
    await vi.waitFor(
      async () => {
        const [raw] = await query(microseconds);
        const [recordedOne] = await query("instance_stat_prefix:smtp_commit_duration_seconds:p95_5m");
        expect((recordedOne?.value ?? NaN) * 1e6).toBeCloseTo(raw?.value ?? NaN, -4);
      },
      { timeout: SETTLE_TIMEOUT_MS, interval: 200 },
    );
  });

  async function query(expression: string): Promise<Series[]> {
    if (prometheus === undefined) return expect.fail("there is no Prometheus");
    return prometheus.query(expression);
  }

  async function until(expression: string, isIt: (found: Series[]) => boolean): Promise<void> {
    const look = async (): Promise<void> => {
      const found = await query(expression);
      if (!isIt(found)) throw new Error(`${expression}: ${JSON.stringify(found)}`);
    };
    await vi.waitFor(look, { timeout: START_TIMEOUT_MS / 2, interval: 200 });
  }
});

const UNCOUNTED = "instance_stat_prefix:tcp_connections_uncounted:sum";

/** A latency or a share that the demo gives something to: it has no mailboxes. */
function hasTraffic(name: string): boolean {
  return name !== UNCOUNTED && !name.includes("pop3");
}

/** What clients of the demo do on purpose. */
const DONE_BY_THE_DEMO = new Set([
  "LdapCleartextBinds",
  "SmtpCleartextAuthentication",
  "LdapSecurityFailures",
]);

async function startDemo(admin: number, book: number): Promise<ChildProcess> {
  const { path } = await locateEnvoy();
  const words = ["--seconds", String(DEMO_SECONDS), "--verbosity", "high"];
  const demo = spawn(process.execPath, ["dist/demo/main.js", ...words], {
    env: {
      ...process.env,
      ...(path === undefined ? {} : { ENVOY: path }),
      HEIRLOOM_ADMIN_PORT: String(admin),
      HEIRLOOM_BOOK_PORT: String(book),
      HEIRLOOM_SMTP_PORT: String(await anyPort()),
      HEIRLOOM_LDAP_PORT: String(await anyPort()),
    },
    stdio: "ignore",
  });
  await once(demo, "spawn");
  return demo;
}

/** In code blocks marked promql, and in the column PromQL of tables. */
function expressionsOf(page: string): string[] {
  const blocks = [...page.matchAll(/```promql\n([\s\S]*?)```/g)].map(([, text = ""]) => text.trim());
  const cells = page.split("\n").flatMap((line) => {
    const last = /^\|.*\| `([^`]+)` \|$/.exec(line)?.[1]?.replaceAll("\\|", "|");
    return last !== undefined && /\b(smtp|ldap|pop3)_\w+/.test(last) && /[([{]/.test(last) ? [last] : [];
  });
  return [...blocks, ...cells];
}

function sumOf(found: readonly Series[]): number {
  return found.reduce((all, { value }) => all + value, 0);
}

function isNumber(found: readonly Series[]): boolean {
  return found.some(({ value }) => !Number.isNaN(value));
}
