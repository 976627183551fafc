import { formatBytes, formatDuration } from "../words.ts";
import type { Change } from "./changes.ts";
import { sampleOf, times, told, type Phrases } from "./phrases.ts";

/** How the pseudo-verbs of the metrics read. */
const VERB_WORDS: Readonly<Record<string, string>> = {
  connect: "greeting",
  eod: "end of data",
  auth_response: "auth",
  other: "unknown command",
};

const TLS_WORDS: Readonly<Record<string, string>> = {
  accepted: "TLS may begin",
  refused_4xx: "no TLS now",
  refused_5xx: "no TLS",
  handshake_seen: "TLS handshake",
  alert_seen: "TLS alert",
};

const OPAQUE_WORDS: Readonly<Record<string, string>> = {
  starttls: "encrypted from here on",
  tls_first: "encrypted from the first byte",
  sasl: "wrapped by SASL from here on",
  turn: "roles are turned: not read from here on",
  not_smtp: "not SMTP: not read from here on",
  desync: "cannot be followed from here on",
  limit: "beyond a limit: not read from here on",
};

/** How each metric reads; metrics that are not here say nothing new. */
const PHRASES: Phrases = [
  ["replies_total", ({ verb = "", class: kind = "" }, change, all) => answered(verb, kind, change.by, all)],
  ["greetings_total", ({ class: kind = "" }) => (kind === "invalid" ? "no SMTP greeting" : "")],
  ["deliveries_total", ({ class: kind = "" }, { by }) => times(`recipient ${kind}`, by)],
  ["replies_unsolicited_total", () => "answers nothing"],
  ["recipients_total", ({ outcome = "" }, { by }) => times(recipient(outcome), by)],
  ["messages_total", ({ mode = "" }, _, all) => message(mode, all)],
  ["size_declarations_total", ({ kept = "" }) => (kept === "exceeded" ? "larger than declared" : "")],
  ["transactions_total", ({ outcome = "" }, { by }, all) => times(transaction(outcome, all), by)],
  ["auth_results_total", ({ result = "" }) => `authentication: ${result}`],
  ["auth_cleartext_total", () => "password in clear text"],
  ["tls_total", ({ event = "" }) => TLS_WORDS[event] ?? ""],
  ["proxy_preambles_total", ({ version = "" }) => `PROXY ${version} preamble`],
  ["opaque_sessions_total", ({ cause = "" }) => OPAQUE_WORDS[cause] ?? cause],
  ["slow_commands_total", () => "slow"],
  ["limits_reached_total", ({ cap = "" }) => `limit reached: ${cap}`],
  ["anomalies_total", ({ kind = "" }, { by }) => times(`! ${kind}`, by)],
  ["commands_unanswered_total", ({ verb = "" }, { by }) => times(`${verbWords(verb)} unanswered`, by)],
  ["session_ends_total", ({ reason = "" }) => `session ends: ${reason}`],
];

/** What a filter for SMTP counted, in words. */
export function outcomesOf(changes: readonly Change[]): string[] {
  return told(PHRASES, changes);
}

/** How a verb of the metrics reads. */
export function verbWords(verb: string): string {
  return VERB_WORDS[verb] ?? verb;
}

/** How deep a command was pipelined, if it was. */
export function depthOf(changes: readonly Change[]): string[] {
  const depth = sampleOf(changes, "pipeline_depth");
  return depth === undefined ? [] : [`pipelined, ${depth} outstanding`];
}

function answered(verb: string, kind: string, count: number, all: readonly Change[]): string {
  const latency = sampleOf(all, "command_duration_us", { verb }) ?? sampleOf(all, "command_service_us");
  const words = times(`${verbWords(verb)} ${kind}`, count);
  // Without a latency the capture's clock was too coarse, or somebody else's.
  return latency === undefined || latency === 0 || count > 1
    ? words
    : `${words} after ${formatDuration(latency)}`;
}

function recipient(outcome: string): string {
  if (outcome === "accepted") return "recipient accepted";
  return outcome === "unanswered" ? "" : "recipient refused";
}

function message(mode: string, all: readonly Change[]): string {
  const bytes = sampleOf(all, "message_bytes");
  if (bytes === undefined) return `message by ${mode}`;
  return bytes === 0 ? "empty message" : `message of ${formatBytes(bytes)}`;
}

function transaction(outcome: string, all: readonly Change[]): string {
  const of = (name: string): Readonly<Record<string, string>> | undefined =>
    all.find(({ metric, labels }) => metric === name && labels["stage"] !== "mail")?.labels;
  if (outcome === "rejected") {
    const { stage = "", class: kind = "" } = of("transaction_rejections_total") ?? {};
    return `mail rejected at ${verbWords(stage)}, ${kind}`;
  }
  if (outcome === "aborted") return `mail aborted by ${of("transaction_aborts_total")?.["cause"] ?? ""}`;
  return outcome === "unknown" ? "mail's fate unknown" : `mail ${outcome}`;
}
