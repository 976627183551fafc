import { left, right, widthOf, type Style } from "./style.ts";

/** A column; the one with the highest `drop` goes first where the terminal is narrow, those without stay. */
export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  readonly drop?: number;
}

const GAP = "  ";
const INDENT = "  ";

/** Lines of an aligned table no wider than `width`, headings first, as far as dropping columns allows. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
  style: Style,
): string[] {
  let shown = columns.map((column, index) => ({ column, index, width: columnWidth(column, index, rows) }));
  while (total(shown) > width) {
    const [least] = shown
      .filter(({ column }) => column.drop !== undefined)
      .sort((a, b) => (b.column.drop ?? 0) - (a.column.drop ?? 0));
    if (!least) break;
    shown = shown.filter((one) => one !== least);
  }
  const line = (cells: readonly string[], paint: (text: string) => string): string =>
    INDENT +
    shown
      .map(({ column, index, width: wide }) => {
        const cell = paint(cells[index] ?? "");
        return column.align === "left" ? left(cell, wide) : right(cell, wide);
      })
      .join(GAP)
      .trimEnd();
  return [
    line(
      columns.map(({ title }) => title),
      style.dim,
    ),
    ...rows.map((cells) => line(cells, (text) => text)),
  ];
}

function columnWidth(column: Column, index: number, rows: readonly (readonly string[])[]): number {
  return Math.max(widthOf(column.title), ...rows.map((cells) => widthOf(cells[index] ?? "")));
}

function total(shown: readonly { width: number }[]): number {
  return INDENT.length + shown.reduce((sum, { width }) => sum + width, 0) + GAP.length * (shown.length - 1);
}
