// Every example on the real Envoy: what docs/examples.md says comes of it, does.

import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EXAMPLES_FOLDER } from "../../demo/examples/example.ts";
import { readSection, type Section } from "../../demo/examples/section.ts";
import { startExample, type RunningExample } from "../../demo/examples/start.ts";
import { ownSamples, shownLine } from "../../demo/examples/watch.ts";
import { findEnvoy } from "../../host/envoy/find.ts";
import { EnvoyStartError } from "../../host/envoy/process.ts";
import { playSession, shownBy } from "./support/example-sessions.ts";
import { describeWith } from "./support/requirements.ts";
import { does } from "./support/version.ts";

/** What differs from run to run, everywhere. */
const VOLATILE: readonly RegExp[] = [/(?<=127\.0\.0\.\d:)\d+/g, /\d+(?= us\b)/g, /(?<=\bus=)\d+/g];

/** … and in one example. */
const VOLATILE_IN: Readonly<Record<string, readonly RegExp[]>> = {
  base: [/(?<=context )\d+/g, /(?<=parent )\d+/g],
};

/** Lines that come as time passes, however long that is. */
const LEFT_OUT: Readonly<Record<string, RegExp>> = { base: /on_tick/ };

/** How long the last flush may take on a busy machine. */
const PATIENCE = { timeout: 20_000, interval: 50 };

describeWith(["envoy"], "examples", () => {
  for (const name of readdirSync(EXAMPLES_FOLDER)) {
    describe.skipIf(name === "router" && !does("connect-mode"))(name, () => {
      const logged: string[] = [];
      let section: Section;
      let running: RunningExample;

      beforeAll(async () => {
        section = readSection(name);
        const envoy = (await findEnvoy()) ?? "";
        let isReady = false;
        running = await startExample(name, {
          envoy,
          ports: "free",
          onLine: (line) => {
            const shown = isReady ? shownLine(line) : undefined;
            if (shown !== undefined) logged.push(shown);
          },
        });
        isReady = true;
      });

      afterAll(() => running?.stop());

      test("sends back what the documentation shows", async () => {
        expect(section.sessions.length).toBeGreaterThan(0);
        for (const session of section.sessions) {
          const lines = await playSession(session, running.addressFor(session.port));
          expect(lines).toEqual(shownBy(session));
        }
      });

      test("logs what the documentation shows", async () => {
        await expect.poll(() => comparable(name, logged), PATIENCE).toEqual(comparable(name, section.log));
      });

      test("counts what the documentation shows", async () => {
        const found = async (): Promise<string[]> => {
          const samples = ownSamples(await running.envoy.scrape());
          const lines = [...samples].map(([key, value]) => `${key} ${value}`);
          return section.metrics.map((line) => (lines.includes(line) ? line : `not: ${line}`));
        };
        await expect.poll(found, PATIENCE).toEqual(section.metrics);
      });
    });
  }

  test("settings: a wrong configuration is refused with the lines that the documentation shows", async () => {
    const { commands } = readSection("settings");
    const [command] = commands;
    const settings: unknown = JSON.parse(/--set '(.*)'$/.exec(command?.command ?? "")?.[1] ?? "");
    const envoy = (await findEnvoy()) ?? "";
    const start = startExample("settings", {
      envoy,
      ports: "free",
      settings: settings as Record<string, unknown>,
    });
    const error: unknown = await start.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(EnvoyStartError);
    const lines = (error as EnvoyStartError).reasons.map((reason) => `heirloom example: ${reason}`);
    expect(lines).toEqual(command?.shown);
  });
});

/** Lines in an order that does not depend on which of Envoy's outputs is read first. */
function comparable(name: string, lines: readonly string[]): string[] {
  const leftOut = LEFT_OUT[name];
  const masks = [...VOLATILE, ...(VOLATILE_IN[name] ?? [])];
  const masked = lines
    .filter((line) => leftOut?.test(line) !== true)
    .map((line) => masks.reduce((text, mask) => text.replace(mask, "N"), line));
  const isOfFilter = (line: string): boolean => line.startsWith("[");
  return [...masked.filter(isOfFilter), ...masked.filter((line) => !isOfFilter(line))];
}
