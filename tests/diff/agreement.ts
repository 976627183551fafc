// docs/agreement.md: its tables of numbers.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/modules.ts";

/** Where what differs from other readers is explained. */
export const AGREEMENT = join(ROOT, "docs", "agreement.md");

/** The first two cells of each row of the table behind `<!-- agreement: NAME -->`, without its head. */
export function tableOf(name: string): (readonly [string, string])[] {
  const [, behind] = readFileSync(AGREEMENT, "utf8").split(`<!-- agreement: ${name} -->\n`);
  if (behind === undefined) throw new Error(`docs/agreement.md has no table ${name}`);
  const lines = behind.trimStart().split("\n");
  const table = lines.slice(
    0,
    lines.findIndex((line) => !line.startsWith("|")),
  );
  return table.slice(2).map((line) => {
    const cells = line.split("|").map((cell) => cell.trim());
    return [cells[1] ?? "", cells[2] ?? ""] as const;
  });
}
