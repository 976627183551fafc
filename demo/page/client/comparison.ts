import type { ComparedRow, Comparison } from "../messages.ts";
import { byId, h, setText } from "./dom.ts";

type RowState = ComparedRow["state"];

const MARKS: Readonly<Record<RowState, string>> = { equal: "✓", settling: "…", different: "✗" };

interface RowParts {
  readonly row: HTMLElement;
  readonly filter: HTMLElement;
  readonly book: HTMLElement;
  readonly mark: HTMLElement;
  readonly state: HTMLElement;
}

/** Filters against servers, row by row. */
export class ComparisonView {
  private readonly rows = new Map<string, RowParts>();
  private layout = "";

  update({ scrape, sections, verdict }: Comparison): void {
    const layout = JSON.stringify(sections.map(({ title, rows }) => [title, rows.map(idOf)]));
    if (layout !== this.layout) this.build(sections);
    this.layout = layout;
    for (const { title, rows } of sections) for (const row of rows) this.fill(title, row);
    byId("comparison").dataset.scrape = String(scrape);
    const all = sections.flatMap(({ rows }) => rows);
    const count = (state: RowState): number => all.filter((row) => row.state === state).length;
    const [settling, different] = [count("settling"), count("different")];
    const words = [
      `${all.length} rows`,
      `${count("equal")} equal`,
      ...(settling > 0 ? [`${settling} settling`] : []),
      ...(different > 0 ? [`${different} different`] : []),
    ];
    setText(byId("comparison-sum"), words.join(" · "));
    byId("comparison-sum").className = `sum ${different > 0 ? "bad" : settling > 0 ? "" : "good"}`;
    this.tell(verdict);
  }

  private tell(verdict: Comparison["verdict"]): void {
    const box = byId("verdict");
    box.hidden = verdict === undefined;
    if (!verdict) return;
    const isGood = verdict.different === 0 && verdict.complaints.length === 0;
    box.className = `verdict ${isGood ? "good" : "bad"}`;
    const first =
      verdict.different === 0
        ? `✓ The end: ${verdict.rows} rows, all equal.`
        : `✗ The end: ${verdict.different} of ${verdict.rows} rows differ.`;
    setText(box, [first, ...verdict.complaints.map((line) => `A client was disturbed: ${line}.`)].join(" "));
  }

  private build(sections: Comparison["sections"]): void {
    this.rows.clear();
    byId("comparison-tables").replaceChildren(...sections.map((section) => this.section(section)));
  }

  private section({ title, rows }: Comparison["sections"][number]): HTMLElement {
    const head = ["what both keep", "filter", "book", "same"].map((text, i) =>
      h("th", { scope: "col", class: i === 0 ? "name" : undefined }, text),
    );
    const body = rows.map((row, i) => {
      const isFirst = rows[i - 1]?.title !== row.title;
      const parts = {
        filter: h("td"),
        book: h("td"),
        mark: h("td", { class: "mark" }),
        state: h("span", { class: "unseen" }),
      };
      const name = h(
        "th",
        { scope: "row", class: "name" },
        h("span", { class: isFirst ? "title" : "title again" }, row.title),
        ...(row.key === "" ? [] : [` ${row.key}`]),
        ...(row.keeper === "clients" ? [h("small", {}, " clients’ book")] : []),
        ...(row.approximate ? [h("small", {}, " ≈ 5 %")] : []),
      );
      const element = h("tr", {}, name, parts.filter, parts.book, parts.mark);
      this.rows.set(`${title} ${idOf(row)}`, { row: element, ...parts });
      return element;
    });
    return h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": title },
      h("table", {}, h("caption", {}, title), h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...body)),
    );
  }

  private fill(section: string, row: ComparedRow): void {
    const parts = this.rows.get(`${section} ${idOf(row)}`);
    if (!parts) return;
    setText(parts.filter, Math.round(row.filter).toLocaleString("en-US"));
    setText(parts.book, Math.round(row.book).toLocaleString("en-US"));
    if (parts.row.dataset.state === row.state) return;
    parts.row.dataset.state = row.state;
    setText(parts.state, row.state);
    parts.mark.replaceChildren(
      h("span", { "aria-hidden": "true", title: row.state }, MARKS[row.state]),
      parts.state,
    );
  }
}

function idOf({ title, key }: ComparedRow): string {
  return `${title} ${key}`;
}
