// Commands of the documentation that are marked as runnable are run, and what they show is what the pages say.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PORTS } from "../../demo/configuration.ts";
import { LDAP_SCENE } from "../../demo/ldap/scene.ts";
import { SMTP_SCENE } from "../../demo/smtp/scene.ts";
import { findEnvoy } from "../../host/envoy/find.ts";
import { markdownFiles, readMarkdown } from "../../tools/docs/markdown.mjs";
import { describeWith } from "../envoy/support/requirements.ts";
import { patternOf, prompts, stepsOf, Walkthrough } from "../support/walkthrough.ts";

/** A page whose commands a test of its own runs. */
const ELSEWHERE = "docs/sdk.md";
/** A page whose commands are typed while the demo runs. */
const WITH_THE_DEMO = "README.md";
/** What a page's commands may take together. */
const PATIENCE_MS = 120_000;

/** Servers that pages take for granted, by the port that they have there. */
const SERVERS = { 25: SMTP_SCENE, 389: LDAP_SCENE } as const;

const pages = markdownFiles()
  .map((path) => readMarkdown(path))
  .map((page) => ({ path: page.path, steps: stepsOf(page) }))
  .filter(({ path, steps }) => path !== ELSEWHERE && steps.length > 0);

describeWith(["envoy", "curl"], "commands", () => {
  describe.each(pages)("$path", ({ path, steps }) => {
    let reader: Walkthrough;
    const servers: { stop(): Promise<void> }[] = [];

    beforeAll(async () => {
      reader = new Walkthrough(await findEnvoy());
      for (const [port, scene] of Object.entries(SERVERS))
        servers.push(await scene.startServer({ host: "127.0.0.1", port: await reader.port(Number(port)) }));
      if (path === WITH_THE_DEMO) await startDemo(reader);
    });
    afterAll(async () => {
      await reader.end();
      for (const server of servers) await server.stop();
    }, PATIENCE_MS);

    test.each(steps)("$title", { timeout: PATIENCE_MS }, ({ block }) => reader.follow(block));
  });
});

async function startDemo(reader: Walkthrough): Promise<void> {
  const ports = Object.values(PORTS).map(
    async ({ variable, preferred }) => [variable, String(await reader.port(preferred))] as const,
  );
  reader.beside("node dist/demo/main.js", Object.fromEntries(await Promise.all(ports)));
}

test("some pages have such commands", () => {
  expect(pages.map(({ path }) => path)).toEqual(expect.arrayContaining(["docs/operate.md", "docs/smtp.md"]));
});

describe("what is shown", () => {
  test("is compared line by line, with … for what differs", () => {
    const pattern = patternOf("a … c\n…\nend", false);
    expect(pattern.test("a b c\nx\ny\nend\n")).toBe(true);
    expect(pattern.test("a c\nend\n")).toBe(false);
    expect(pattern.test("a b c\nend\nmore\n")).toBe(false);
    expect(patternOf("", false).test("")).toBe(true);
    expect(patternOf("", false).test("a\n")).toBe(false);
    expect(patternOf('n{a="1"} 25', true).test('n{a="7"} 1,234.5\n')).toBe(true);
    expect(patternOf('n{a="1"} 25', true).test('n{a="7"} x\n')).toBe(false);
  });

  test("belongs to the command above it, which may go over several lines", () => {
    expect(prompts("$ a \\\n  b\nout\n$ c\n")).toEqual([
      { command: "a \\\n  b", shown: "out" },
      { command: "c", shown: "" },
    ]);
  });
});
