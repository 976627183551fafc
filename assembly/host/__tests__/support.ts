// What the specs of metrics share.
import { FakeHost } from "../../testing";
import { Known } from "../known";
import { Verbosity } from "../registry";
import { Stats } from "../stats";

export const FROM: string[] = ["client", "server"];
export const VERB: string[] = ["mail", "rcpt", "data"];
export const CLASS: string[] = ["2xx", "4xx"];
export const WRONG: string[] = ["ok", "Not Ok"];
export const NONE: string[] = [];

/** A Stats as a filter makes it. */
export function make(verbosity: Verbosity = Verbosity.high, lazyLimit: i32 = 1000): Stats {
  return Stats.of("smtp", "edge", verbosity, lazyLimit);
}

/** Mistakes in declarations, the last one first. */
export function problems(stats: Stats): string {
  let text = "";
  let problem = stats.problems;
  while (problem !== null) {
    text += problem.text + "|";
    problem = problem.next;
  }
  return text;
}

/** -1 for null. */
export function valueOf(known: Known<u64> | null): i64 {
  return known === null ? -1 : <i64>known.value;
}

export function journal(): string {
  return FakeHost.metrics.journal.join(", ");
}
