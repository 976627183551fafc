import { setTimeout as delay } from "node:timers/promises";
import type { StoryCheck } from "../page/story-state.ts";
import type { Snapshot } from "../view/snapshot.ts";
import type { World } from "./act.ts";

/** By how much an act moves a number in Envoy's statistics. */
export interface Claim {
  readonly metric: string;
  readonly where?: Readonly<Record<string, string>>;
  readonly rise: number;
  /** How far off it may be, as a part of `rise`. Default 0: exactly. */
  readonly tolerance?: number;
}

/** The filters hand their counters over, and Envoy merges histograms, once a second; this is longer. */
const FLUSH_MS = 1_200;
/** On a busy machine both come late; after this long the numbers are what they are. */
const PATIENCE_MS = 15_000;
const POLL_MS = 100;

/**
 * Waits until all claims hold, and for one flush more: a number that goes on rising is seen, too. Then says what
 * came of each claim; one that never holds is waited for in vain for `patienceMs`. Does not wait once the signal is given.
 */
export async function settle(
  claims: readonly Claim[],
  before: Snapshot,
  { read, signal }: Pick<World, "read" | "signal">,
  patienceMs = PATIENCE_MS,
): Promise<StoryCheck[]> {
  for (const end = Date.now() + patienceMs; Date.now() < end && !signal.aborted; await delay(POLL_MS)) {
    const now = await read();
    if (claims.every((claim) => holds(claim, before, now))) break;
  }
  await delay(FLUSH_MS, undefined, { signal }).catch(() => undefined);
  const after = await read();
  return claims.map((claim) => check(claim, before, after));
}

function check(claim: Claim, before: Snapshot, after: Snapshot): StoryCheck {
  const { metric, where, rise, tolerance = 0 } = claim;
  return {
    what: `${series(metric, where)} ${tolerance > 0 ? "≈ " : ""}+${grouped(rise)}`,
    before: grouped(before.sum(metric, where)),
    after: grouped(after.sum(metric, where)),
    holds: holds(claim, before, after),
  };
}

function holds({ metric, where, rise, tolerance = 0 }: Claim, before: Snapshot, now: Snapshot): boolean {
  const rose = now.sum(metric, where) - before.sum(metric, where);
  return Math.abs(rose - rise) <= tolerance * Math.abs(rise);
}

function series(metric: string, where: Readonly<Record<string, string>> = {}): string {
  const labels = Object.entries(where).map(([label, value]) => `${label}="${value}"`);
  return labels.length === 0 ? metric : `${metric}{${labels.join(",")}}`;
}

/** A whole number with its thousands separated. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
