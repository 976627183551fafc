import type { Definition } from "./definitions.ts";
import { h } from "./dom.ts";
import { figure } from "./figures.ts";
import type { Scrapes } from "./scrapes.ts";

/** Commands or operations, row by row: how many, what became of them, how long they took. */
export class ResultTable {
  readonly element: HTMLElement;
  private readonly definition: Definition;
  private readonly body = h("tbody");
  private readonly bars = new Map<string, HTMLElement>();

  constructor(definition: Definition) {
    this.definition = definition;
    const { title, rowTitle, results, rows } = definition.table;
    const head = [
      h("th", { scope: "col", class: "name" }, rowTitle),
      h("th", { scope: "col" }, "total"),
      h("th", { scope: "col", class: "spare" }, "per s"),
      ...results.map(({ title: text, isSpare }) =>
        h("th", { scope: "col", class: isSpare && "spare" }, text),
      ),
      h("th", { scope: "col", class: "spare share" }, h("span", { class: "unseen" }, "share of results")),
      h("th", { scope: "col" }, "p50"),
      h("th", { scope: "col", class: "spare" }, "p90"),
      h("th", { scope: "col", class: "spare" }, "p99"),
    ];
    const caption = h("caption", { class: "unseen" }, `${title}; latencies are of the last 5 s`);
    this.element = h(
      "section",
      { class: "card wide" },
      h("header", {}, h("h3", {}, title), h("span", { class: "readout" }, "latency of the last 5 s")),
      h("table", {}, caption, h("thead", {}, h("tr", {}, ...head)), this.body),
    );
    for (const row of rows) this.add(row);
  }

  update(scrapes: Scrapes): void {
    const { table } = this.definition;
    for (const row of table.rare) if (!this.bars.has(row) && scrapes.sum(table.total(row)) > 0) this.add(row);
    for (const [row, bar] of this.bars) {
      table.results.forEach(({ values }, i) => {
        const count = values.reduce((sum, value) => sum + scrapes.sum(table.result(row, value)), 0);
        const part = bar.children[i];
        if (part instanceof HTMLElement) part.style.flexGrow = String(count);
      });
    }
  }

  private add(row: string): void {
    const { total, result, latency, results } = this.definition.table;
    const bar = h(
      "span",
      { class: "bar", "aria-hidden": "true" },
      ...results.map(({ tone = "plain" }) => h("i", { class: tone })),
    );
    this.bars.set(row, bar);
    const cells = [
      h("td", {}, figure(total(row), "count")),
      h("td", { class: "spare" }, figure(total(row), "rate")),
      ...results.map(({ values, tone = "", isSpare }) =>
        h(
          "td",
          { class: isSpare ? `${tone} spare` : tone },
          figure(values.map((value) => result(row, value)).join(" + "), "count"),
        ),
      ),
      h("td", { class: "spare share" }, bar),
      h("td", {}, figure(latency(row), "p50")),
      h("td", { class: "spare" }, figure(latency(row), "p90")),
      h("td", { class: "spare" }, figure(latency(row), "p99")),
    ];
    this.body.append(h("tr", {}, h("th", { scope: "row", class: "name" }, row), ...cells));
  }
}
