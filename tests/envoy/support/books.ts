/** The filter's metrics as a test reads and compares them. */

import { vi } from "vitest";
import { scrapeUrl } from "../../../host/envoy/scrape.ts";
import type { Sample } from "../../../host/metrics/parse.ts";

/** Values by metric and labels in the order of the alphabet, `replies_total{class="2xx",verb="mail"}`. */
export type Books = Readonly<Record<string, number>>;

/** What a book leaves out. */
export interface BookOptions {
  /** Default `smtp`. */
  readonly protocol?: "smtp" | "ldap" | "pop3";
  /** Which configuration; it does not appear in the keys. Default `default`. */
  readonly prefix?: string;
}

/** Not what passed but how the filter lives: compared by tests of their own. */
const ABOUT_THE_FILTER = new Set(["filter_info", "filter_memory_bytes"]);

/**
 * Everything that is not 0: counters, gauges, and of histograms the number of samples as `<name>_count`. Comparing it
 * whole says that nothing else was counted.
 */
export function books(samples: readonly Sample[], options: BookOptions = {}): Books {
  const start = `${options.protocol ?? "smtp"}_`;
  const found: Record<string, number> = {};
  for (const { name, labels, value } of samples) {
    const { stat_prefix, ...others } = labels;
    if (!name.startsWith(start) || stat_prefix !== (options.prefix ?? "default") || value === 0) continue;
    const metric = name.slice(start.length);
    if (ABOUT_THE_FILTER.has(metric) || /_(bucket|sum)$/.test(metric)) continue;
    found[key(metric, others)] = value;
  }
  return found;
}

/** One entry's key. */
export function key(metric: string, labels: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, value]) => `${label}="${value}"`);
  return pairs.length === 0 ? metric : `${metric}{${pairs.join(",")}}`;
}

/** The sum of a metric over the entries whose labels include `labels`. */
export function sum(book: Books, metric: string, labels: Readonly<Record<string, string>> = {}): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  let total = 0;
  for (const [entry, value] of Object.entries(book)) {
    const [name, pairs = ""] = entry.split("{");
    if (name === metric && wanted.every((pair) => pairs.includes(pair))) total += value;
  }
  return total;
}

/** Where samples come from. */
export interface Scraped {
  /** Base URL of the admin interface. */
  readonly admin: string;
}

/** The samples of one configuration only: a page with those of dozens would cost Envoy more than the traffic does. */
export function samplesOf(envoy: Scraped, options: BookOptions = {}): Promise<Sample[]> {
  const { protocol = "smtp", prefix = "default" } = options;
  const filter = encodeURIComponent(String.raw`^wasmcustom\.${protocol}\.${prefix}\.`);
  return scrapeUrl(`${envoy.admin}/stats/prometheus?filter=${filter}`);
}

/** Histograms appear up to a flush interval (1 s) later, and a busy machine may take its time. */
const SETTLE = { timeout: 20_000, interval: 50 };

/** What a protocol calls the ends of its sessions, and the histogram that has a sample of each `counted`. */
const ENDINGS = {
  smtp: { ends: "session_ends_total", samples: "session_transactions_count", counted: "session_ends_total" },
  pop3: { ends: "session_ends_total", samples: "session_retrievals_count", counted: "session_ends_total" },
  ldap: { ends: "connection_ends_total", samples: "message_bytes_count", counted: "messages_total" },
} as const;

/**
 * The books once every one of `sessions` has ended and everything about them has been flushed, histograms included.
 * Throws when that does not happen.
 */
export async function settled(envoy: Scraped, sessions: number, options: BookOptions = {}): Promise<Books> {
  const { ends, samples: last, counted } = ENDINGS[options.protocol ?? "smtp"];
  const ended = async (): Promise<{ book: Books; complete: boolean | undefined }> => {
    const samples = await samplesOf(envoy, options);
    const book = books(samples, options);
    const count = sum(book, ends);
    if (count < sessions) throw new Error(`${count} of ${sessions} sessions have ended`);
    // At some verbosities there is no such histogram.
    const isThere = samples.some(({ name }) => name.endsWith(last));
    return { book, complete: isThere ? sum(book, last) >= sum(book, counted) : undefined };
  };
  return vi.waitFor(async () => {
    const { book, complete } = await ended();
    if (complete === true) return book;
    if (complete === false) throw new Error("the histograms have not been flushed");
    return unchanging(async () => (await ended()).book);
  }, SETTLE);
}

/** Without a sample that comes last: two looks more than a flush interval apart that agree. */
async function unchanging(look: () => Promise<Books>): Promise<Books> {
  const first = await look();
  await new Promise((later) => setTimeout(later, 1_200));
  const second = await look();
  if (JSON.stringify(first) !== JSON.stringify(second)) throw new Error("the metrics are still changing");
  return second;
}

/** What holds for every book, always (the metrics' own invariants); the violations in words. */
export function violations(book: Books): string[] {
  const found: string[] = [];
  const equal = (what: string, left: number, right: number): void => {
    if (left !== right) found.push(`${what}: ${left} ≠ ${right}`);
  };
  const ends = sum(book, "session_ends_total") + sum(book, "sessions_active");
  equal("sessions started, and ended or active", sum(book, "sessions_total"), ends);
  const outcomes = sum(book, "transactions_total") + sum(book, "transactions_active");
  equal("transactions started, and ended or active", sum(book, "transactions_started_total"), outcomes);
  const rejections =
    sum(book, "transaction_rejections_total") - sum(book, "transaction_rejections_total", { stage: "mail" });
  equal("rejected, and where", sum(book, "transactions_total", { outcome: "rejected" }), rejections);
  const aborts = sum(book, "transaction_aborts_total");
  equal("aborted, and why", sum(book, "transactions_total", { outcome: "aborted" }), aborts);
  equal("filter errors", sum(book, "filter_errors_total"), 0);
  for (const verb of verbs(book)) {
    const answered = sum(book, "replies_total", { verb }) + sum(book, "commands_unanswered_total", { verb });
    const asked = verb === "connect" ? sum(book, "sessions_total") : sum(book, "commands_total", { verb });
    if (sum(book, "sessions_active") === 0) equal(`${verb} asked, and answered or not`, asked, answered);
  }
  return found;
}

function verbs(book: Books): Set<string> {
  return new Set(
    [
      ...Object.keys(book)
        .join(" ")
        .matchAll(/verb="(\w+)"/g),
    ].map(([, verb = ""]) => verb),
  );
}
