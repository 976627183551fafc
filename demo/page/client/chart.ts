import uPlot from "/vendor/uplot.js";
import { clock, rate, size } from "../../view/numbers.ts";
import type { Line } from "./definitions.ts";
import { h, setText, styleValue } from "./dom.ts";
import { figure } from "./figures.ts";
import type { Scrapes } from "./scrapes.ts";

const HEIGHT = 132;
/** Five minutes at most; at least one, so that the first seconds do not look like an hour. */
const MOST_SECONDS = 300;
const LEAST_SECONDS = 60;
const FONT = "11px system-ui, sans-serif";

/** The part of time that plots show, in seconds since the first scrape. */
export function timeWindow(scrapes: Scrapes): [from: number, to: number] {
  const end = ((scrapes.now?.at ?? 0) - scrapes.began) / 1_000;
  const from = Math.max(0, end - MOST_SECONDS);
  return [from, Math.max(end, from + LEAST_SECONDS)];
}

/** What a plot is about. */
export interface ChartOptions {
  readonly title: string;
  readonly unit: "per second" | "bytes per second";
  readonly lines: readonly Line[];
  /** What the legend says beside a line's name. */
  readonly legend: "pace" | "sizeRate" | "number";
}

/** How fast some counters grow, over time. */
export class Chart {
  readonly element: HTMLElement;
  private readonly options: ChartOptions;
  private readonly readout: HTMLElement;
  private readonly plot: uPlot;

  constructor(options: ChartOptions) {
    this.options = options;
    this.readout = h("span", { class: "readout" }, options.unit);
    const holder = h("div", {
      class: "plot",
      role: "img",
      "aria-label": `${options.title}, ${options.unit}, over time`,
    });
    this.element = h(
      "section",
      { class: "card" },
      h("header", {}, h("h3", {}, options.title), this.readout),
      holder,
      legendOf(options),
    );
    this.plot = new uPlot(this.plotOptions(), [[], ...options.lines.map(() => [])], holder);
    new ResizeObserver(([entry]) => {
      const width = Math.floor(entry?.contentRect.width ?? 0);
      if (width > 0) this.plot.setSize({ width, height: HEIGHT });
    }).observe(holder);
  }

  update(scrapes: Scrapes): void {
    const times = scrapes.moments.map(({ at }) => (at - scrapes.began) / 1_000);
    const lines = this.options.lines.map(({ what }) => times.map((_, i) => scrapes.rate(what, i)));
    this.plot.setData([times, ...lines], false);
    const [min, max] = timeWindow(scrapes);
    this.plot.setScale("x", { min, max });
  }

  /** After another theme was chosen. */
  redraw(): void {
    this.plot.redraw(false);
  }

  private plotOptions(): uPlot.Options {
    const { lines, unit } = this.options;
    const axis = { stroke: () => styleValue("--muted"), font: FONT, ticks: { show: false }, gap: 4 };
    const grid = { stroke: () => styleValue("--line"), width: 1 };
    const word = unit === "per second" ? shortRate : shortSize;
    return {
      width: 300,
      height: HEIGHT,
      legend: { show: false },
      padding: [8, 16, 0, 0],
      cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false }, sync: { key: "time" } },
      scales: { x: { time: false }, y: { range: (_, _min, max) => [0, Math.max(1, max * 1.15)] } },
      axes: [
        {
          ...axis,
          size: 22,
          grid: { show: false },
          incrs: [10, 15, 30, 60],
          space: 44,
          values: (_, at) => at.map(clock),
        },
        { ...axis, size: 46, grid, space: 32, values: (_, at) => at.map(word) },
      ],
      series: [
        {},
        ...lines.map(({ label, colour }) => ({
          label,
          stroke: () => styleValue(colour),
          width: 1.5,
          points: { show: false },
        })),
      ],
      hooks: { setCursor: [(plot) => this.read(plot)] },
    };
  }

  /** What the lines say where the pointer is. */
  private read({ cursor: { idx }, data }: uPlot): void {
    const { lines, unit } = this.options;
    const at = idx === null || idx === undefined ? undefined : data[0][idx];
    const word = unit === "per second" ? rate : size;
    const values = lines.map(
      ({ label }, i) => `${label} ${word(Math.round((data[i + 1]?.[idx ?? 0] ?? 0) * 10) / 10)}`,
    );
    setText(this.readout, at === undefined ? unit : `${clock(at)} · ${values.join(" · ")}`);
  }
}

function legendOf({ lines, legend }: ChartOptions): HTMLElement {
  const per = { pace: "/s", sizeRate: "/s", number: "" }[legend];
  return h(
    "ul",
    { class: "legend" },
    ...lines.map(({ label, what, colour }) =>
      h("li", {}, h("i", { class: `key ${colour.slice(2)}` }), `${label} `, figure(what, legend, "b"), per),
    ),
  );
}

function shortRate(value: number): string {
  return value >= 1_000 ? `${value / 1_000}k` : String(value);
}

function shortSize(value: number): string {
  if (value >= 1_000_000) return `${value / 1_000_000} MB`;
  return value >= 1_000 ? `${value / 1_000} kB` : `${value} B`;
}
