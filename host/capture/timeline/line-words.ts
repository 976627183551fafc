import type { Change } from "./changes.ts";
import { sampleOf, timed, times, type Phrases } from "./phrases.ts";

type Words = Readonly<Record<string, string>>;

/** How the pseudo-verbs of the metrics read. */
const VERB_WORDS: Words = {
  connect: "greeting",
  eod: "end of data",
  auth_response: "auth",
  other: "unknown command",
};

const TLS_WORDS: Words = {
  accepted: "TLS may begin",
  handshake_seen: "TLS handshake",
  alert_seen: "TLS alert",
};

const OPAQUE_WORDS: Words = {
  tls_first: "encrypted from the first byte",
  sasl: "wrapped by SASL from here on",
  desync: "cannot be followed from here on",
  limit: "beyond a limit: not read from here on",
};

/** How a verb of the metrics reads. */
export function verbWords(verb: string): string {
  return VERB_WORDS[verb] ?? verb;
}

/** What is told first of a protocol of lines: replies, and whether the greeting is one of `protocol`. */
export function phrasesOfReplies(protocol: string): Phrases {
  return [
    ["replies_total", ({ verb = "", class: kind = "" }, { by }, all) => answered(verb, kind, by, all)],
    ["greetings_total", ({ class: kind = "" }) => (kind === "invalid" ? `no ${protocol} greeting` : "")],
  ];
}

/** What is told last. `tls`, `opaque`: events and causes that the protocol alone has. */
export function phrasesOfSession(tls: Words, opaque: Words): Phrases {
  return [
    ["auth_results_total", ({ result = "" }) => `authentication: ${result}`],
    ["auth_cleartext_total", () => "password in clear text"],
    ["tls_total", ({ event = "" }) => TLS_WORDS[event] ?? tls[event] ?? ""],
    ["proxy_preambles_total", ({ version = "" }) => `PROXY ${version} preamble`],
    ["opaque_sessions_total", ({ cause = "" }) => OPAQUE_WORDS[cause] ?? opaque[cause] ?? cause],
    ["slow_commands_total", () => "slow"],
    ["limits_reached_total", ({ cap = "" }) => `limit reached: ${cap}`],
    ["anomalies_total", ({ kind = "" }, { by }) => times(`! ${kind}`, by)],
    ["commands_unanswered_total", ({ verb = "" }, { by }) => times(`${verbWords(verb)} unanswered`, by)],
  ];
}

function answered(verb: string, kind: string, count: number, all: readonly Change[]): string {
  const latency = sampleOf(all, "command_duration_us", { verb }) ?? sampleOf(all, "command_service_us");
  return timed(`${verbWords(verb)} ${kind}`, count, latency);
}
