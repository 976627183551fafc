// Zeek's captures and what Zeek made of them, for any protocol. They are no part of this project.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/modules.ts";

/** Numbers by name; the first word of a name says of what kind it is. */
export type Book = Map<string, number>;

/** What two readers disagree about: name → [Zeek, the filter]. */
export type Differences = Record<string, readonly [zeek: number, ours: number]>;

const CORPUS = process.env["HEIRLOOM_CORPUS"] ?? join(ROOT, "..", "shared", "corpus");

/** The folder of Zeek's tests that have captures of a protocol; it need not be there. */
export function btestOf(protocol: string): string {
  return join(CORPUS, protocol, "zeek", "testing", "btest");
}

export function add(book: Book, key: string, count = 1): void {
  book.set(key, (book.get(key) ?? 0) + count);
}

export function linesOf(folder: string, file: string): string[] | undefined {
  const path = join(folder, file);
  if (!existsSync(path)) return undefined;
  return readFileSync(path, "latin1").split("\n");
}

/** A log of Zeek's as rows by column. */
export function rowsOf(lines: readonly string[]): Map<string, string>[] {
  const header =
    lines.find((line) => line.startsWith("#fields")) ?? lines.find((line) => line.includes("uid\t"));
  const names = (header ?? "").replace(/^#fields\t/, "").split("\t");
  return lines
    .filter((line) => line !== "" && !line.startsWith("#") && line !== header)
    .map((line) => new Map(line.split("\t").map((cell, i) => [names[i] ?? "", cell])));
}

export interface Comparison {
  /** What Zeek tells all of, if it tells any of it: first words of names. */
  readonly complete: ReadonlySet<string>;
  /** The filter's name of what Zeek calls so. */
  readonly ourName?: (key: string) => string;
}

/** Everything Zeek says anything of; where it tells all of a kind, also what only the filter has. */
export function compared(
  zeek: Book,
  ours: Book,
  { complete, ourName = (key) => key }: Comparison,
): Differences {
  const kindOf = (key: string): string => key.split(" ")[0] ?? "";
  const kinds = new Set([...zeek.keys()].map(kindOf).filter((kind) => complete.has(kind)));
  const keys = [...ours.keys()].filter((key) => kinds.has(kindOf(key)));
  const found: Differences = {};
  for (const key of new Set([...zeek.keys(), ...keys])) {
    const pair = [zeek.get(key) ?? 0, ours.get(ourName(key)) ?? 0] as const;
    if (pair[0] !== pair[1]) found[key] = pair;
  }
  return found;
}
