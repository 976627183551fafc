import { clock, duration } from "../../view/numbers.ts";
import type { Bucket } from "../../view/snapshot.ts";
import { timeWindow } from "./chart.ts";
import type { Definition } from "./definitions.ts";
import { h, setText, styleValue } from "./dom.ts";
import { figure } from "./figures.ts";
import type { Moment, Scrapes } from "./scrapes.ts";

const HEIGHT = 168;
const LEFT = 46;
const BOTTOM = 20;
const TOP = 4;
/** So many scrapes make a column: Envoy merges histograms once a second, not in step with the scrapes. */
const COLUMN_SCRAPES = 2;
/** Rows for latencies up to here are always there, in microseconds. */
const LEAST_TOP_US = 1_000_000;
/** Few samples are to be seen, too. */
const FAINTEST = 0.14;
const HINT = "stronger: more";

interface Cell {
  readonly from: number;
  readonly to: number;
  /** Of the bucket, in microseconds. */
  readonly above: number;
  readonly upTo: number;
  readonly count: number;
}

/** Latencies over time: the more in a bucket, the stronger its colour. */
export class HeatMap {
  readonly element: HTMLElement;
  private readonly definition: Definition;
  private readonly canvas = h("canvas", { role: "img" });
  private readonly readout = h("span", { class: "readout" }, HINT);
  private readonly select: HTMLSelectElement;
  private readonly quantiles: readonly HTMLElement[];
  private scrapes: Scrapes | undefined;
  private cells: readonly Cell[] = [];
  private rows: readonly number[] = [];

  constructor(definition: Definition) {
    this.definition = definition;
    this.select = h(
      "select",
      { "aria-label": `${definition.title}: latency of` },
      ...definition.latencies.map(({ label, what }) => h("option", { value: what }, label)),
    );
    const first = this.select.value;
    this.quantiles = (["p50", "p90", "p99"] as const).map((show) => figure(first, show, "b"));
    const holder = h("div", { class: "heat" }, this.canvas);
    this.element = h(
      "section",
      { class: "card wide" },
      h("header", {}, h("h3", {}, "Latency of "), this.select, this.readout),
      holder,
      h(
        "ul",
        { class: "legend" },
        ...this.quantiles.map((one, i) => h("li", {}, ["median ", "90 % ", "99 % "][i] ?? "", one)),
        h("li", { class: "quiet" }, "of the last 5 s"),
      ),
    );
    this.select.addEventListener("change", () => this.choose());
    this.canvas.addEventListener("pointermove", (event) => this.read(event));
    this.canvas.addEventListener("pointerleave", () => setText(this.readout, HINT));
    new ResizeObserver(() => this.redraw()).observe(holder);
  }

  update(scrapes: Scrapes): void {
    this.scrapes = scrapes;
    this.redraw();
  }

  redraw(): void {
    const { scrapes } = this;
    if (!scrapes) return;
    const all = columns(scrapes, this.select.value);
    const seen = all.flatMap(({ buckets }) => buckets.filter(({ count }) => count > 0).map(({ le }) => le));
    const top = Math.max(LEAST_TOP_US, ...seen.filter(Number.isFinite));
    this.rows = (all[0]?.buckets ?? []).map(({ le }) => le).filter((le) => le <= top || seen.includes(le));
    this.cells = all.flatMap(({ from, to, buckets }) =>
      buckets.map(({ le, count }, i) => ({ from, to, above: buckets[i - 1]?.le ?? 0, upTo: le, count })),
    );
    this.draw(timeWindow(scrapes));
    const label = this.select.selectedOptions[0]?.text ?? "";
    const told = this.quantiles.map((one) => one.textContent ?? "").join(", ");
    this.canvas.setAttribute("aria-label", `Latency of ${label} over time; median, 90 % and 99 %: ${told}`);
  }

  private choose(): void {
    for (const one of this.quantiles) one.dataset.metric = this.select.value;
    this.element.dispatchEvent(new CustomEvent("figures", { bubbles: true }));
    this.redraw();
  }

