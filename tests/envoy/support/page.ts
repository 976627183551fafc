// The demo's page in a browser, and what to hold its numbers against.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { expect } from "vitest";
import { count, duration, rate, size } from "../../../demo/view/numbers.ts";
import { quantile } from "../../../demo/view/snapshot.ts";
import { PROJECT } from "../../../host/envoy/project.ts";
import { parsePrometheus, parseSample, type Sample } from "../../../host/metrics/parse.ts";
import { readFigures, type Figure, type Shown } from "./in-page.mjs";

/** A viewer that remembers what a browser complained of, and whom it talked to. */
export interface Viewer {
  readonly page: Page;
  readonly complaints: string[];
  readonly origins: Set<string>;
}

export const WIDE = { width: 1440, height: 900 };
export const PHONE = { width: 375, height: 812 };

export async function openViewer(browser: Browser, url: string): Promise<Viewer> {
  const context = await browser.newContext({ viewport: WIDE, colorScheme: "light", reducedMotion: "reduce" });
  const page = await context.newPage();
  const viewer = { page, complaints: [] as string[], origins: new Set<string>() };
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) viewer.complaints.push(message.text());
  });
  page.on("pageerror", ({ message }) => viewer.complaints.push(message));
  page.on("request", (request) => viewer.origins.add(new URL(request.url()).origin));
  await page.goto(url);
  return viewer;
}

/** On a busy machine a scrape may take its time. */
const PATIENCE = { timeout: 120_000, interval: 100 };

/** Waits until the page shows this scrape or a later one. */
export async function untilScrape(page: Page, number: number): Promise<void> {
  await expect
    .poll(async () => (await page.evaluate(readFigures))?.scrape, PATIENCE)
    .toBeGreaterThanOrEqual(number);
}

/** What stands on the page at one moment. */
export async function shownOn(page: Page): Promise<Shown> {
  const shown = await page.evaluate(readFigures);
  return shown ?? expect.fail("the page shows no scrape yet");
}

/** What the page's server says that this scrape was. */
export async function rawScrape(url: string, number: number): Promise<Sample[]> {
  const response = await fetch(new URL(`/scrape/${number}`, url));
  if (!response.ok) throw new Error(`scrape ${number}: ${response.status}`);
  return parsePrometheus(await response.text());
}

/** What the figure has to say, from the text of the two scrapes alone. */
export function expectedText(
  { metric, show }: Figure,
  now: readonly Sample[],
  before: readonly Sample[],
  seconds: number,
): string {
  const total = (samples: readonly Sample[]): number =>
    metric.split(" + ").reduce((sum, one) => sum + sumOf(samples, one), 0);
  const perSecond = seconds > 0 ? (total(now) - total(before)) / seconds : 0;
  switch (show) {
    case "count":
      return count(total(now));
    case "number":
      return total(now).toLocaleString("en-US");
    case "size":
      return size(total(now));
    case "rate":
      return rate(perSecond);
    case "pace":
      return perSecond === 0 ? "0" : rate(perSecond);
    case "sizeRate":
      return size(Math.round(perSecond));
    case "p50":
    case "p90":
    case "p99":
      return duration(quantile(Number(show.slice(1)) / 100, grown(metric, now, before)));
    default:
      throw new Error(`no figure is shown as ${show}`);
  }
}

function sumOf(samples: readonly Sample[], what: string): number {
  return matching(samples, what).reduce((sum, { value }) => sum + value, 0);
}

function matching(samples: readonly Sample[], what: string): Sample[] {
  const { name, labels } = parseSample(`${what} 0`);
  return samples.filter(
    (one) =>
      one.name === name && Object.entries(labels).every(([label, value]) => one.labels[label] === value),
  );
}

/** Cumulative buckets of what came in between. */
function grown(
  metric: string,
  now: readonly Sample[],
  before: readonly Sample[],
): { le: number; count: number }[] {
  const what = metric.replace(/^\w+/, "$&_bucket");
  const earlier = new Map(matching(before, what).map(({ labels, value }) => [labels["le"], value]));
  return matching(now, what)
    .map(({ labels, value }) => ({
      le: Number(labels["le"]?.replace("+Inf", "Infinity")),
      count: value - (earlier.get(labels["le"]) ?? 0),
    }))
    .sort((a, b) => a.le - b.le);
}

/** How far text of one colour stands out from another, as WCAG 2.2 (§1.4.3) reckons it; AA wants 4.5. */
export function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Where HEIRLOOM_SCREENSHOTS wants pictures for the documentation; undefined where it wants none. */
export function screenshotFile(name: string): string | undefined {
  const folder = process.env["HEIRLOOM_SCREENSHOTS"];
  if (folder === undefined || folder === "") return undefined;
  mkdirSync(join(PROJECT, folder), { recursive: true });
  return join(PROJECT, folder, `${name}.png`);
}
