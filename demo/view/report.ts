import type { Row } from "../compare.ts";
import { comparison } from "./comparison.ts";
import type { Terminal } from "./terminal.ts";

/** The comparison of one protocol. */
export interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** What the demo has come to. */
export interface Findings {
  readonly sections: readonly Section[];
  readonly complaints: readonly string[];
  /** The proxy, for people. */
  readonly proxy: string;
}

/** Clients that were disturbed in the same way are many; a few lines tell. */
const MOST_COMPLAINTS = 3;

/** Prints filter against books. Returns the exit code: 0 when every row is equal, and nobody was disturbed. */
export function report({ sections, complaints, proxy }: Findings, terminal: Terminal): number {
  const { style, width } = terminal;
  const rows = sections.flatMap((section) => section.rows);
  const wrong = rows.filter(({ equal }) => !equal).length;
  terminal.print(
    ...sections.flatMap((section) => [
      "",
      style.bold(section.title),
      ...comparison(section.rows, width, style),
    ]),
    "",
    ...notes(rows),
    ...complaints.slice(0, MOST_COMPLAINTS).map((line) => style.bad(`  ✗ a client was disturbed: ${line}`)),
    ...sections
      .filter((section) => section.rows.length === 0)
      .map(({ title }) => style.bad(`✗ ${proxy} shows nothing for ${title}`)),
    wrong === 0
      ? style.good(`✓ ${rows.length} rows, all equal`)
      : style.bad(`✗ ${wrong} of ${rows.length} rows differ`),
  );
  const isWhole = sections.every((section) => section.rows.length > 0);
  return wrong === 0 && isWhole && complaints.length === 0 ? 0 : 1;
}

function notes(rows: readonly Row[]): string[] {
  return [
    "  The mail server's book of a session stops at its TLS upgrade, which has its own row.",
    ...(rows.some(({ approximate }) => approximate)
      ? ["  ≈ Envoy keeps histogram sums to two digits per sample: within 5 %."]
      : []),
    ...(rows.some(({ keeper }) => keeper === "clients")
      ? ["  clients': the book is the clients', where the server cannot know."]
      : []),
  ];
}
