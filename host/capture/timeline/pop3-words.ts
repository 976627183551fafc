import { formatBytes, formatDuration } from "../words.ts";
import type { Change } from "./changes.ts";
import { sampleOf, times, told, type Phrases } from "./phrases.ts";

const TLS_WORDS: Readonly<Record<string, string>> = {
  accepted: "TLS may begin",
  refused: "no TLS",
  handshake_seen: "TLS handshake",
  alert_seen: "TLS alert",
};

const OPAQUE_WORDS: Readonly<Record<string, string>> = {
  stls: "encrypted from here on",
  tls_first: "encrypted from the first byte",
  sasl: "wrapped by SASL from here on",
  not_pop3: "not POP3: not read from here on",
  desync: "cannot be followed from here on",
  limit: "beyond a limit: not read from here on",
};

/** How each metric reads; metrics that are not here say nothing new. */
const PHRASES: Phrases = [
  ["replies_total", ({ verb = "", class: kind = "" }, change, all) => answered(verb, kind, change.by, all)],
  ["greetings_total", ({ class: kind = "" }) => (kind === "invalid" ? "no POP3 greeting" : "")],
  ["replies_unsolicited_total", () => "answers nothing"],
  ["message_bytes", (_, { samples }) => `message of ${formatBytes(samples.at(-1) ?? 0)}`],
  [
    "retrievals_total",
    ({ outcome = "" }, { by }) => (outcome === "complete" ? "" : times(`retrieval ${outcome}`, by)),
  ],
  ["deletions_total", ({ outcome = "" }, { by }) => times(`deletion ${outcome}`, by)],
  ["auth_results_total", ({ result = "" }) => `authentication: ${result}`],
  ["auth_cleartext_total", () => "password in clear text"],
  ["tls_total", ({ event = "" }) => TLS_WORDS[event] ?? ""],
  ["proxy_preambles_total", ({ version = "" }) => `PROXY ${version} preamble`],
  ["opaque_sessions_total", ({ cause = "" }) => OPAQUE_WORDS[cause] ?? cause],
  ["slow_commands_total", () => "slow"],
  ["limits_reached_total", ({ cap = "" }) => `limit reached: ${cap}`],
  ["anomalies_total", ({ kind = "" }, { by }) => times(`! ${kind}`, by)],
  ["commands_unanswered_total", ({ verb = "" }, { by }) => times(`${verbWords(verb)} unanswered`, by)],
  ["session_outcomes_total", ({ outcome = "" }) => `session ${outcome}`],
  ["session_ends_total", ({ reason = "" }) => `ends: ${reason}`],
];

/** What a filter for POP3 counted, in words. */
export function outcomesOf(changes: readonly Change[]): string[] {
  return told(PHRASES, changes);
}

/** How a verb of the metrics reads. */
export function verbWords(verb: string): string {
  if (verb === "connect") return "greeting";
  if (verb === "auth_response") return "auth";
  return verb === "other" ? "unknown command" : verb;
}

function answered(verb: string, kind: string, count: number, all: readonly Change[]): string {
  const latency = sampleOf(all, "command_duration_us", { verb }) ?? sampleOf(all, "command_service_us");
  const words = times(`${verbWords(verb)} ${kind}`, count);
  // Without a latency the capture's clock was too coarse, or somebody else's.
  return latency === undefined || latency === 0 || count > 1
    ? words
    : `${words} after ${formatDuration(latency)}`;
}
