import { formatBytes } from "../words.ts";
import type { Change } from "./changes.ts";
import { phrasesOfReplies, phrasesOfSession, verbWords } from "./line-words.ts";
import { sampleOf, times, told, type Phrases } from "./phrases.ts";

const TLS_WORDS: Readonly<Record<string, string>> = {
  refused_4xx: "no TLS now",
  refused_5xx: "no TLS",
};

const OPAQUE_WORDS: Readonly<Record<string, string>> = {
  starttls: "encrypted from here on",
  turn: "roles are turned: not read from here on",
  not_smtp: "not SMTP: not read from here on",
};

/** How each metric reads; metrics that are not here say nothing new. */
const PHRASES: Phrases = [
  ...phrasesOfReplies("SMTP"),
  ["deliveries_total", ({ class: kind = "" }, { by }) => times(`recipient ${kind}`, by)],
  ["replies_unsolicited_total", () => "answers nothing"],
  ["recipients_total", ({ outcome = "" }, { by }) => times(recipient(outcome), by)],
  ["messages_total", ({ mode = "" }, _, all) => message(mode, all)],
  ["size_declarations_total", ({ kept = "" }) => (kept === "exceeded" ? "larger than declared" : "")],
  ["transactions_total", ({ outcome = "" }, { by }, all) => times(transaction(outcome, all), by)],
  ...phrasesOfSession(TLS_WORDS, OPAQUE_WORDS),
  ["session_ends_total", ({ reason = "" }) => `session ends: ${reason}`],
];

/** What a filter for SMTP counted, in words. */
export function outcomesOf(changes: readonly Change[]): string[] {
  return told(PHRASES, changes);
}

/** How deep a command was pipelined, if it was. */
export function depthOf(changes: readonly Change[]): string[] {
  const depth = sampleOf(changes, "pipeline_depth");
  return depth === undefined ? [] : [`pipelined, ${depth} outstanding`];
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
