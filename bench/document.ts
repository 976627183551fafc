/** docs/benchmarks.md: what a run found stands between markers, a pair for each part. */

import { readFileSync, writeFileSync } from "node:fs";

export const DOCUMENT = "docs/benchmarks.md";

/** Puts a text between the markers of a part. Throws when the document has lost them. */
export function writeBlock(part: string, text: string): void {
  writeFileSync(DOCUMENT, withBlock(readFileSync(DOCUMENT, "utf8"), part, text));
}

/** The document with a text between `<!-- bench:PART:begin -->` and `<!-- bench:PART:end -->`. Throws without them. */
export function withBlock(document: string, part: string, text: string): string {
  const [begin, end] = [`<!-- bench:${part}:begin -->`, `<!-- bench:${part}:end -->`];
  const [before, rest] = document.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`${DOCUMENT} has lost its markers ${begin} and ${end}`);
  }
  return `${before}${[begin, text, end].join("\n\n")}${after}`;
}
