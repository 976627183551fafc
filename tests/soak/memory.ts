/** Whether memory has stopped growing. */

import { growthOf } from "./plateau.ts";
import type { Look } from "./samples.ts";

/** What is to be said of one kind of memory. */
export interface Judgement {
  readonly name: string;
  readonly holds: boolean;
  /** Bytes for each session, at the end of the run. */
  readonly slope: number;
  /** Bytes in all, at the end of the run. */
  readonly grown: number;
  readonly allowed: number;
  readonly text: string;
}

/** Nothing that could be left of a session is as small: an entry in a map of Envoy's has more, a pooled object 60 times as much. */
const BYTES_PER_SESSION = 16;

/**
 * What each kind of memory may do without anything being left: it grows in steps, and its owner keeps what it was given back.
 * The VMs went from 2.4 to 4.6 MiB in a first minute and no further in twelve.
 */
const KINDS = [
  { name: "VMs", of: ({ vmBytes }: Look) => vmBytes, slack: 3 << 20 },
  { name: "Envoy's heap", of: ({ heapBytes }: Look) => heapBytes, slack: 4 << 20 },
  { name: "Envoy's RSS", of: ({ rssBytes }: Look) => rssBytes, slack: 8 << 20 },
] as const;

/** Looks at each kind of memory in the last two thirds of a run, against sessions. Throws where the run was too short. */
export function judge(looks: readonly Look[]): Judgement[] {
  return KINDS.map(({ name, of, slack }) => {
    const { slope, width, total } = growthOf(looks.map((one) => ({ x: one.sessions, y: of(one) })));
    const allowed = slack + BYTES_PER_SESSION * width;
    const holds = total <= allowed;
    const text = `${name}: ${Math.round(total / 1024)} KiB in ${width} sessions, ${Math.round(allowed / 1024)} allowed`;
    return { name, holds, slope, grown: total, allowed, text };
  });
}
