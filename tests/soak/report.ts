/** What a soak came to, for people. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, View } from "vega";
import { compile } from "vega-lite";
import type { Outcome } from "./run.ts";
import type { Look } from "./samples.ts";

const MIB = 1 << 20;
/** Rows of the table of samples. */
const ROWS = 10;

/** A table of samples, one of memory, and the verdict, in Markdown. */
export function print({ looks, balance, memory, faults, about }: Outcome): string {
  const step = Math.max(1, (looks.length - 1) / ROWS);
  const shown = Array.from({ length: ROWS + 1 }, (_, i) => looks[Math.round(i * step)]).filter(
    (one) => one !== undefined,
  );
  const rows = balance.sections.reduce((sum, one) => sum + one.rows.length, 0);
  return [
    "",
    `${about}.`,
    "",
    "| seconds | sessions | open | VMs, MiB | Envoy's heap, MiB | RSS, MiB | updates |",
    "| ------: | -------: | ---: | -------: | ----------------: | -------: | ------: |",
    ...shown.map(rowOf),
    "",
    "| memory | bytes a session | grown, KiB | allowed, KiB |",
    "| ------ | --------------: | ---------: | -----------: |",
    ...memory.map(
      ({ name, slope, grown, allowed }) =>
        `| ${name} | ${slope.toFixed(2)} | ${Math.round(grown / 1024)} | ${Math.round(allowed / 1024)} |`,
    ),
    "",
    ...faults.map((line) => `✗ ${line}`),
    ...(faults.length === 0 ? [`✓ memory level, gauges 0, ${rows} rows of books equal`] : []),
    "",
  ].join("\n");
}

/** Writes `soak.json` with all samples and `soak.svg` with memory and sessions over time. */
export async function writeReport(folder: string, outcome: Outcome): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "soak.json"), `${JSON.stringify(outcome, undefined, 2)}\n`);
  writeFileSync(join(folder, "soak.svg"), await plot(outcome.looks));
}

function rowOf(one: Look): string {
  const mib = (bytes: number): string => (bytes / MIB).toFixed(1);
  const numbers = [mib(one.vmBytes), mib(one.heapBytes), mib(one.rssBytes), one.updates];
  return `| ${one.seconds.toFixed(0)} | ${one.sessions.toLocaleString("en-US")} | ${one.open} | ${numbers.join(" | ")} |`;
}

const WIDTH = 640;
const HEIGHT = 150;

/** Sessions so far, and below them memory, over time. */
async function plot(looks: readonly Look[]): Promise<string> {
  const x = { field: "minutes", type: "quantitative", title: "minutes" } as const;
  const memory = looks.flatMap((one) => [
    { minutes: one.seconds / 60, of: "Envoy's RSS", mib: one.rssBytes / MIB },
    { minutes: one.seconds / 60, of: "Envoy's heap", mib: one.heapBytes / MIB },
    { minutes: one.seconds / 60, of: "VMs", mib: one.vmBytes / MIB },
  ]);
  const sessions = looks.map((one) => ({ minutes: one.seconds / 60, sessions: one.sessions }));
  const { spec } = compile({
    background: "white",
    vconcat: [
      {
        width: WIDTH,
        height: HEIGHT,
        data: { values: sessions },
        mark: "line",
        encoding: { x, y: { field: "sessions", type: "quantitative", title: "sessions" } },
      },
      {
        width: WIDTH,
        height: HEIGHT,
        data: { values: memory },
        mark: "line",
        encoding: {
          x,
          y: { field: "mib", type: "quantitative", title: "MiB" },
          color: { field: "of", type: "nominal", title: null },
        },
      },
    ],
  });
  return new View(parse(spec), { renderer: "none" }).toSVG();
}
