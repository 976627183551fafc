import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { HostModule } from "../../host/index.ts";
import { checksOf } from "../../host/testing/checks.ts";
import { byteByByte } from "../../host/testing/cuts.ts";
import { Stage } from "../../host/testing/stage.ts";
import { readTranscript } from "../../host/testing/transcript.ts";
import { STATEMENTS } from "../support/invariants.ts";
import { ROOT, builtModule } from "../support/modules.ts";

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
      const options = { rootId: `heirloom.${protocol}`, invariants: STATEMENTS };

      for (const file of markdownIn(join(FOLDER, protocol))) {
        const shown = file.slice(FOLDER.length + 1);
        describe(shown, () => {
          const transcript = readTranscript(file, protocol);
          for (const { name, run } of checksOf(transcript, () => module, options)) test(name, run);

          test("with every metric", () => {
            // What is counted only in detail has invariants, too.
            const configuration = inFull(transcript.configuration);
            new Stage(module, { ...options, configuration }).play(transcript, byteByByte(transcript).cut);
          });
        });
      }
    });
  }
});

function inFull(configuration = "{}"): string {
  return JSON.stringify({ ...(JSON.parse(configuration) as object), verbosity: "high" });
}

function markdownIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && !name.endsWith("README.md"))
    .sort()
    .map((name) => join(folder, name));
}
