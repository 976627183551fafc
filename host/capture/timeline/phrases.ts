import { formatDuration, plural } from "../words.ts";
import type { Change } from "./changes.ts";

/** How a change of a metric reads; an empty text where it says nothing new. */
export type Phrase = (
  labels: Readonly<Record<string, string>>,
  change: Change,
  all: readonly Change[],
) => string;

/** Metrics in the order in which they are told; what is not here is not told. */
export type Phrases = readonly (readonly [metric: string, phrase: Phrase])[];

/** What a filter counted, in words. */
export function told(phrases: Phrases, changes: readonly Change[]): string[] {
  return phrases
    .flatMap(([metric, phrase]) =>
      changes
        .filter((change) => change.metric === metric)
        .map((change) => phrase(change.labels, change, changes)),
    )
    .filter((words) => words !== "");
}

/** How much a counter grew, whatever its other labels. */
export function grown(
  changes: readonly Change[],
  metric: string,
  labels: Record<string, string> = {},
): number {
  return changes
    .filter((change) => change.metric === metric)
    .filter((change) => Object.entries(labels).every(([label, value]) => change.labels[label] === value))
    .reduce((sum, { by }) => sum + by, 0);
}

/** The last sample that a histogram took. */
export function sampleOf(
  changes: readonly Change[],
  metric: string,
  labels: Record<string, string> = {},
): number | undefined {
  return changes
    .filter((change) => change.metric === metric)
    .filter((change) => Object.entries(labels).every(([label, value]) => change.labels[label] === value))
    .at(-1)
    ?.samples.at(-1);
}

/** `recipient refused ×3`. */
export function times(words: string, count: number): string {
  return count > 1 && words !== "" ? `${words} ×${count}` : words;
}

/** `rcpt 2xx after 5 ms`, where one was answered and the time is known; else as `times`. */
export function timed(words: string, count: number, microseconds: number | undefined): string {
  // Without a latency the capture's clock was too coarse, or somebody else's.
  const isKnown = microseconds !== undefined && microseconds > 0 && count === 1;
  return isKnown ? `${words} after ${formatDuration(microseconds)}` : times(words, count);
}

/** `(14,200 bytes)`. */
export function sized(what: string, bytes: number): string {
  return `(${what}${plural(bytes, "byte")})`;
}
