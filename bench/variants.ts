/** What is compared, and under which load. */

import type { FilterOptions } from "./envoy-config.ts";
import type { SourceOptions } from "./postfix.ts";

/** One way to pass a connection on. */
export interface Variant {
  readonly name: string;
  /** Absent: tcp_proxy alone. */
  readonly filter?: FilterOptions;
}

/** Tcp_proxy alone: what everything is compared to. */
export const PLAIN = "plain";
/** A module with empty callbacks: what it costs that there is one. */
export const NOOP = "noop";
/** A module that fetches every byte and ignores it: what no reading filter can undercut. */
export const FLOOR = "readfloor";
/** The level that the targets are about. */
export const STANDARD = "smtp standard";

/** The baselines of every ratio, in the order of the columns. */
export const BASELINES: readonly string[] = [PLAIN, NOOP, FLOOR];

/** The module whose filter is measured. */
export const SMTP_MODULE = "build/smtp.wasm";
export const SMTP_ROOT = "heirloom.smtp";

const LEVELS = ["low", "standard", "high"];

/** All variants, in the order they are measured within a repetition. */
export const VARIANTS: readonly Variant[] = [
  { name: PLAIN },
  { name: NOOP, filter: { module: "build/bench/noop.wasm" } },
  { name: FLOOR, filter: { module: "build/bench/readfloor.wasm" } },
  ...LEVELS.map((verbosity) => ({
    name: `smtp ${verbosity}`,
    filter: { module: SMTP_MODULE, rootId: SMTP_ROOT, configuration: { verbosity } },
  })),
];

/** One kind of load. */
export interface Traffic {
  readonly name: string;
  /** What smtp-source is told, per slice of a repetition. */
  readonly source: Omit<SourceOptions, "port">;
}

// As many sessions at a time keep Envoy's one worker busy without making the kernel's queues the subject.
const PARALLEL = 16;

/** All kinds of load; the numbers of messages give each slice about a third of a second of Envoy's CPU. */
export const TRAFFIC: readonly Traffic[] = [
  { name: "1 kB, kept connection", source: load(5_000, 1_000, "kept") },
  { name: "100 kB, kept connection", source: load(2_000, 100_000, "kept") },
  { name: "1 kB, new connection each", source: load(1_500, 1_000, "perMessage") },
];

function load(
  messages: number,
  bytes: number,
  connections: "kept" | "perMessage",
): Omit<SourceOptions, "port"> {
  return { messages, bytes, connections, parallel: PARALLEL };
}
