// Every example: its parts are there, and its transcripts hold on the embedded host, cut everywhere.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { EXAMPLES_FOLDER, readExample } from "../../demo/examples/example.ts";
import { readSection } from "../../demo/examples/section.ts";
import { checksOf } from "../../host/testing/checks.ts";
import { readTranscript } from "../../host/testing/transcript.ts";
import type { HostModule } from "../../host/index.ts";
import { builtModule } from "../support/modules.ts";

/** A filter that takes more is no example any more. */
const MOST_LINES = 125;

for (const name of readdirSync(EXAMPLES_FOLDER)) {
  describe(name, () => {
    const folder = join(EXAMPLES_FOLDER, name);
    const transcripts = readdirSync(folder).filter((file) => /^transcript(-\w+)?\.md$/.test(file));
    let module: HostModule;
    beforeAll(async () => {
      module = await builtModule(`examples/${name}`);
    });

    test("has all its parts", () => {
      for (const part of ["index.ts", "envoy.yaml", "transcript.md", `__tests__/${name}.spec.ts`]) {
        expect(existsSync(join(folder, part)), part).toBe(true);
      }
      expect(readExample(name).title).not.toBe("");
      expect(readSection(name).idea).not.toBe("");
    });

    test("is short", () => {
      expect(readFileSync(join(folder, "index.ts"), "utf8").split("\n").length).toBeLessThan(MOST_LINES);
    });

    for (const file of transcripts) {
      // transcript-observers.md is about the root_id heirloom.examples.NAME.observers.
      const rootId = ["heirloom.examples", name, /-(\w+)\.md$/.exec(file)?.[1]].filter(Boolean).join(".");
      describe(file, () => {
        const transcript = readTranscript(join(folder, file), "tcp");
        for (const { name: check, run } of checksOf(transcript, () => module, { rootId })) test(check, run);
      });
    }
  });
}
