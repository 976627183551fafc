import { join } from "node:path";
import { downloadEnvoy } from "./download.ts";
import { findProgram, isProgram } from "./programs.ts";
import { CACHE } from "./project.ts";
import { ENVOY_VERSION } from "./versions.ts";

export { ENVOY_VERSION } from "./versions.ts";

/** How to look for Envoy. */
export interface FindOptions {
  /** Gets one line at a time about a download; an empty one when it is over. Default: silent. */
  readonly progress?: (line: string) => void;
  /** Whether to download when there is no Envoy. Default true. */
  readonly download?: boolean;
  /** Default `process.env`. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Base URL of the official release, for mirrors. Default: the project's own. */
  readonly releases?: string;
  /** Where a downloaded Envoy is kept. Default: `.cache/envoy` of the project. */
  readonly cache?: string;
}

/** The outcome of a search. */
export interface EnvoyLocation {
  /** The binary, or undefined when there is none. */
  readonly path: string | undefined;
  /** Without one: what was tried and how each try ended, one line each. */
  readonly tried: readonly string[];
}

/**
 * Looks for Envoy: `$ENVOY`, `envoy` on the PATH, the project's cache, then a download into the cache.
 * Throws, in one line, only when `$ENVOY` is set and is no program.
 */
export async function locateEnvoy(options: FindOptions = {}): Promise<EnvoyLocation> {
  const own = await findProgram({ program: "envoy", variable: "ENVOY" }, options.environment);
  if (own !== undefined) return { path: own, tried: [] };
  const { path, tried } = await locateRelease(ENVOY_VERSION, options);
  if (path !== undefined) return { path, tried: [] };
  return { path, tried: ["ENVOY is not set", "no envoy on the PATH", ...tried] };
}

/** That release and no other: from the project's cache, else a download into the cache. */
export async function locateRelease(version: string, options: FindOptions = {}): Promise<EnvoyLocation> {
  const cached = join(options.cache ?? join(CACHE, "envoy"), version, "envoy");
  if (await isProgram(cached)) return { path: cached, tried: [] };
  const tried = ["none downloaded before"];
  if (options.download === false) return { path: undefined, tried };
  const failures = await downloadEnvoy(version, cached, {
    progress: options.progress ?? (() => undefined),
    environment: options.environment ?? process.env,
    releases: options.releases,
  });
  if (await isProgram(cached)) return { path: cached, tried: [] };
  return { path: undefined, tried: [...tried, ...failures] };
}

/** {@link locateEnvoy} for those who only want the path. */
export async function findEnvoy(options: FindOptions = {}): Promise<string | undefined> {
  return (await locateEnvoy(options)).path;
}
