/** A plot of one dimension as SVG: what is counted, and what Envoy takes. */

import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";

/** One curve's point. */
export interface Dot {
  readonly curve: string;
  readonly size: number;
  readonly cost: number;
}

/** Curves that share an axis. */
export interface Panel {
  readonly costTitle: string;
  readonly dots: readonly Dot[];
}

const WIDTH = 320;
const HEIGHT = 240;

/** Draws the panels side by side, all axes logarithmic: what is linear is a straight line that rises by a decade in a decade. */
export async function plot(title: string, sizeTitle: string, panels: readonly Panel[]): Promise<string> {
  const spec: TopLevelSpec = {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    background: "white",
    title,
    hconcat: panels.map((panel) => ({
      width: WIDTH,
      height: HEIGHT,
      data: { values: [...panel.dots] },
      mark: { type: "line", point: true },
      encoding: {
        x: { field: "size", type: "quantitative", scale: { type: "log" }, title: sizeTitle, axis: DECADES },
        y: {
          field: "cost",
          type: "quantitative",
          scale: { type: "log" },
          title: panel.costTitle,
          axis: DECADES,
        },
        color: { field: "curve", type: "nominal", title: null, sort: null, legend: { orient: "bottom" } },
      },
    })),
    resolve: { scale: { color: "independent" } },
  };
  return new vega.View(vega.parse(compile(spec).spec)).toSVG();
}

/** A line and a number for each power of ten, and none between. */
const DECADES = {
  format: ".0~s",
  values: Array.from({ length: 16 }, (_, i) => 10 ** (i - 2)),
};
