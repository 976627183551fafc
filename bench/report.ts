/** Tables and targets, as Markdown. */

import type { Footprint } from "./footprint.ts";
import type { Samples } from "./measure.ts";
import { median, minimum, ratio, type Series } from "./summary.ts";
import { table } from "./table.ts";
import { BASELINES, FLOOR, STANDARD, TRAFFIC } from "./variants.ts";

/** All that was measured in a run. */
export interface Results {
  readonly samples: Samples;
  /** By variant; only the variants that are filters of ours. */
  readonly footprints: Readonly<Record<string, Footprint>>;
}

/** One promise, and whether it is kept. */
export interface Verdict {
  readonly target: string;
  /** NaN when it was not measured. */
  readonly found: number;
  readonly limit: number;
  readonly unit: string;
}

/** At most that much more CPU than the module that only fetches the bytes. */
const CPU_LIMIT = 1.12;
const IDLE_LIMIT = 1.5 * 1024;
const MODULE_LIMIT = 40 * 1024;

/** The results as Markdown: one table per kind of load, one of footprints, the targets. */
export function report(results: Results): string {
  const parts = Object.entries(results.samples).map(([traffic, byVariant]) =>
    [`### ${traffic}`, cpuTable(byVariant)].join("\n\n"),
  );
  if (Object.keys(results.footprints).length > 0) {
    parts.push(["### Size, memory, host calls", footprintTable(results.footprints)].join("\n\n"));
  }
  parts.push(["### Targets", targetTable(verdicts(results))].join("\n\n"));
  return parts.join("\n\n");
}

function cpuTable(byVariant: Readonly<Record<string, Series>>): string {
  const baselines = BASELINES.filter((name) => byVariant[name] !== undefined);
  const header = ["variant", "µs/message, median", "min", ...baselines.map((name) => `÷ ${name}`)];
  const rows = Object.entries(byVariant).map(([name, series]) => [
    name,
    median(series).toFixed(1),
    minimum(series).toFixed(1),
    ...baselines.map((baseline) =>
      lower(name, BASELINES.indexOf(baseline)) ? ratioCell(series, byVariant[baseline] ?? []) : "",
    ),
  ]);
  return table(header, rows);
}

/** Whether a variant stands below a baseline: the baselines are compared one way only. */
function lower(name: string, baseline: number): boolean {
  const place = BASELINES.indexOf(name);
  return place < 0 || place > baseline;
}

/** Paired (of medians, of minima). */
function ratioCell(series: Series, baseline: Series): string {
  const { paired, ofMedians, ofMinima } = ratio(series, baseline);
  return `${paired.toFixed(3)} (${ofMedians.toFixed(3)}, ${ofMinima.toFixed(3)})`;
}

function footprintTable(footprints: Readonly<Record<string, Footprint>>): string {
  const header = [
    "variant",
    "module, KiB",
    "empty VM, KiB",
    "grown per idle session, bytes",
    "taken per idle session, bytes",
    "host calls per command",
    "fetches per command",
  ];
  const rows = Object.entries(footprints).map(([name, one]) => [
    name,
    (one.moduleBytes / 1024).toFixed(1),
    (one.emptyBytes / 1024).toFixed(0),
    one.bytesPerIdleSession.toFixed(0),
    Number.isNaN(one.marginalBytesPerSession) ? "" : one.marginalBytesPerSession.toFixed(0),
    one.hostCallsPerCommand.toFixed(2),
    one.fetchesPerCommand.toFixed(2),
  ]);
  return table(header, rows);
}

/** The targets at `standard`, each with what was found. */
export function verdicts({ samples, footprints }: Results): Verdict[] {
  const [small, large] = TRAFFIC;
  const cpu = [small, large].map((traffic) => ({
    target: `CPU ÷ ${FLOOR}: ${traffic?.name ?? ""}`,
    found: pairedRatio(samples[traffic?.name ?? ""] ?? {}),
    limit: CPU_LIMIT,
    unit: "",
  }));
  const one = footprints[STANDARD];
  return [
    ...cpu,
    {
      // What a session takes; the memory behind it doubles whenever it is full, however little is missing.
      target: "linear memory taken per idle session",
      found: one?.marginalBytesPerSession ?? NaN,
      limit: IDLE_LIMIT,
      unit: "bytes",
    },
    { target: "module", found: one?.moduleBytes ?? NaN, limit: MODULE_LIMIT, unit: "bytes" },
  ];
}

function pairedRatio(byVariant: Readonly<Record<string, Series>>): number {
  const measured = byVariant[STANDARD];
  const floor = byVariant[FLOOR];
  return measured === undefined || floor === undefined ? Number.NaN : ratio(measured, floor).paired;
}

function targetTable(all: readonly Verdict[]): string {
  const rows = all.map((one) => [
    one.target,
    figure(one.limit, one.unit),
    figure(one.found, one.unit),
    word(one),
  ]);
  return table([`target, ${STANDARD}`, "at most", "found", ""], rows);
}

function figure(value: number, unit: string): string {
  if (Number.isNaN(value)) return "–";
  return unit === "" ? value.toFixed(3) : `${value.toFixed(0)} ${unit}`;
}

function word({ found, limit }: Verdict): string {
  if (Number.isNaN(found)) return "not measured";
  return found <= limit ? "met" : "missed";
}
