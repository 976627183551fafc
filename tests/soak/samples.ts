/** What is looked at every few seconds of a soak. */

import { readFileSync } from "node:fs";
import type { RunningEnvoy } from "../../host/envoy/process.ts";
import { scrapeUrl } from "../../host/envoy/scrape.ts";
import type { Sample } from "../../host/metrics/parse.ts";

/** One look. */
export interface Look {
  /** Since the start of the clients. */
  readonly seconds: number;
  /** Sessions of all protocols so far. */
  readonly sessions: number;
  /** Those that are open. */
  readonly open: number;
  /** Linear memory of all VMs, as the filters tell it. */
  readonly vmBytes: number;
  /** Memory of Envoy's that is in use, as its allocator tells it. */
  readonly heapBytes: number;
  /** What the kernel has given Envoy. */
  readonly rssBytes: number;
  /** Updates of the listeners so far. */
  readonly updates: number;
}

/** Of a page with thousands of numbers, those that are looked at: the rest would cost Envoy more than the traffic. */
const LOOKED_AT =
  String.raw`^wasmcustom\..*\.(filter_memory_bytes|sessions_total|connections_total|sessions_active|connections_active)$` +
  String.raw`|^server\.memory_allocated$`;

/** Looks once. */
export async function look(envoy: RunningEnvoy, seconds: number, updates: number): Promise<Look> {
  const samples = await scrapeUrl(`${envoy.admin}/stats/prometheus?filter=${encodeURIComponent(LOOKED_AT)}`);
  return {
    seconds,
    sessions: sumOf(samples, /^(smtp|pop3)_sessions_total$|^ldap_connections_total$/),
    open: sumOf(samples, /^(smtp|pop3)_sessions_active$|^ldap_connections_active$/),
    vmBytes: sumOf(samples, /_filter_memory_bytes$/),
    heapBytes: sumOf(samples, /^envoy_server_memory_allocated$/),
    rssBytes: residentBytes(envoy.pid),
    updates,
  };
}

/** Adds up metrics by name, over all labels. */
export function sumOf(samples: readonly Sample[], name: RegExp): number {
  return samples.filter((one) => name.test(one.name)).reduce((sum, { value }) => sum + value, 0);
}

/** Of a process, as Linux has it in /proc (proc(5): VmRSS). */
function residentBytes(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kibibytes) * 1024;
}
