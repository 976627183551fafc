import type { Row } from "../compare.ts";
import { fit, type Style } from "./style.ts";
import { table, type Column } from "./table.ts";

const COLUMNS: readonly Column[] = [
  { title: "", align: "left" },
  { title: "", align: "left" },
  { title: "filter", align: "right" },
  { title: "book", align: "right" },
  { title: "", align: "left" },
];

/** Filter against books, row by row. */
export function comparison(rows: readonly Row[], width: number, style: Style): string[] {
  const cells = rows.map((row, i) => {
    const title = rows[i - 1]?.title === row.title ? "" : row.title;
    const mark = row.equal ? style.good("✓") : style.bad("✗");
    const notes = [
      mark,
      ...(row.approximate ? ["≈"] : []),
      ...(row.keeper === "clients" ? ["clients'"] : []),
    ];
    return [title, row.key, number(row.filter), number(row.book), notes.join(" ")];
  });
  return table(COLUMNS, cells, width, style).map((line) => fit(line, width));
}

function number(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
