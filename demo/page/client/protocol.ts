import type { Hello, Receipt } from "../messages.ts";
import { Chart } from "./chart.ts";
import type { Definition, Headline } from "./definitions.ts";
import { h } from "./dom.ts";
import { figure } from "./figures.ts";
import { HeatMap } from "./heatmap.ts";
import { AnomalyList, ReceiptList } from "./lists.ts";
import type { Scrapes } from "./scrapes.ts";
import { ResultTable } from "./table.ts";

/** All that is shown of one protocol. */
export class ProtocolView {
  readonly element: HTMLElement;
  readonly definition: Definition;
  private readonly charts: readonly Chart[];
  private readonly heatMap: HeatMap;
  private readonly table: ResultTable;
  private readonly anomalies: AnomalyList;
  private readonly receipts: ReceiptList;

  constructor(definition: Definition) {
    const { protocol, title, traffic, bytes, outcomes } = definition;
    this.definition = definition;
    const [first, second, third] = [
      new Chart({ title: "Traffic", unit: "per second", lines: traffic, legend: "pace" }),
      new Chart({ ...outcomes, unit: "per second", legend: "number" }),
      new Chart({ title: "Bytes", unit: "bytes per second", lines: bytes, legend: "sizeRate" }),
    ];
    this.charts = [first, second, third];
    this.heatMap = new HeatMap(definition);
    this.table = new ResultTable(definition);
    this.anomalies = new AnomalyList(definition);
    this.receipts = new ReceiptList(definition);
    const parts = [first, second, this.heatMap, this.table, third, this.anomalies, this.receipts];
    this.element = h(
      "section",
      { class: `protocol ${protocol}`, "aria-labelledby": `title-${protocol}` },
      h("h2", { id: `title-${protocol}` }, title),
      h("dl", { class: "headlines" }, ...definition.headlines.map(headline)),
      ...parts.map(({ element }) => element),
    );
  }

  learn({ meanings }: Hello): void {
    this.anomalies.learn(meanings[this.definition.protocol]);
  }

  /** Makes room for what the scrape brought; the figures themselves come afterwards. */
  prepare(scrapes: Scrapes): void {
    this.table.update(scrapes);
    this.anomalies.update(scrapes);
  }

  draw(scrapes: Scrapes): void {
    for (const chart of this.charts) chart.update(scrapes);
    this.heatMap.update(scrapes);
  }

  redraw(): void {
    for (const chart of this.charts) chart.redraw();
    this.heatMap.redraw();
  }

  received(receipts: readonly Receipt[]): void {
    this.receipts.update(receipts);
  }
}

function headline({ label, what, show, unit, tone }: Headline): HTMLElement {
  return h("div", { class: tone }, h("dt", {}, label), h("dd", {}, figure(what, show, "b"), ` ${unit}`));
}
