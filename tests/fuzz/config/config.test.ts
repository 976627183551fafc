// The reader of configurations under changed documents: no trap, an end, and the verdict of JSON and the schema.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ObjectSchema } from "../../support/configurations.ts";
import { modulePath, ROOT } from "../../support/modules.ts";
import { compile } from "../driver.ts";
import { ledgerModule } from "../ledger.ts";
import { countingTurns } from "../prepare.ts";
import { TARGETS } from "../target.ts";
import { ConfigFuzzer } from "./fuzzer.ts";
import { structOf } from "./struct.ts";

/** Documents of the run in CI, for each filter: the same ones every time. */
const DOCUMENTS = 300;
const SEED = 1;
const TIMEOUT = 120_000;

describe.each(TARGETS)("the reader of $name", ({ name }) => {
  test(
    `holds in ${DOCUMENTS} documents`,
    () => {
      const fuzzer = fuzzerOf(name, name);
      for (let i = 0; i < DOCUMENTS; i++) expect(fuzzer.run(i), `document ${i}`).toBeUndefined();
      expect(fuzzer.tally.compared).toBeGreaterThan(DOCUMENTS / 2);
      expect(fuzzer.tally.accepted).toBeGreaterThan(DOCUMENTS / 10);
      expect(fuzzer.tally.accepted).toBeLessThan(DOCUMENTS / 2);
    },
    TIMEOUT,
  );

  test(
    "a verdict that is not the schema's is found out",
    () => {
      const fuzzer = fuzzerOf(name, name === "ldap" ? "smtp" : "ldap");
      const found = Array.from({ length: DOCUMENTS }, (_, i) => fuzzer.run(i)?.kind);
      expect(found).toContain("verdict");
    },
    TIMEOUT,
  );
});

test("what does not end is found out", () => {
  const fuzzer = fuzzerOf("smtp", "smtp", 1_000);
  expect(fuzzer.run(0)).toEqual({ kind: "fault", text: "does not end" });
});

test("documents are the same for the same seed and number", () => {
  const [one, other] = [fuzzerOf("smtp", "smtp"), fuzzerOf("smtp", "smtp")];
  for (const i of [0, 7, 99]) expect(one.make(i)).toEqual(other.make(i));
  expect(one.make(1)).not.toEqual(one.make(2));
});

test("a Struct is what protobuf makes of it", () => {
  // As Envoy 1.40 passes {"a": [1, true, null, "x"]}.
  const bytes = "0a1f0a0161121a3218" + "0a09" + "11000000000000f03f" + "0a022001" + "0a020800" + "0a031a0178";
  expect(structOf({ a: [1, true, null, "x"] }).toString("hex")).toBe(bytes);
});

function fuzzerOf(filter: string, schema: string, mostWork?: number): ConfigFuzzer {
  const code = compile(countingTurns(readFileSync(modulePath(filter))), ledgerModule());
  const text = readFileSync(join(ROOT, "filters", schema, "config.schema.json"), "utf8");
  return new ConfigFuzzer(code, JSON.parse(text) as ObjectSchema, SEED, mostWork);
}
