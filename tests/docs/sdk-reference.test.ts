/** What the SDK's reference is made of: the doc comments of what is public. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { entryOf, sectionsOf } from "../../tools/docs/reference-source.mjs";

const folder = mkdtempSync(join(tmpdir(), "heirloom-reference-"));
const entry = join(folder, "index.ts");

const SOURCES = {
  "index.ts": `// What there is.

// Things
export { Thing } from "./thing";
export { LIMIT } from "./thing";

// Others
export { Kind } from "./kind";
`,
  "kind.ts": "/** Which. */\nexport enum Kind {\n  one,\n  /** The other. */\n  two,\n}\n",
  "thing.ts": `import { Base } from "./base";

const USUAL: i32 = 7;

/** A bound. */
export const LIMIT: i32 = 1 << 4;

/**
 * A thing,
 * in two lines.
 */
export abstract class Thing extends Base {
  /** How many. */
  readonly count: i32 = 0;
  /** For the runtime: nothing to see. */
  inner: i32 = 0;
  private hidden: i32 = 0;
  bare: i32 = 0;

  /** \`size\`: in bytes. */
  constructor(size: i32) {
    super();
  }

  /** Does it. */
  static act(_how: i32 = USUAL): bool {
    return true;
  }

  /** What others write. */
  abstract write(): void;

  /** For those who extend it. */
  protected tell(): void {}
}
`,
  "base.ts": `/** Not exported. */
export class Base {
  /** From the base. */
  inherited(): void {}
}
`,
};

beforeAll(() => {
  for (const [name, text] of Object.entries(SOURCES)) writeFileSync(join(folder, name), text);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test("line comments of the entry are sections, but for the first", () => {
  expect(sectionsOf(entry)).toEqual([
    { heading: "Things", names: ["Thing", "LIMIT"] },
    { heading: "Others", names: ["Kind"] },
  ]);
});

test("what is public of a class", () => {
  const problems: string[] = [];
  const { declaration, doc, members } = entryOf(entry, "Thing", problems);
  expect([declaration, doc]).toEqual(["abstract class Thing", "A thing, in two lines."]);
  expect(members.map(({ signature, note }) => [signature, note])).toEqual([
    ["count: i32", "read only"],
    ["bare: i32", ""],
    ["new Thing(size: i32)", ""],
    ["Thing.act(how: i32 = 7): bool", ""],
    ["write(): void", "abstract"],
    ["tell(): void", "for the class itself"],
    ["inherited(): void", ""],
  ]);
  expect(problems).toEqual([expect.stringMatching(/thing\.ts: Thing\.bare has no doc comment$/)]);
});

test("enums and constants", () => {
  expect(entryOf(entry, "Kind", [])).toMatchObject({ declaration: "enum Kind", doc: "Which." });
  expect(entryOf(entry, "Kind", []).members.map(({ doc }) => doc)).toEqual(["", "The other."]);
  expect(entryOf(entry, "LIMIT", [])).toMatchObject({
    declaration: "const LIMIT: i32 = 1 << 4",
    doc: "A bound.",
  });
});
