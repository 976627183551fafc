/** What the benchmark needs to know of a protocol: bench/smtp and bench/ldap say it. */

import type { FilterOptions } from "../host/envoy/bootstrap.ts";
import type { RunningServer } from "./programs.ts";

/** One kind of load through Envoy. */
export interface Load {
  readonly name: string;
  /** How much is sent in a slice of a repetition. */
  readonly units: number;
  /** Promised CPU, as a multiple of the read floor's; absent: nothing is promised. */
  readonly limit?: number;
  /** Sends so much to a port of 127.0.0.1. Throws when not all of it was served. */
  send(port: number, units: number): Promise<void>;
}

/** Bytes of one peer that arrive together. */
export interface Step {
  readonly from: "client" | "server";
  readonly bytes: Uint8Array;
}

/** Traffic in the TypeScript host, to be repeated on one connection as often as one likes. */
export interface Exchange {
  readonly name: string;
  readonly steps: readonly Step[];
  /** How much of what `Protocol.hostUnit` names that is. */
  readonly units: number;
}

/** What is promised. */
export interface Promises {
  /** The variant that promises it. */
  readonly variant: string;
  readonly moduleBytes: number;
  readonly idleBytes: number;
  readonly outstandingBytes?: number;
  /** Per second, of the exchange of that name in the TypeScript host. */
  readonly throughput?: { readonly exchange: string; readonly atLeast: number };
}

/** A protocol whose filter is measured, or what else is compared under its load. */
export interface Protocol {
  readonly name: string;
  readonly title: string;
  /** The module of what is measured. */
  readonly module: string;
  /** What of it is compared, in the order it is measured. */
  readonly filters: readonly Variant[];
  /** What its filter has to ask of the proxy; absent: that is not measured by itself. */
  readonly duty?: Duty;
  /** What CPU is counted per in Envoy, and what is counted in the TypeScript host. */
  readonly unit: string;
  readonly hostUnit: string;
  readonly loads: readonly Load[];
  readonly exchanges: readonly Exchange[];
  /** What makes a fresh connection an idle one. */
  readonly opening: readonly Step[];
  /** A request that is never answered, by its number; absent where nothing can be outstanding in numbers. */
  readonly unanswered?: (number: number) => Uint8Array;
  /** Absent: nothing is promised. */
  readonly promises?: Promises;
  /** Throws with what is missing on this machine for the loads. */
  requirePrograms(): void;
  /** Starts what the loads are sent to. */
  startServer(): Promise<RunningServer>;
}

/** One way to pass a connection on. */
export interface Variant {
  readonly name: string;
  /** Absent, and no other either: tcp_proxy alone. */
  readonly filter?: FilterOptions;
  /** A network filter of Envoy's own, as it stands in a listener's filter chain. */
  readonly native?: object;
}

/** Tcp_proxy alone: what everything is compared to. */
export const PLAIN = "plain";
/** A module with empty callbacks: what it costs that there is one. */
export const NOOP = "noop";
/** A module that fetches every byte and ignores it: what no reading filter can undercut but by not fetching. */
export const FLOOR = "readfloor";

/** The host calls that a filter's metrics take, without the filter: what stands between it and the read floor. */
export const DUTY = "host calls alone";

/** Host calls for the metrics of level `standard`, whole numbers: for as many chunks of a peer, on average. */
export interface Duty {
  readonly chunks: number;
  readonly clientClocks: number;
  readonly clientSamples: number;
  readonly serverClocks: number;
  readonly serverSamples: number;
  /** Bytes that are fetched of a chunk of more than eight times as many, and its end; 0: every chunk is fetched whole. */
  readonly fetched: number;
}

/** The baselines of every ratio, in the order of the columns. */
export const BASELINES: readonly string[] = [PLAIN, NOOP, FLOOR];

/** The baselines, as {@link BASELINES}. */
const BASELINE_VARIANTS: readonly Variant[] = [
  { name: PLAIN },
  { name: NOOP, filter: { module: "build/bench/noop.wasm" } },
  { name: FLOOR, filter: { module: "build/bench/readfloor.wasm" } },
];

/** All variants of a protocol, in the order they are measured within a repetition. */
export function variantsOf({ duty, filters }: Pick<Protocol, "duty" | "filters">): Variant[] {
  return [...BASELINE_VARIANTS, ...(duty === undefined ? [] : [dutyOf(duty)]), ...filters];
}

function dutyOf(duty: Duty): Variant {
  const { chunks, clientClocks, clientSamples, serverClocks, serverSamples, fetched } = duty;
  // As text, or Envoy would hand over a binary google.protobuf.Struct.
  const configuration = [chunks, clientClocks, clientSamples, serverClocks, serverSamples, fetched].join(" ");
  return { name: DUTY, filter: { module: "build/bench/hostcalls.wasm", configuration } };
}

/** A filter of ours at each of its levels: `smtp low` … */
export function levelsOf(name: string, module: string): Variant[] {
  return ["low", "standard", "high"].map((verbosity) => ({
    name: `${name} ${verbosity}`,
    filter: { module, rootId: `heirloom.${name}`, configuration: { verbosity } },
  }));
}

/** One after the other: what the client says and what the server answers, each in a chunk of its own. */
export function alternately(...parts: readonly (string | Uint8Array)[]): Step[] {
  return parts.map((part, i) => ({
    from: i % 2 === 0 ? "client" : "server",
    bytes: typeof part === "string" ? Buffer.from(part, "latin1") : part,
  }));
}

/** Envoy's reads: at most that much comes in one chunk. */
export const SEGMENT_BYTES = 16_384;

/** The same bytes of one peer in segments as Envoy reads them. */
export function segmented(from: Step["from"], bytes: Uint8Array): Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < bytes.length; at += SEGMENT_BYTES) {
    steps.push({ from, bytes: bytes.subarray(at, at + SEGMENT_BYTES) });
  }
  return steps;
}
