import { formatBytes } from "../words.ts";
import type { Change } from "./changes.ts";
import { phrasesOfReplies, phrasesOfSession } from "./line-words.ts";
import { times, told, type Phrases } from "./phrases.ts";

const TLS_WORDS: Readonly<Record<string, string>> = {
  refused: "no TLS",
};

const OPAQUE_WORDS: Readonly<Record<string, string>> = {
  stls: "encrypted from here on",
  not_pop3: "not POP3: not read from here on",
};

/** How each metric reads; metrics that are not here say nothing new. */
const PHRASES: Phrases = [
  ...phrasesOfReplies("POP3"),
  ["replies_unsolicited_total", () => "answers nothing"],
  ["message_bytes", (_, { samples }) => `message of ${formatBytes(samples.at(-1) ?? 0)}`],
  [
    "retrievals_total",
    ({ outcome = "" }, { by }) => (outcome === "complete" ? "" : times(`retrieval ${outcome}`, by)),
  ],
  ["deletions_total", ({ outcome = "" }, { by }) => times(`deletion ${outcome}`, by)],
  ...phrasesOfSession(TLS_WORDS, OPAQUE_WORDS),
  ["session_outcomes_total", ({ outcome = "" }) => `session ${outcome}`],
  ["session_ends_total", ({ reason = "" }) => `ends: ${reason}`],
];

/** What a filter for POP3 counted, in words. */
export function outcomesOf(changes: readonly Change[]): string[] {
  return told(PHRASES, changes);
}
