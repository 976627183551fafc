import type { Hello, Receipt } from "../messages.ts";
import type { Definition } from "./definitions.ts";
import { h, timeOfDay } from "./dom.ts";
import { figure } from "./figures.ts";
import type { Scrapes } from "./scrapes.ts";

/** As many as fit beside a plot. */
const MOST_ANOMALIES = 6;

/** What peers do that they should not, the most frequent first, and what it means. */
export class AnomalyList {
  readonly element: HTMLElement;
  private readonly metric: string;
  private readonly list = h("ul", { class: "anomalies" });
  private meanings: Readonly<Record<string, string>> = {};
  private shown = "";

  constructor({ anomalies, title }: Definition) {
    this.metric = anomalies;
    const header = h("header", {}, h("h3", {}, "Anomalies"), h("span", { class: "readout" }, `of ${title}`));
    this.element = h("section", { class: "card" }, header, this.list);
    this.show([]);
  }

  learn(meanings: Hello["meanings"][keyof Hello["meanings"]]): void {
    this.meanings = meanings;
  }

  update(scrapes: Scrapes): void {
    const kinds = scrapes.by(this.metric, "kind").slice(0, MOST_ANOMALIES);
    this.show(kinds.map(([kind]) => kind));
  }

  private show(kinds: readonly string[]): void {
    const key = kinds.join();
    if (key === this.shown && this.list.childElementCount > 0) return;
    this.shown = key;
    const items = kinds.map((kind) =>
      h(
        "li",
        {},
        figure(`${this.metric}{kind="${kind}"}`, "number", "b"),
        h("div", {}, h("code", {}, kind), h("p", {}, this.meanings[kind] ?? "")),
      ),
    );
    this.list.replaceChildren(...(items.length > 0 ? items : [h("li", { class: "empty" }, "None so far.")]));
  }
}

/** The last things that a server entered in its own book. */
export class ReceiptList {
  readonly element: HTMLElement;
  private readonly list = h("ol");
  private readonly rows: number;

  constructor({ receipts }: Definition) {
    this.rows = receipts.rows;
    this.list.style.minHeight = `calc(${this.rows} * var(--row))`;
    const source = h("span", { class: "readout" }, "from the server’s own book");
    this.element = h(
      "section",
      { class: "card wide receipts" },
      h("header", {}, h("h3", {}, receipts.title), source),
      this.list,
    );
    this.update([]);
  }

  update(receipts: readonly Receipt[]): void {
    const rows = receipts
      .slice(0, this.rows)
      .map(({ at, what, subject, amount, outcome, isGood }) =>
        h(
          "li",
          {},
          h("time", {}, timeOfDay(at)),
          h("span", {}, what),
          h("span", { class: "subject", title: subject }, subject),
          h("span", { class: "amount" }, amount),
          h("span", { class: isGood ? "outcome" : "outcome bad" }, outcome),
        ),
      );
    this.list.replaceChildren(...(rows.length > 0 ? rows : [h("li", { class: "empty" }, "Nothing yet.")]));
  }
}
