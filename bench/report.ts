/** Tables and targets, as Markdown. */

import type { Footprint } from "./footprint.ts";
import type { Samples } from "./measure.ts";
import { BASELINES, FLOOR, type Protocol } from "./protocol.ts";
import { median, minimum, ratio, type Series } from "./summary.ts";
import { table } from "./table.ts";

/** All that was measured of a protocol in a run. */
export interface Results {
  readonly protocol: Protocol;
  readonly samples: Samples;
  /** By variant; only the variants that are filters of ours. */
  readonly footprints: Readonly<Record<string, Footprint>>;
  /** Units per second in the TypeScript host, by variant and exchange. */
  readonly throughputs: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** One promise, and whether it is kept. */
export interface Verdict {
  readonly target: string;
  /** NaN when it was not measured. */
  readonly found: number;
  readonly limit: number;
  /** Which side of the limit is the good one. */
  readonly bound: "at most" | "at least";
  /** Empty for a ratio. */
  readonly unit: string;
}

/** The results as Markdown: one table per kind of load, of footprints, of throughput, the targets. */
export function report(results: Results): string {
  const { protocol, samples, footprints, throughputs } = results;
  const parts = [`### ${protocol.title}`];
  for (const [load, byVariant] of Object.entries(samples)) {
    parts.push(`#### ${protocol.title}: ${load}`, cpuTable(protocol, byVariant));
  }
  if (Object.keys(footprints).length > 0) {
    parts.push(`#### ${protocol.title}: size, memory, host calls`, footprintTable(protocol, footprints));
  }
  if (Object.keys(throughputs).length > 0) {
    parts.push(`#### ${protocol.title}: throughput in the TypeScript host`, throughputTable(results));
  }
  if (protocol.promises !== undefined) {
    const { variant } = protocol.promises;
    parts.push(`#### ${protocol.title}: targets`, targetTable(variant, verdicts(results)));
  }
  return parts.join("\n\n");
}

function cpuTable({ unit }: Protocol, byVariant: Readonly<Record<string, Series>>): string {
  const baselines = BASELINES.filter((name) => byVariant[name] !== undefined);
  const header = ["variant", `µs/${unit}, median`, "min", ...baselines.map((name) => `÷ ${name}`)];
  const rows = Object.entries(byVariant).map(([name, series]) => [
    name,
    median(series).toFixed(1),
    minimum(series).toFixed(1),
    ...baselines.map((baseline) =>
      isBelow(name, BASELINES.indexOf(baseline)) ? ratioCell(series, byVariant[baseline] ?? []) : "",
    ),
  ]);
  return table(header, rows);
}

/** Whether a variant stands below a baseline: the baselines are compared one way only. */
function isBelow(name: string, baseline: number): boolean {
  const place = BASELINES.indexOf(name);
  return place < 0 || place > baseline;
}

/** Paired (of medians, of minima). */
function ratioCell(series: Series, baseline: Series): string {
  const { paired, ofMedians, ofMinima } = ratio(series, baseline);
  return `${paired.toFixed(3)} (${ofMedians.toFixed(3)}, ${ofMinima.toFixed(3)})`;
}

function footprintTable({ hostUnit }: Protocol, footprints: Readonly<Record<string, Footprint>>): string {
  const header = [
    "variant",
    "module, KiB",
    "empty VM, KiB",
    "bytes per idle session",
    "bytes per outstanding request",
    `host calls per ${hostUnit}`,
    `fetches per ${hostUnit}`,
  ];
  const rows = Object.entries(footprints).map(([name, one]) => [
    name,
    (one.moduleBytes / 1024).toFixed(1),
    (one.emptyBytes / 1024).toFixed(0),
    whole(one.idleBytes),
    whole(one.outstandingBytes),
    one.hostCalls.toFixed(2),
    one.fetches.toFixed(2),
  ]);
  return table(header, rows);
}

function throughputTable({ protocol, throughputs }: Results): string {
  const names = protocol.exchanges.map(({ name }) => name);
  const rows = Object.entries(throughputs).map(([variant, byExchange]) => [
    variant,
    ...names.map((name) => whole(byExchange[name] ?? NaN)),
  ]);
  return table([`${protocol.hostUnit}s/s, one core`, ...names], rows);
}

/** The targets, each with what was found. */
export function verdicts({ protocol, samples, footprints, throughputs }: Results): Verdict[] {
  const { promises } = protocol;
  if (promises === undefined) return [];
  const { variant: name } = promises;
  const atMost = { bound: "at most", unit: "bytes" } as const;
  const all: Verdict[] = [];
  for (const { name: load, limit } of protocol.loads) {
    if (limit === undefined) continue;
    const found = pairedRatio(samples[load] ?? {}, name);
    all.push({ target: `CPU ÷ ${FLOOR}: ${load}`, found, limit, bound: "at most", unit: "" });
  }
  if (promises.throughput !== undefined) {
    const { exchange, atLeast } = promises.throughput;
    const found = throughputs[name]?.[exchange] ?? NaN;
    all.push({ target: exchange, found, limit: atLeast, bound: "at least", unit: `${protocol.hostUnit}s/s` });
  }
  const one = footprints[name];
  // What a session takes; the memory behind it doubles whenever it is full, however little is missing.
  all.push({
    target: "memory per idle session",
    found: one?.idleBytes ?? NaN,
    limit: promises.idleBytes,
    ...atMost,
  });
  if (promises.outstandingBytes !== undefined) {
    const [found, limit] = [one?.outstandingBytes ?? NaN, promises.outstandingBytes];
    all.push({ target: "memory per outstanding request", found, limit, ...atMost });
  }
  all.push({ target: "module", found: one?.moduleBytes ?? NaN, limit: promises.moduleBytes, ...atMost });
  return all;
}

function pairedRatio(byVariant: Readonly<Record<string, Series>>, name: string): number {
  const measured = byVariant[name];
  const floor = byVariant[FLOOR];
  return measured === undefined || floor === undefined ? NaN : ratio(measured, floor).paired;
}

function targetTable(variant: string, all: readonly Verdict[]): string {
  const rows = all.map((one) => [
    one.target,
    `${one.bound} ${figure(one.limit, one.unit)}`,
    figure(one.found, one.unit),
    word(one),
  ]);
  return table([`target, ${variant}`, "limit", "found", ""], rows);
}

function figure(value: number, unit: string): string {
  if (Number.isNaN(value)) return "–";
  return unit === "" ? value.toFixed(3) : `${whole(value)} ${unit}`;
}

/** Empty for NaN; thousands in groups. */
function whole(value: number): string {
  return Number.isNaN(value) ? "" : Math.round(value).toLocaleString("en");
}

function word({ found, limit, bound }: Verdict): string {
  if (Number.isNaN(found)) return "not measured";
  return (bound === "at most" ? found <= limit : found >= limit) ? "met" : "missed";
}
