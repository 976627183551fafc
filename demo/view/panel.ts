import { flow } from "./flow.ts";
import type { Moment } from "./moment.ts";
import { fit, type Style } from "./style.ts";
import { table, type Column } from "./table.ts";

/** How one protocol shows what its filter counts. */
export interface Panel {
  content(moment: Moment, style: Style): PanelContent;
  /** The same in one line, for a log. */
  logLine(moment: Moment): string;
}

/** What a panel shows, before it is known how much room there is. */
export interface PanelContent {
  readonly title: string;
  /** Lines of parts at the top. */
  readonly summary: readonly (readonly string[])[];
  readonly columns: readonly Column[];
  readonly rows: readonly PanelRow[];
  /** Lines below the table, the most telling first. */
  readonly outcomes: readonly Outcome[];
}

/** A row of the table; the ones with less weight go first where the terminal is low. */
export interface PanelRow {
  readonly cells: readonly string[];
  readonly weight: number;
}

export interface Outcome {
  readonly title: string;
  readonly parts: readonly string[];
}

/** Room on the terminal, in columns and lines. */
export interface Room {
  readonly width: number;
  readonly height: number;
}

/** Columns of the titles of summary and outcomes. */
const SUMMARY_TITLE = 4;
const OUTCOME_TITLE = 12;
/** Of the lines that table and outcomes share where there are few, the outcomes get one in so many. */
const OUTCOME_SHARE = 4;

/** The panel, no line wider than the room, and no more lines than it has as far as leaving out rows allows. */
export function panelLines(content: PanelContent, { width, height }: Room, style: Style): string[] {
  const summary = content.summary.flatMap((parts, i) =>
    flow(i === 0 ? style.bold(content.title) : "", parts, SUMMARY_TITLE, { width, style }),
  );
  const outcomes = content.outcomes.map(({ title, parts }) =>
    flow(style.dim(title), parts, OUTCOME_TITLE, { width, style }),
  );
  const full = [...summary, "", ...tableLines(content, content.rows, width, style), "", ...outcomes.flat()];
  const lines =
    full.length <= height ? full : cramped(content, { summary, outcomes }, { width, height }, style);
  return lines.map((line) => fit(line, width));
}

/** Without empty lines, and with what matters most of the rest. */
function cramped(
  content: PanelContent,
  parts: { readonly summary: readonly string[]; readonly outcomes: readonly (readonly string[])[] },
  { width, height }: Room,
  style: Style,
): string[] {
  const left = height - parts.summary.length - 1;
  const told = parts.outcomes
    .map(([first = ""]) => first)
    .slice(0, Math.max(1, Math.floor(left / OUTCOME_SHARE)));
  const rows = heaviest(content.rows, left - told.length);
  return [...parts.summary, ...tableLines(content, rows, width, style), ...told];
}

/** So many rows, those with the most weight, in their own order. */
function heaviest(rows: readonly PanelRow[], count: number): readonly PanelRow[] {
  const kept = new Set([...rows].sort((a, b) => b.weight - a.weight).slice(0, Math.max(1, count)));
  return rows.filter((row) => kept.has(row));
}

function tableLines(
  { columns }: PanelContent,
  rows: readonly PanelRow[],
  width: number,
  style: Style,
): string[] {
  return table(
    columns,
    rows.map(({ cells }) => cells),
    width,
    style,
  );
}
