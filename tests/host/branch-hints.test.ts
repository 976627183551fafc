// Modules ship with hints which way their branches go (tools/branch-hints.mjs).

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { branchesOf, counting, countersOf, hinted } from "../../tools/branch-hints.mjs";
import { CODE_SECTION, CUSTOM_SECTION, Reader, sectionsOf } from "../../tools/wasm.mjs";

const NAME = "metadata.code.branch_hint";

/** A function for each of two branches. */
const TWO_BRANCHES = Buffer.from(
  [
    "0061736d 01000000", // header
    "01 06 01 60 01 7f 01 7f", // a type: i32 to i32
    "03 03 02 00 00", // two functions of it
    "06 06 01 7f 00 41 07 0b", // a global, which counters have to lie behind
    "07 0e 02 02 6966 00 00 05 62725f6966 00 01", // exported as if, br_if
    "0a 20 02",
    "0f 00 20 00 04 7f 20 00 41 01 6a 05 41 00 0b 0b", // if … then 1 more, else 0
    "0e 00 02 40 20 00 0d 00 41 00 0f 0b 41 01 0b", // 1 behind the block, 0 in it
  ]
    .join("")
    .replaceAll(" ", ""),
  "hex",
);

interface Hint {
  readonly index: number;
  readonly offset: number;
  readonly isLikely: boolean;
}

/** The hints of a module, and whether they stand in front of its code. */
function hintsOf(module: Buffer): Hint[] {
  const sections = sectionsOf(module);
  const code = sections.findIndex(({ id }) => id === CODE_SECTION);
  const found = sections.slice(0, code).flatMap(({ id, content }) => {
    const reader = new Reader(content);
    return id === CUSTOM_SECTION && reader.take(reader.number()).toString() === NAME ? [reader] : [];
  });
  expect(found).toHaveLength(1);
  return found.flatMap(readHints);
}

function readHints(reader: Reader): Hint[] {
  const hints: Hint[] = [];
  for (let functions = reader.number(); functions > 0; functions--) {
    const index = reader.number();
    for (let count = reader.number(); count > 0; count--) {
      const offset = reader.number();
      expect(reader.number()).toBe(1);
      hints.push({ index, offset, isLikely: reader.byte() === 1 });
    }
  }
  expect(reader.atEnd).toBe(true);
  return hints;
}

type Exported = (value: number) => number;

function started(module: Buffer): Record<string, unknown> {
  return new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(module))).exports;
}

test("branches are found, and counted in a copy that does the same", () => {
  expect(branchesOf(TWO_BRANCHES)).toEqual([
    { index: 0, offset: 3 },
    { index: 1, offset: 5 },
  ]);
  const exports = started(counting(TWO_BRANCHES));
  const plain = started(TWO_BRANCHES);
  for (const name of ["if", "br_if"]) {
    for (const value of [0, 0, 5]) {
      expect((exports[name] as Exported)(value)).toBe((plain[name] as Exported)(value));
    }
  }
  for (const branch of [0, 1]) {
    const { seen, taken } = countersOf(branch);
    expect(exports[seen]).toMatchObject({ value: 3 });
    expect(exports[taken]).toMatchObject({ value: 1 });
  }
});

test("a hint says what nearly always happened; where both ways are usual, or nothing was seen, there is none", () => {
  const counts = [
    { seen: 1000, taken: 1000 },
    { seen: 1000, taken: 0 },
  ];
  const with2 = hinted(TWO_BRANCHES, (branch) => counts[branch] ?? { seen: 0, taken: 0 });
  expect(hintsOf(with2)).toEqual([
    { index: 0, offset: 3, isLikely: true },
    { index: 1, offset: 5, isLikely: false },
  ]);
  expect((started(with2)["if"] as Exported)(5)).toBe(6);
  expect(hintsOf(hinted(TWO_BRANCHES, () => ({ seen: 100, taken: 50 })))).toEqual([]);
  expect(hintsOf(hinted(TWO_BRANCHES, () => ({ seen: 0, taken: 0 })))).toEqual([]);
});

test.each(["smtp", "ldap", "heirloom"])("the hints of %s.wasm stand at branches", (name) => {
  const module = readFileSync(`build/${name}.wasm`);
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(new Uint8Array(module))).length;
  const places = new Set(branchesOf(module).map(({ index, offset }) => `${imports + index}:${offset}`));
  const hints = hintsOf(module);
  expect(hints.length).toBeGreaterThan(300);
  for (const { index, offset } of hints) expect(places).toContain(`${index}:${offset}`);
  expect(hints.some(({ isLikely }) => isLikely)).toBe(true);
  expect(hints.some(({ isLikely }) => !isLikely)).toBe(true);
});
