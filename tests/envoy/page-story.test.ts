// What the page shows of a story, and that text from elsewhere stays text.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PageServer } from "../../demo/page/server.ts";
import type { StoryState } from "../../demo/page/story-state.ts";
import { startChromium } from "./support/chromium.ts";
import { openViewer, PHONE, type Viewer } from "./support/page.ts";
import { readWidth } from "./support/in-page.mjs";
import { describeWith } from "./support/requirements.ts";

const TIMEOUT_MS = 120_000;

const BEGINNING: StoryState = {
  act: 2,
  acts: 4,
  title: "Verbosity is raised",
  text: "The listener is updated while sessions are open.",
  checks: [
    { what: "listener updates", before: "1", after: "", holds: null },
    { what: "sessions open", before: "5", after: "5", holds: true },
  ],
  done: false,
};

describeWith(["chromium"], "a story on the page", () => {
  let page: PageServer;
  let browser: Browser;
  let viewer: Viewer;

  beforeAll(async () => {
    page = await PageServer.start({ host: "127.0.0.1", port: 0 });
    browser = await startChromium();
    viewer = await openViewer(browser, page.url);
  }, TIMEOUT_MS);

  afterAll(async () => {
    await browser?.close();
    await page?.stop();
  }, TIMEOUT_MS);

  const story = () => viewer.page.locator("#story");
  const checks = () => viewer.page.locator("#story-checks li");

  test("there is none until one plays", async () => {
    await viewer.page.getByRole("main").waitFor();
    expect(await viewer.page.locator("#story").isVisible()).toBe(false);
  });

  test("its act, and what it claims before and after", async () => {
    page.publish(BEGINNING);
    await story().waitFor();
    expect(await story().innerText()).toContain("Act 2 of 4");
    expect(await story().innerText()).toContain("The listener is updated while sessions are open.");
    expect(await checks().allInnerTexts()).toEqual([
      expect.stringMatching(/listener updates\s+1\s+not known/),
      expect.stringMatching(/sessions open\s+5 → 5\s+holds/),
    ]);
  });

  test("who comes later sees it, too", async () => {
    const late = await openViewer(browser, page.url);
    await late.page.getByRole("heading", { name: BEGINNING.title }).waitFor();
    await late.page.context().close();
  });

  test("a claim that does not hold is marked, and markup in words is only words", async () => {
    const what = '<img src=x onerror="document.title=1"> refused';
    page.publish({ ...BEGINNING, checks: [{ what, before: "0", after: "1", holds: false }], done: true });
    await expect.poll(() => checks().allInnerTexts()).toEqual([expect.stringContaining(what)]);
    expect(await checks().first().getAttribute("class")).toBe("bad");
    expect(await story().innerText()).toContain("The end of the story");
    expect(await viewer.page.locator("#story img").count()).toBe(0);
    expect(viewer.complaints).toEqual([]);
  });

  test("on a phone", async () => {
    await viewer.page.setViewportSize(PHONE);
    expect(await viewer.page.evaluate(readWidth)).toBe(PHONE.width);
  });
});
