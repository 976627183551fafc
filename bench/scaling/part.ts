/** `--growth`: how cost grows with size, counted in the module and measured in Envoy. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cpuMicroseconds } from "../cpu.ts";
import { playLockstep, startLockstep } from "../lockstep.ts";
import { FLOOR, levelsOf, PLAIN, variantsOf, type Variant } from "../protocol.ts";
import { alternate, withRigs, type Rig } from "../rigs.ts";
import { minimum } from "../summary.ts";
import { table } from "../table.ts";
import { DIMENSIONS, type Dimension } from "./dimensions.ts";
import { dominant, exponent, type Point } from "./fit.ts";
import { plot, type Dot, type Panel } from "./plot.ts";
import { countedFilter, workOf, type Work } from "./work.ts";

/** Where the plots go, and how benchmarks.md reaches them from beside it. */
const IMAGES = "docs/images";

/** In a slice, conversations of a small size are repeated so that Envoy takes some milliseconds. */
const MOST_ROUNDS = 300;
/** Of a large size, a few do; so many that opening the one connection does not show. */
const LEAST_ROUNDS = 20;
/** Before the first measured round. */
const WARM_UP_ROUNDS = 2;
/** With connections of its own in each round, there is nothing to be spread over rounds. */
const LEAST_ROUNDS_OF_CONNECTIONS = 2;
/** How long Envoy may still be busy after the load is gone. */
const SETTLE_MILLISECONDS = 50;

/** Counts, measures `slices` slices in Envoy (0: none), and returns the table and links to the plots. */
export async function growth(
  slices: number,
  writePlots: boolean,
  say: (text: string) => void,
): Promise<string> {
  const rows: string[][] = [];
  const pictures: string[] = [];
  for (const dimension of DIMENSIONS) {
    say(`growth: ${dimension.title}`);
    const work = countAll(dimension);
    const cpu = slices > 0 ? await measureAll(dimension, slices) : new Map<string, Point[]>();
    rows.push(rowOf(dimension, work, cpu));
    const file = `growth-${dimension.name}.svg`;
    if (writePlots) await draw(dimension, work, cpu, file);
    pictures.push(`![${dimension.title}](images/${file})`);
  }
  const header = [
    "what grows",
    "from … to",
    "steps",
    "host calls",
    "bytes fetched",
    "Envoy: plain",
    "with the filter",
  ];
  return [table(header, rows), ...pictures].join("\n\n");
}

/** Every figure of {@link Work} for each size. */
export function countAll(dimension: Dimension): Map<keyof Work, Point[]> {
  const code = countedFilter(dimension.protocol);
  const found = new Map<keyof Work, Point[]>(COUNTS.map(([key]) => [key, []]));
  for (const size of dimension.sizes) {
    const work = workOf(code, dimension, size);
    for (const [key, points] of found) points.push({ size, cost: work[key] });
  }
  return found;
}

const COUNTS: readonly (readonly [keyof Work, string])[] = [
  ["steps", "steps"],
  ["hostCalls", "host calls"],
  ["bytesFetched", "bytes fetched"],
];

/** Envoy's CPU in microseconds for each size, by variant: the least disturbed slice counts. */
async function measureAll(dimension: Dimension, slices: number): Promise<Map<string, Point[]>> {
  const found = new Map<string, Point[]>();
  for (const size of dimension.inEnvoy) {
    const server = await startLockstep(dimension.script(size));
    try {
      await withRigs(variants(dimension), server.port, async (rigs) => {
        const costs = new Map<string, number[]>(rigs.map(({ variant }) => [variant.name, []]));
        for (const rig of rigs) await send(rig, dimension, size, WARM_UP_ROUNDS);
        await alternate(slices, rigs, async (rig) => {
          costs.get(rig.variant.name)?.push(await send(rig, dimension, size, roundsFor(dimension, size)));
        });
        for (const [name, series] of costs) {
          found.set(name, [...(found.get(name) ?? []), { size, cost: minimum(series) }]);
        }
      });
    } finally {
      await server.stop();
    }
  }
  return found;
}

function variants({ protocol }: Dimension): Variant[] {
  const wanted = [PLAIN, FLOOR, `${protocol} standard`];
  const all = variantsOf({ filters: levelsOf(protocol, `build/${protocol}.wasm`) });
  return all.filter(({ name }) => wanted.includes(name));
}

function roundsFor({ sizes, connections }: Dimension, size: number): number {
  const [smallest = 1] = sizes;
  const least = connections === undefined ? LEAST_ROUNDS : LEAST_ROUNDS_OF_CONNECTIONS;
  return Math.max(least, Math.ceil(MOST_ROUNDS / (size / smallest)));
}

/** CPU microseconds that Envoy takes for one conversation of that size, or of that many connections. */
async function send(
  { envoy, port }: Rig,
  dimension: Dimension,
  size: number,
  rounds: number,
): Promise<number> {
  const connections = dimension.connections?.(size) ?? 1;
  const before = cpuMicroseconds(envoy.pid);
  const script = dimension.script(size);
  if (connections === 1) await playLockstep(port, script, rounds, 1);
  else for (let i = 0; i < rounds; i++) await playLockstep(port, script, connections, connections);
  await new Promise((later) => setTimeout(later, SETTLE_MILLISECONDS));
  return (cpuMicroseconds(envoy.pid) - before) / rounds;
}

function rowOf(
  { title, sizes }: Dimension,
  work: ReadonlyMap<keyof Work, Point[]>,
  cpu: ReadonlyMap<string, Point[]>,
): string[] {
  const slope = (points: readonly Point[] | undefined): string =>
    points === undefined ? "" : exponent(dominant(points)).toFixed(2);
  const ours = [...cpu.keys()].find((name) => name.endsWith(" standard")) ?? "";
  const range = `${count(sizes[0])} … ${count(sizes.at(-1))}`;
  const counts = COUNTS.map(([key]) => slope(work.get(key)));
  return [title, range, ...counts, slope(cpu.get(PLAIN)), slope(cpu.get(ours))];
}

function count(value = NaN): string {
  return value.toLocaleString("en");
}

async function draw(
  { title }: Dimension,
  work: ReadonlyMap<keyof Work, Point[]>,
  cpu: ReadonlyMap<string, Point[]>,
  file: string,
): Promise<void> {
  const counted = COUNTS.flatMap(([key, curve]) => dots(curve, work.get(key) ?? []));
  const measured = [...cpu].flatMap(([curve, points]) => dots(curve, points));
  const panels: Panel[] = [{ costTitle: "counted in the module", dots: counted }];
  if (measured.length > 0) panels.push({ costTitle: "CPU of Envoy, µs", dots: measured });
  mkdirSync(IMAGES, { recursive: true });
  const [, what = title] = title.split(": ");
  writeFileSync(join(IMAGES, file), `${await plot(title, what, panels)}\n`);
}

function dots(curve: string, points: readonly Point[]): Dot[] {
  return points.map(({ size, cost }) => ({ curve, size, cost }));
}
