import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { HostModule } from "../../host/index.ts";
import { byteByByte, cutAtEveryPosition, type Variant } from "../support/cuts.ts";
import { ROOT, builtModule } from "../support/modules.ts";
import { asWritten, mismatches, Stage } from "../support/replay.ts";
import { readTranscript, type Transcript } from "../support/transcript.ts";

const FOLDER = join(ROOT, "tests", "transcripts");

/** The protocols are the folders; each has a module of that name. */
const protocols = existsSync(FOLDER)
  ? readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  : [];

describe("transcripts", () => {
  test("there are some", () => {
    expect(protocols.map(({ name }) => name)).toContain("smtp");
  });

  for (const { name: protocol } of protocols) {
    describe(protocol, () => {
      let module: HostModule;
      beforeAll(async () => {
        module = await builtModule(protocol);
      });

      for (const file of markdownIn(join(FOLDER, protocol))) {
        const shown = file.slice(FOLDER.length + 1);
        describe(shown, () => {
          const transcript = readTranscript(file, protocol);
          const stage = (): Stage => new Stage(module, `heirloom.${protocol}`, transcript.configuration);

          test("as written", () => {
            const fresh = stage();
            hold(transcript, fresh, { name: "as written", cut: asWritten });
            expectLog(transcript.log, fresh.logged);
            for (const [key, text] of transcript.filterState) {
              expect(Buffer.from(fresh.filterState.get(key) ?? []).toString(), key).toBe(text);
            }
          });

          test("byte by byte", () => {
            hold(transcript, stage(), byteByByte(transcript));
          });

          test("with every metric", () => {
            // What is counted only in detail has invariants, too.
            const detailed = new Stage(module, `heirloom.${protocol}`, inFull(transcript.configuration));
            detailed.play(transcript, byteByByte(transcript).cut);
          });

          test("cut at every position", () => {
            // One VM for all: what a connection leaves behind would show in the next.
            const shared = stage();
            for (const variant of cutAtEveryPosition(transcript)) hold(transcript, shared, variant);
          });
        });
      }
    });
  }
});

function inFull(configuration = "{}"): string {
  return JSON.stringify({ ...(JSON.parse(configuration) as object), verbosity: "high" });
}

function hold(transcript: Transcript, stage: Stage, variant: Variant): void {
  let problems: string[];
  try {
    problems = mismatches(transcript, stage.play(transcript, variant.cut));
  } catch (error) {
    problems = [error instanceof Error ? error.message : String(error)];
  }
  if (problems.length > 0) expect.fail(`${transcript.title}, ${variant.name}:\n  ${problems.join("\n  ")}`);
}

function expectLog(expected: readonly string[], logged: readonly string[]): void {
  let from = 0;
  for (const part of expected) {
    const at = logged.findIndex((line, index) => index >= from && line.includes(part));
    if (at < 0) expect.fail(`not logged: ${part}\nlogged:\n  ${logged.join("\n  ")}`);
    from = at + 1;
  }
}

function markdownIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && !name.endsWith("README.md"))
    .sort()
    .map((name) => join(folder, name));
}
