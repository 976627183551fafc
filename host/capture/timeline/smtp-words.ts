import { formatBytes, formatDuration, plural } from "../words.ts";
import type { Change } from "./changes.ts";

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

type Phrase = (labels: Readonly<Record<string, string>>, change: Change, all: readonly Change[]) => string;

/** How each metric reads, in the order in which they are told; metrics that are not here say nothing new. */
const PHRASES: readonly (readonly [metric: string, phrase: Phrase])[] = [
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
  return PHRASES.flatMap(([metric, phrase]) =>
    changes
      .filter((change) => change.metric === metric)
      .map((change) => phrase(change.labels, change, changes)),
  ).filter((words) => words !== "");
}

/** How a verb of the metrics reads. */
export function verbWords(verb: string): string {
  return VERB_WORDS[verb] ?? verb;
}

/** How deep a command was pipelined, if it was. */
export function depthOf(changes: readonly Change[]): string[] {
  const depth = changes.find(({ metric }) => metric === "pipeline_depth")?.samples.at(-1);
  return depth === undefined ? [] : [`pipelined, ${depth} outstanding`];
}

/** How much a counter grew, whatever its other labels. */
export function grown(
  changes: readonly Change[],
  metric: string,
  labels: Record<string, string> = {},
): number {
  return changes
    .filter((change) => change.metric === metric)
    .filter((change) => Object.entries(labels).every(([label, value]) => change.labels[label] === value))
    .reduce((sum, { by }) => sum + by, 0);
}

function answered(verb: string, kind: string, count: number, all: readonly Change[]): string {
  const timed = all.find(({ metric, labels }) => metric === "command_duration_us" && labels["verb"] === verb);
  const samples = timed?.samples ?? all.find(({ metric }) => metric === "command_service_us")?.samples;
  const latency = samples?.at(-1);
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
  const bytes = all.find(({ metric }) => metric === "message_bytes")?.samples.at(-1);
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

function times(words: string, count: number): string {
  return count > 1 && words !== "" ? `${words} ×${count}` : words;
}

/** `(14,200 bytes)`. */
export function sized(what: string, bytes: number): string {
  return `(${what}${plural(bytes, "byte")})`;
}