  private draw([from, to]: readonly [number, number]): void {
    const { width, context } = this.prepare();
    const plot = { width: width - LEFT - 8, height: HEIGHT - TOP - BOTTOM };
    const x = (seconds: number): number => LEFT + ((seconds - from) / (to - from)) * plot.width;
    const row = plot.height / Math.max(1, this.rows.length);
    const most = Math.max(1, ...this.cells.map(({ count }) => count));
    context.fillStyle = styleValue("--sunk");
    context.fillRect(LEFT, TOP, plot.width, plot.height);
    context.fillStyle = styleValue(`--${this.definition.protocol}`);
    for (const cell of this.cells) {
      const index = this.rows.indexOf(cell.upTo);
      if (index < 0 || cell.count <= 0 || cell.to < from) continue;
      context.globalAlpha = FAINTEST + (1 - FAINTEST) * Math.sqrt(cell.count / most);
      const left = Math.max(LEFT, x(cell.from));
      context.fillRect(left, TOP + plot.height - (index + 1) * row, x(cell.to) - left, row - 1);
    }
    context.globalAlpha = 1;
    this.label(context, { row, bottom: TOP + plot.height, from, to, x });
  }

  /** A canvas as sharp as the screen. */
  private prepare(): { width: number; context: CanvasRenderingContext2D } {
    const width = this.canvas.parentElement?.clientWidth ?? 300;
    const scale = window.devicePixelRatio;
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(HEIGHT * scale);
    const context = this.canvas.getContext("2d");
    if (!context) throw new Error("no canvas");
    context.scale(scale, scale);
    return { width, context };
  }

  private label(
    context: CanvasRenderingContext2D,
    {
      row,
      bottom,
      from,
      to,
      x,
    }: { row: number; bottom: number; from: number; to: number; x: (s: number) => number },
  ): void {
    context.fillStyle = styleValue("--muted");
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "right";
    context.textBaseline = "middle";
    // The lines between rows are the buckets' bounds; decades are enough to read the rest by.
    this.rows.forEach((le, i) => {
      if (Number.isInteger(Math.log10(le))) context.fillText(decade(le), LEFT - 6, bottom - (i + 1) * row);
    });
    context.textAlign = "center";
    context.textBaseline = "alphabetic";
    const step = to - from > 150 ? 60 : 15;
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
      if (x(at) < x(to) - 8) context.fillText(clock(at), x(at), HEIGHT - 4);
    }
  }

  private read(event: PointerEvent): void {
    const { scrapes } = this;
    if (!scrapes) return;
    const [from, to] = timeWindow(scrapes);
    const box = this.canvas.getBoundingClientRect();
    const at = from + ((event.clientX - box.left - LEFT) / (box.width - LEFT - 8)) * (to - from);
    const height = (HEIGHT - TOP - BOTTOM) / Math.max(1, this.rows.length);
    const le = this.rows[Math.floor((HEIGHT - BOTTOM - (event.clientY - box.top)) / height)];
    const cell = this.cells.find((one) => one.upTo === le && one.from <= at && at < one.to);
    const words =
      cell && `${clock(cell.from)} · ${duration(cell.above)}–${duration(cell.upTo)}: ${cell.count}`;
    setText(this.readout, words ?? HINT);
  }
}

/** What came into each bucket, a few scrapes at a time. */
function columns(scrapes: Scrapes, what: string): { from: number; to: number; buckets: Bucket[] }[] {
  const { moments, began } = scrapes;
  // By the scrapes' own numbers: columns must not change while time goes on.
  const edges = moments.filter(({ scrape }, i) => scrape % COLUMN_SCRAPES === 0 || i === moments.length - 1);
  return edges.slice(1).map((after, i) => {
    const before = edges[i] as Moment;
    const grown = scrapes.between(what, before, after);
    const buckets = grown.map(({ le, count }, k) => ({ le, count: count - (grown[k - 1]?.count ?? 0) }));
    return { from: (before.at - began) / 1_000, to: (after.at - began) / 1_000, buckets };
  });
}

function decade(us: number): string {
  if (us < 1_000) return `${us} µs`;
  return us < 1_000_000 ? `${us / 1_000} ms` : `${us / 1_000_000} s`;
}
