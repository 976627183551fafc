import { formatBytes, formatDuration, plural } from "../words.ts";
import type { Change } from "./changes.ts";
import { grown, sampleOf, timed, times, told, type Phrases } from "./phrases.ts";

const OPAQUE_WORDS: Readonly<Record<string, string>> = {
  starttls: "encrypted from here on",
  tls_first: "encrypted from the first byte",
  sasl_sealed: "sealed by SASL from here on",
  sasl_unknown: "wrapped by SASL from here on",
  not_ldap: "not LDAP: not read from here on",
  desync: "cannot be followed from here on",
  limit: "beyond a limit: not read from here on",
};

const STARTTLS_WORDS: Readonly<Record<string, string>> = {
  accepted: "TLS may begin",
  refused: "no TLS",
  continued_in_clear: "goes on in clear: TLS ends elsewhere",
  pipelined: "sent before TLS was answered",
};

/** Active Directory's own reasons. */
const AD_WORDS: Readonly<Record<string, string>> = {
  "52e": "wrong password",
  "525": "no such user",
  "530": "not at this hour",
  "531": "not from this workstation",
  "532": "password expired",
  "533": "account disabled",
  "568": "in too many groups",
  "701": "account expired",
  "773": "password has to be changed",
  "775": "account locked",
};

const TRAIT_WORDS: Readonly<Record<string, string>> = {
  rootdse: "asks what the server is",
  whole_base: "asks for everything",
  unindexed_suspect: "looks unindexed",
  types_only: "types only",
  paged_continuation: "next page",
  persistent: "stays open",
};

const OUTCOME_WORDS: Readonly<Record<string, string>> = {
  abandoned: "abandoned",
  canceled: "was cancelled",
  dropped_by_bind: "dropped by the bind",
  unanswered: "unanswered",
  evicted: "forgotten: too many outstanding",
};

const UNMATCHED_WORDS: Readonly<Record<string, string>> = {
  late: "late: nobody waits for it",
  duplicate: "answered before",
  unmatched: "answers nothing",
};

const NOTICE_WORDS: Readonly<Record<string, string>> = {
  disconnect: "the server says goodbye",
  aborted_transaction: "transaction aborted",
  other: "unsolicited",
};

/** How each metric reads; metrics that are not here say nothing new. */
const PHRASES: Phrases = [
  ["proxy_preambles_total", ({ version = "" }) => `PROXY ${version} preamble`],
  ["responses_total", ({ op = "", class: kind = "" }, { by }, all) => answered(op, kind, by, all)],
  ["entries_per_search", (_, { samples }) => samples.map((count) => entries(count)).join(", ")],
  ["bind_results_total", ({ result = "" }, _, all) => authenticated(result, all)],
  ["bind_ad_reasons_total", ({ reason = "" }) => AD_WORDS[reason] ?? `reason ${reason}`],
  ["cleartext_binds_total", () => "password in clear text"],
  ["search_traits_total", ({ trait = "" }, { by }) => times(TRAIT_WORDS[trait] ?? "", by)],
  ["page_size", (_, { samples }) => samples.map((size) => `page of ${size}`).join(", ")],
  ["starttls_total", ({ event = "" }) => STARTTLS_WORDS[event] ?? ""],
  ["referrals_total", ({ kind = "" }) => (kind === "final" ? "refers elsewhere" : "")],
  ["operations_total", ({ outcome = "" }, { by }) => times(OUTCOME_WORDS[outcome] ?? "", by)],
  ["responses_unmatched_total", ({ kind = "" }, { by }) => times(UNMATCHED_WORDS[kind] ?? "", by)],
  ["unsolicited_total", ({ kind = "" }) => NOTICE_WORDS[kind] ?? ""],
  ["sasl_buffers_total", ({ protection = "" }) => (protection === "signed" ? protection : "")],
  ["slow_operations_total", () => "slow"],
  ["opaque_connections_total", ({ cause = "" }) => OPAQUE_WORDS[cause] ?? cause],
  ["limits_reached_total", ({ cap = "" }) => `limit reached: ${cap}`],
  ["anomalies_total", ({ kind = "" }, { by }) => times(`! ${kind}`, by)],
  ["connection_ends_total", ({ reason = "" }) => `connection ends: ${reason}`],
];

/** Controls that traits tell already. */
const TOLD_CONTROLS = new Set(["paged", "persistent_search"]);

/** What a filter for LDAP counted, in words. */
export function outcomesOf(changes: readonly Change[]): string[] {
  return [...told(PHRASES, changes), ...controls(changes)];
}

/** `5 ms`: how long a search took to its first entry; undefined where there was none in these changes. */
export function firstEntryIn(changes: readonly Change[]): string | undefined {
  const sample = sampleOf(changes, "search_first_entry_us");
  return sample === undefined || sample === 0 ? undefined : formatDuration(sample);
}

/** `38 entries, 305 kB`. */
export function entriesOf(count: number, bytes: number): string {
  return `${entries(count)}, ${formatBytes(bytes)}`;
}

function entries(count: number): string {
  return count === 1 ? "1 entry" : plural(count, "entrie");
}

function answered(op: string, kind: string, count: number, all: readonly Change[]): string {
  const latency = sampleOf(all, "operation_duration_us", { op });
  return timed(`${op} ${kind}`, count, latency);
}

/** Of an exchange of several steps, which took longer than its last one. */
function authenticated(result: string, all: readonly Change[]): string {
  const [exchange, last] = [
    sampleOf(all, "bind_exchange_us"),
    sampleOf(all, "operation_duration_us", { op: "bind" }),
  ];
  if (exchange === undefined || exchange === last) return "";
  return `authentication: ${result}, ${formatDuration(exchange)} in all`;
}

function controls(changes: readonly Change[]): string[] {
  const names = changes
    .filter(({ metric }) => metric === "controls_total")
    .map(({ labels }) => labels["control"] ?? "")
    .filter((name) => !TOLD_CONTROLS.has(name));
  const critical = grown(changes, "critical_controls_total");
  if (names.length === 0) return [];
  return [`with ${[...new Set(names)].join(", ")}${critical > 0 ? ` (${critical} critical)` : ""}`];
}
