import { count, duration, rate, size } from "../../view/numbers.ts";
import { quantile } from "../../view/snapshot.ts";
import { h, setText } from "./dom.ts";
import type { Scrapes } from "./scrapes.ts";

/** How a number of a scrape is shown. */
type Show = keyof typeof SHOWS;

const SHOWS = {
  /** A count; a dot for none. */
  count: (scrapes: Scrapes, what: string) => count(scrapes.sum(what)),
  /** A count; 0 for none. */
  number: (scrapes: Scrapes, what: string) => scrapes.sum(what).toLocaleString("en-US"),
  size: (scrapes: Scrapes, what: string) => size(scrapes.sum(what)),
  /** Per second, of late; a dot for none. */
  rate: (scrapes: Scrapes, what: string) => rate(scrapes.rate(what)),
  /** Per second, of late; 0 for none. */
  pace: (scrapes: Scrapes, what: string) => (scrapes.rate(what) === 0 ? "0" : rate(scrapes.rate(what))),
  sizeRate: (scrapes: Scrapes, what: string) => size(Math.round(scrapes.rate(what))),
  p50: (scrapes: Scrapes, what: string) => duration(quantile(0.5, scrapes.recent(what))),
  p90: (scrapes: Scrapes, what: string) => duration(quantile(0.9, scrapes.recent(what))),
  p99: (scrapes: Scrapes, what: string) => duration(quantile(0.99, scrapes.recent(what))),
} as const;

/** An element that shows a number of the latest scrape; what it shows stands in its attributes. */
export function figure(what: string, show: Show, tag: "span" | "b" = "span"): HTMLElement {
  return h(tag, { class: "figure", "data-metric": what, "data-show": show }, "·");
}

/** Brings all figures up to the latest scrape. */
export function refreshFigures(scrapes: Scrapes): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-metric]")) {
    const { metric = "", show = "" } = element.dataset;
    if (show in SHOWS) setText(element, SHOWS[show as Show](scrapes, metric));
    element.classList.toggle("none", element.textContent === "·");
  }
}
