// The demo's page, in a real browser, before the demo on a real Envoy.

import { execFile, spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { compare } from "../../demo/compare.ts";
import { PORTS, STAT_PREFIX } from "../../demo/configuration.ts";
import { LDAP_ACCOUNTS } from "../../demo/ldap/accounts.ts";
import { PASSWORD } from "../../demo/ldap/company.ts";
import { SMTP_ACCOUNTS } from "../../demo/smtp/accounts.ts";
import { replaceAddresses } from "../../host/envoy/adapt.ts";
import { formatAddress } from "../../host/envoy/address.ts";
import { anyPort } from "../../host/envoy/ports.ts";
import { startEnvoy, type RunningEnvoy } from "../../host/envoy/process.ts";
import { PROJECT } from "../../host/envoy/project.ts";
import { startChromium } from "./support/chromium.ts";
import {
  forgetChoices,
  readColours,
  readComparison,
  readNameless,
  readWidth,
  leaveAlone,
  type Shown,
} from "./support/in-page.mjs";
import {
  contrast,
  expectedText,
  openViewer,
  PHONE,
  rawScrape,
  screenshotFile,
  shownOn,
  untilScrape,
  WIDE,
  type Viewer,
} from "./support/page.ts";
import { describeWith } from "./support/requirements.ts";

const run = promisify(execFile);

/** On a busy machine Envoy, the demo and a browser need their time to start. */
const TIMEOUT_MS = 120_000;
/** So many scrapes make rates, latencies and several columns of the heat maps; pictures want more to show. */
const ENOUGH_SCRAPES = screenshotFile("") === undefined ? 8 : 75;
/** Pictures are for pages that people load. */
const MOST_PICTURE_BYTES = 200_000;

/** What has to be on the page in numbers, whatever else is. */
const SHOWN = [
  ["smtp_messages_total", "pace"],
  ["smtp_sessions_active", "number"],
  ["smtp_commands_total", "pace"],
  ['smtp_bytes_total{from="client"}', "sizeRate"],
  ['smtp_transactions_total{outcome="committed"}', "number"],
  ['smtp_replies_total{verb="rcpt",class="5xx"}', "count"],
  ['smtp_command_duration_us{verb="eod"}', "p99"],
  ['smtp_anomalies_total{kind="data_before_rcpt"}', "number"],
  ["ldap_requests_total", "pace"],
  ["ldap_cleartext_binds_total", "number"],
  ['ldap_responses_total{op="bind",class="security"}', "count"],
  ['ldap_responses_total{class="success"}', "number"],
  ['ldap_operation_duration_us{op="search"}', "p50"],
  ['ldap_anomalies_total{kind="http_on_ldap"}', "number"],
] as const;

describeWith(["envoy", "chromium"], "the demo's page in Chromium", () => {
  let envoy: RunningEnvoy;
  let demo: Demo;
  let browser: Browser;
  let viewer: Viewer;

  beforeAll(async () => {
    await run(process.execPath, ["tools/build.mjs", "--node", "--stale"], { cwd: PROJECT });
    const ports = {
      mail: await anyPort(),
      directory: await anyPort(),
      book: await anyPort(),
      page: await anyPort(),
    };
    envoy = await startEnvoy({ config: await configuration(ports), concurrency: 2, cwd: PROJECT });
    demo = new Demo(ports, await attaching(envoy));
    await demo.start();
    browser = await startChromium();
    viewer = await openViewer(browser, demo.url);
  }, TIMEOUT_MS);

  afterAll(async () => {
    await browser?.close();
    await demo?.stop();
    await envoy?.stop();
  }, TIMEOUT_MS);

  test("every number is that of the scrape it is said to be of", { timeout: TIMEOUT_MS }, async () => {
    await untilScrape(viewer.page, ENOUGH_SCRAPES);
    // Some of what clients do is rare.
    await expect.poll(async () => missingOn(viewer.page), { timeout: TIMEOUT_MS }).toEqual([]);
    const shown = await shownOn(viewer.page);
    await expectTrue(shown, demo.url);
    expect(shown.figures.length).toBeGreaterThan(200);
  });

  test("the filters' side of the comparison is of one scrape, too", async () => {
    const { scrape, rows } = await viewer.page.evaluate(readComparison);
    const samples = await rawScrape(demo.url, scrape);
    const filter = samples.filter(({ labels }) => labels["stat_prefix"] === STAT_PREFIX);
    const expected = [SMTP_ACCOUNTS, LDAP_ACCOUNTS].flatMap((accounts) =>
      compare(accounts, { filter, before: [], books: [] }).map(
        (row) => [`${row.title} ${row.key}`.trim(), Math.round(row.filter).toLocaleString("en-US")] as const,
      ),
    );
    expect(expected.length).toBeGreaterThan(100);
    const shown = rows.map(({ name, filter: text }) => [name, text]);
    expect(shown).toEqual(expect.arrayContaining(expected.map((one) => [...one])));
    expect(rows.map(({ state }) => state)).not.toContain("different");
  });

  test("another latency, chosen by keyboard, is of the same scrape", async () => {
    const { page } = viewer;
    await page.getByLabel("SMTP: latency of").focus();
    await page.keyboard.type("RCPT");
    const shown = await shownOn(page);
    const chosen = shown.figures.filter(({ metric }) => metric === 'smtp_command_duration_us{verb="rcpt"}');
    // Three in the table, and three below the heat map.
    expect(chosen.map(({ show }) => show).sort()).toEqual(["p50", "p50", "p90", "p90", "p99", "p99"]);
    await expectTrue(shown, demo.url);
  });

  test("two viewers see the same, from one scrape a second", async () => {
    const second = await openViewer(browser, demo.url);
    await untilScrape(second.page, 1);
    const sights = new Map<number, Shown>();
    await vi.waitFor(async () => {
      for (const { page } of [viewer, second]) {
        const shown = await shownOn(page);
        const seen = sights.get(shown.scrape);
        sights.set(shown.scrape, shown);
        if (page !== second.page || seen === undefined) continue;
        const totals = ({ figures }: Shown): unknown => figures.filter(({ show }) => show === "count");
        return expect(totals(shown)).toEqual(totals(seen));
      }
      throw new Error("no scrape was seen by both yet");
    }, TIMEOUT_MS);
    expect(second.complaints).toEqual([]);
    await second.page.context().close();
  });

  test("shows the last mails and operations, and two sessions as they go, and no password", async () => {
    const { page } = viewer;
    await expect.poll(() => page.locator(".smtp .receipts li").count()).toBe(8);
    await expect.poll(() => page.locator(".ldap .receipts li").count()).toBe(12);
    expect(await page.locator(".smtp .receipts").innerText()).toMatch(/@client\.demo\.test → \w+@demo\.test/);
    expect(await page.locator(".ldap .receipts").innerText()).toContain("dc=demo,dc=test");
    await page.locator("#sessions .good .lines li").nth(4).waitFor();
    await page.locator("#sessions .failing .lines .outcome.bad").first().waitFor();
    expect(await page.locator("#sessions").innerText()).toMatch(/2xx after [\d.]+ m?s|success after/);
    expect(await page.content()).not.toContain(PASSWORD);
  });

  test.each(["light", "dark"] as const)("%s: legible, and as wide as a phone", async (theme) => {
    const { page } = viewer;
    await page.emulateMedia({ colorScheme: theme });
    await page.locator(`html[data-theme=${theme}]`).waitFor();
    await expectLegible(page);
    await picture(page, `demo-${theme}`, { ...WIDE, height: 960 });
    await page.setViewportSize(PHONE);
    expect(await page.evaluate(readWidth)).toBe(PHONE.width);
    await picture(page, `demo-${theme}-phone`, { ...PHONE, height: 1300 });
    await page.setViewportSize(WIDE);
    await page.getByRole("button", { name: "Switch to" }).click();
    expect(await page.locator("html").getAttribute("data-theme")).not.toBe(theme);
    await page.getByRole("button", { name: "Switch to" }).click();
    await page.evaluate(forgetChoices);
  });

  test("has landmarks, and names for all that can be reached by keyboard", async () => {
    const { page } = viewer;
    for (const role of ["banner", "main", "contentinfo"] as const) await page.getByRole(role).waitFor();
    for (const name of ["SMTP", "LDAP", "Sessions as they go", /^Filters against servers/])
      await page.getByRole("region", { name }).first().waitFor();
    expect(await page.evaluate(readNameless)).toEqual([]);
  });

  test("asked nobody but the demo, and the browser had nothing to complain of", () => {
    expect([...viewer.origins]).toEqual([new URL(demo.url).origin]);
    expect(viewer.complaints).toEqual([]);
  });

  test("at the end its numbers are Envoy's, and the servers'", { timeout: TIMEOUT_MS }, async () => {
    const { page } = viewer;
    expect(await demo.stop(), demo.output).toBe(0);
    await page.locator("html[data-state=over]").waitFor();
    expect(await page.locator("#verdict").innerText()).toMatch(/^✓ The end: \d{3} rows, all equal\.$/);
    const own = await envoy.scrape();
    const shown = await shownOn(page);
    const totals = shown.figures.filter(({ show }) => ["count", "number", "size"].includes(show));
    expect(totals.map(({ text }) => text)).toEqual(totals.map((one) => expectedText(one, own, [], 0)));
    expect(totals.length).toBeGreaterThan(100);
    const states = (await page.evaluate(readComparison)).rows.map(({ state }) => state);
    expect(new Set(states)).toEqual(new Set(["equal"]));
  });

  test(
    "finds the demo again by itself, and says so when Envoy is gone",
    { timeout: TIMEOUT_MS },
    async () => {
      const { page } = viewer;
      await demo.start();
      await page.locator("html[data-state=live]").waitFor({ timeout: TIMEOUT_MS });
      await untilScrape(page, 2);
      expect(await page.locator("#notice").isVisible()).toBe(false);
      await envoy.stop();
      await page.locator("html[data-state=gone]").waitFor({ timeout: TIMEOUT_MS });
      const notice = page.getByRole("alert");
      expect(await notice.innerText()).toMatch(/is gone: no answer from .+What you see is of scrape \d+/);
      expect(await demo.exited).toBe(1);
    },
  );
});

interface DemoPorts {
  readonly mail: number;
  readonly directory: number;
  readonly book: number;
  readonly page: number;
}

/** The demo as it is built, at ports that stay the same when it is started again. */
class Demo {
  readonly url: string;
  output = "";
  exited: Promise<number | null> = Promise.resolve(null);
  private readonly ports: DemoPorts;
  private readonly words: readonly string[];
  private child: ChildProcessWithoutNullStreams | undefined;

  constructor(ports: DemoPorts, words: readonly string[]) {
    this.ports = ports;
    this.words = words;
    this.url = `http://127.0.0.1:${ports.page}/`;
  }

  async start(): Promise<void> {
    const names = Object.entries(this.ports) as [keyof DemoPorts, number][];
    const variables = names.map(([name, port]) => [PORTS[name].variable, String(port)]);
    const env = { ...process.env, ...Object.fromEntries(variables) };
    const child = spawn(process.execPath, ["dist/demo/main.js", ...this.words], { cwd: PROJECT, env });
    this.child = child;
    this.output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (text: Buffer) => (this.output += text.toString()));
    this.exited = once(child, "close").then(() => child.exitCode);
    await vi.waitFor(() => expect(this.output).toContain(this.url), { timeout: TIMEOUT_MS });
  }

  /** Ctrl-C. Resolves with the exit code. */
  async stop(): Promise<number | null> {
    this.child?.kill("SIGINT");
    return this.exited;
  }
}

