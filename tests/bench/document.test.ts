import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DOCUMENT, withBlock } from "../../bench/document.ts";
import { PARTS } from "../../bench/parts.ts";

test("only what stands between a part's own markers is replaced", () => {
  const document =
    "a <!-- bench:x:begin -->\n\nold\n\n<!-- bench:x:end --> b <!-- bench:y:begin --><!-- bench:y:end -->";
  const found = withBlock(document, "x", "new");
  expect(found).toContain("a <!-- bench:x:begin -->\n\nnew\n\n<!-- bench:x:end --> b");
  expect(found).toContain("<!-- bench:y:begin --><!-- bench:y:end -->");
  expect(() => withBlock(document, "z", "new")).toThrow("bench:z:begin");
});

test("the document has a place for every part", () => {
  const document = readFileSync(DOCUMENT, "utf8");
  for (const name of ["tables", ...PARTS.map((part) => part.name)]) {
    expect(() => withBlock(document, name, ""), name).not.toThrow();
  }
});
