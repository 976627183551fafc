import { sampleKey, type Sample } from "../../host/metrics/parse.ts";

/** The line of a filter in Envoy's log: `… [wasm] [source/…] wasm log NAME ROOT_ID …: text`. */
const WASM_LINE = /^\[[^\]]*\]\[\d+\]\[(\w+)\]\[wasm\] \[[^\]]*\] wasm log [^:]*: (.*)$/;

/** Any line of Envoy's own log. */
const ENVOY_LINE = /^\[\d{4}-\d\d-\d\d [^\]]*\]\[\d+\]\[(\w+)\]/;

/** What of Envoy's output is of interest to somebody who tries a filter; undefined: nothing. */
export function shownLine(line: string): string | undefined {
  const ofFilter = WASM_LINE.exec(line);
  if (ofFilter) return `[${ofFilter[1] ?? ""}] ${ofFilter[2] ?? ""}`;
  const level = ENVOY_LINE.exec(line)?.[1];
  // What has no prefix is the access log. `fail_open` is deprecated, and says so each time.
  if (level === undefined) return line;
  const isTrouble = ["error", "critical"].includes(level);
  return isTrouble && !line.includes("Deprecated") ? line : undefined;
}

/** What is there of every configuration, and says nothing about what a filter does. */
const STANDING = /_filter_(info|memory_bytes)$/;

/** The samples of the filters' own, without Envoy's and without buckets: `name{label="value"} number` by the name. */
export function ownSamples(samples: readonly Sample[]): Map<string, number> {
  const own = samples.filter(
    ({ name }) => !name.startsWith("envoy_") && !name.endsWith("_bucket") && !STANDING.test(name),
  );
  return new Map(own.map(({ name, labels, value }) => [sampleKey(name, labels), value]));
}

/** Those that are not what they were. */
export function changes(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string[] {
  return [...after]
    .filter(([key, value]) => value !== (before.get(key) ?? 0))
    .map(([key, value]) => `${key} ${value}`);
}
