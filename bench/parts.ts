/** The parts of a run beside the tables of every filter: what each measures, and how much of it. */

import { idle } from "./idle.ts";
import { latency } from "./latency.ts";
import { peers } from "./peers/part.ts";
import { growth } from "./scaling/part.ts";

/** The options of `npm run bench` that say how much. */
export interface Amount {
  readonly repetitions: number;
  readonly quick?: true;
  readonly hostOnly?: true;
  readonly write?: true;
}

export interface Part {
  /** Its option is `--name`, and its place in docs/benchmarks.md between the markers of that name. */
  readonly name: string;
  /** For `--help`. */
  readonly description: string;
  /** Whether there is something to measure without Envoy. */
  readonly worksInHost?: true;
  /** Measures, and returns the tables as Markdown. */
  run(amount: Amount, say: (text: string) => void): Promise<string>;
}

/** Every variant once within a slice; slices of a repetition. */
const SLICES = 4;
/** Slices of round trips in a repetition, and rounds of a slice. */
const TRIP_SLICES = 6;
const TRIP_ROUNDS = 250;
/** A start, and ten thousand sessions, tell what the next would. */
const MOST_STARTS = 3;
/** The least disturbed slice counts. */
const MOST_GROWTH_SLICES = 3;

export const PARTS: readonly Part[] = [
  {
    name: "peers",
    description:
      "CPU per message beside filters with the Rust SDK and in Go (node bench/peers/build.mjs) and Envoy's zookeeper_proxy",
    run: ({ repetitions, quick }, say) => peers(quick ? 1 : repetitions, quick ? 1 : SLICES, say),
  },
  {
    name: "latency",
    description: "round trips, p50 and p99, through every variant in turn",
    run: ({ repetitions, quick }, say) =>
      latency(quick ? 2 : TRIP_SLICES * repetitions, quick ? TRIP_ROUNDS / 5 : TRIP_ROUNDS, say),
  },
  {
    name: "idle",
    description: "time until Envoy is ready, its memory with no session and with 10,000 idle ones",
    run: ({ repetitions, quick }, say) => idle(quick ? 1 : Math.min(repetitions, MOST_STARTS), say),
  },
  {
    name: "growth",
    description:
      "how cost grows with size, with plots in docs/images; --host-only: what is counted, no Envoy",
    worksInHost: true,
    run: ({ repetitions, quick, hostOnly, write }, say) =>
      growth(hostOnly ? 0 : quick ? 1 : Math.min(repetitions, MOST_GROWTH_SLICES), write === true, say),
  },
];