/** envoy.yaml for these servers, at any ports. */
async function configuration({ mail, directory }: DemoPorts): Promise<string> {
  const any = { host: "127.0.0.1", port: 0 };
  return replaceAddresses(await readFile(join(PROJECT, "envoy.yaml"), "utf8"), {
    admin: any,
    listeners: { smtp: any, ldap: any },
    clusters: { smtp: { ...any, port: mail }, ldap: { ...any, port: directory } },
  });
}

async function attaching(envoy: RunningEnvoy): Promise<string[]> {
  const listen = [await envoy.listener("smtp"), await envoy.listener("ldap")].map(formatAddress);
  return ["--attach", listen.join(), "--admin", new URL(envoy.admin).host];
}

/** Every figure, from the text of the two scrapes that it is said to be from. */
async function expectTrue({ scrape, sinceScrape, seconds, figures }: Shown, url: string): Promise<void> {
  const [now, before] = await Promise.all([rawScrape(url, scrape), rawScrape(url, sinceScrape)]);
  const wrong = figures
    .map((one) => ({ ...one, expected: expectedText(one, now, before, seconds) }))
    .filter(({ text, expected }) => text !== expected);
  expect(wrong).toEqual([]);
}

/** Which of those that have to be there are not, or say that there was nothing. */
async function missingOn(page: Page): Promise<string[]> {
  const { figures } = await shownOn(page);
  const isThere = ([metric, show]: readonly [string, string]): boolean =>
    figures.some((one) => one.metric === metric && one.show === show && !/^(0|·|)$/.test(one.text));
  return SHOWN.filter((one) => !isThere(one)).map((one) => one.join(" as "));
}

/** Text on what it stands on, as far as colours go. */
async function expectLegible(page: Page): Promise<void> {
  for (const [text, ground] of await page.evaluate(readColours))
    expect(contrast(text, ground), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
}

async function picture(page: Page, name: string, size: { width: number; height: number }): Promise<void> {
  await page.setViewportSize(size);
  await page.evaluate(leaveAlone);
  const { scrape } = await shownOn(page);
  // Plots follow a changed width with the next scrape at the latest.
  await untilScrape(page, scrape + 1);
  const bytes = await page.screenshot({ path: screenshotFile(name), scale: "css" });
  expect(bytes.length, name).toBeLessThan(MOST_PICTURE_BYTES);
  expect(bytes.length, name).toBeGreaterThan(10_000);
}
