/** The table of docs/compatibility.md: a row for each Envoy, a column for each area. */

import { compareVersions } from "../../host/envoy/versions.ts";
import { AREAS } from "./areas.ts";
import { NONE, type Count, type Results } from "./results.ts";

/** Behind this line of the page stands the table, up to the next empty line that follows it. */
export const MARK = "<!-- test:envoys -->";

/** The page with a row for each of `runs`; rows of other versions stay as they are. Throws when the page has no table. */
export function withRows(page: string, runs: ReadonlyMap<string, Results>): string {
  const { before, rows, after } = parted(page);
  for (const [version, results] of runs) rows.set(version, row(version, results));
  const sorted = [...rows].toSorted(([a], [b]) => compareVersions(a, b)).map(([, line]) => line);
  return [before, header(), ...sorted, after].join("\n");
}

/** The versions that the page's table has a row for. */
export function versionsIn(page: string): string[] {
  return [...parted(page).rows.keys()];
}

function parted(page: string): { before: string; rows: Map<string, string>; after: string } {
  const lines = page.split("\n");
  const start = lines.findIndex((line) => line === MARK);
  const first = lines.findIndex((line, i) => i > start && line.startsWith("|"));
  if (start < 0 || first < 0) throw new Error(`no table behind "${MARK}"`);
  const length = lines.slice(first).findIndex((line) => !line.startsWith("|"));
  const end = length < 0 ? lines.length : first + length;
  const rows = new Map<string, string>();
  for (const line of lines.slice(first, end)) {
    const version = /^\| (\d+\.\d+\.\d+) /.exec(line)?.[1];
    if (version !== undefined) rows.set(version, line);
  }
  return { before: lines.slice(0, first).join("\n"), rows, after: lines.slice(end).join("\n") };
}

function header(): string {
  const names = ["Envoy", ...AREAS.map(({ name }) => name)];
  return [cells(names), cells(names.map((_, i) => (i === 0 ? "---" : "---:")))].join("\n");
}

function row(version: string, { areas }: Results): string {
  return cells([version, ...AREAS.map(({ name }) => cell(areas.get(name) ?? NONE))]);
}

/** How many passed; what did not. */
function cell({ passed, failed, skipped }: Count): string {
  if (passed + failed + skipped === 0) return "–";
  const others = [failed > 0 ? `**${failed} failed**` : "", skipped > 0 ? `${skipped} skipped` : ""];
  return [String(passed), ...others.filter((text) => text !== "")].join(", ");
}

function cells(texts: readonly string[]): string {
  return `| ${texts.join(" | ")} |`;
}
