// LDAP as tshark's dissector reads it, and the filter's metrics under the same names: `request search`,
// `response entry`, `result 32`; message IDs of what was asked, and of what was answered and how.

import { parseSample } from "../../host/metrics/parse.ts";
import type { MetricValues } from "../../host/testing/metrics.ts";
import { add, type Book } from "../corpus/zeek.ts";
import type { PacketFields } from "./tshark.ts";

/** Of servers; the first one is that of a written capture. */
export const LDAP_PORTS = ["389", "3268"];
export const LDAP_KINDS = ["request", "response", "result", "#request", "#result"];
export const LDAP_FIELDS = ["tcp.dstport", "ldap.messageID", "ldap.protocolOp", "ldap.resultCode"];

/** Application tags of requests (RFC 4511 §4.2 to §4.12). */
const REQUESTS: Readonly<Record<string, string>> = {
  0: "bind",
  2: "unbind",
  3: "search",
  6: "modify",
  8: "add",
  10: "delete",
  12: "moddn",
  14: "compare",
  16: "abandon",
  23: "extended",
};

/** Those of responses, by what they answer. */
const RESPONSES: Readonly<Record<string, string>> = {
  1: "bind",
  4: "entry",
  5: "search",
  7: "modify",
  9: "add",
  11: "delete",
  13: "moddn",
  15: "compare",
  19: "reference",
  24: "extended",
  25: "intermediate",
};

/** Of these there may be many before the result comes. */
const BEFORE_THE_RESULT = new Set(["entry", "reference", "intermediate"]);

/** `codes`: those that the filter has a name for. */
export function tsharkLdapBook(packets: readonly PacketFields[], codes: ReadonlySet<string>): Book {
  const book: Book = new Map();
  for (const packet of packets) {
    const valuesOf = (field: string): readonly string[] => packet.get(field) ?? [];
    const ids = valuesOf("ldap.messageID");
    const results = valuesOf("ldap.resultCode").values();
    const isRequest = LDAP_PORTS.includes(valuesOf("tcp.dstport")[0] ?? "");
    for (const code of valuesOf("ldap.resultCode")) add(book, `result ${codes.has(code) ? code : "other"}`);
    valuesOf("ldap.protocolOp").forEach((tag, i) => {
      const name = (isRequest ? REQUESTS : RESPONSES)[tag] ?? "unknown";
      add(book, `${isRequest ? "request" : "response"} ${name}`);
      if (isRequest) add(book, `#request ${ids[i]} ${name}`);
      else if (!BEFORE_THE_RESULT.has(name)) add(book, `#result ${ids[i]} ${results.next().value ?? "none"}`);
    });
  }
  return book;
}

/** Names of metrics, and what they count of the messages. */
const COUNTED: Readonly<Record<string, (label: (name: string) => string) => string>> = {
  requests_total: (label) => `request ${label("op")}`,
  responses_total: (label) => `response ${label("op")}`,
  search_entries_total: () => "response entry",
  search_references_total: () => "response reference",
  intermediate_responses_total: () => "response intermediate",
  result_codes_total: (label) => `result ${label("code")}`,
};

export function ourLdapBook(metrics: MetricValues): Book {
  const book: Book = new Map();
  for (const [key, value] of metrics) {
    const { name, labels } = parseSample(`${key} ${value}`);
    const counted = COUNTED[name]?.((label) => labels[label] ?? "");
    if (counted !== undefined && value > 0) add(book, counted, value);
  }
  return book;
}

/** The codes of the metric of results, `other` left out. */
export function resultCodesOf(metrics: MetricValues): Set<string> {
  const codes = [...metrics.keys()].flatMap(
    (key) => /^result_codes_total\{code="(\d+)"\}$/.exec(key)?.[1] ?? [],
  );
  return new Set(codes);
}

/** A row of `heirloom replay --timeline N --format json`. */
export interface TimelineRow {
  readonly from?: "client" | "server";
  readonly text: string;
}

/** The message IDs that a time line shows: `#1 bind cn=x`, `#1 invalidCredentials (49)`. */
export function addTimeline(book: Book, rows: readonly TimelineRow[]): void {
  for (const { from, text } of rows) {
    const [, id = "", said = ""] = /^#(-?\d+) (.*)$/s.exec(text) ?? [];
    if (id === "") continue;
    if (from === "client") add(book, `#request ${id} ${nameOf(said)}`);
    else if (!/^(\(|entry |reference |intermediate: )/.test(said)) add(book, `#result ${id} ${codeOf(said)}`);
  }
}

function nameOf(said: string): string {
  const word = said.split(" ")[0] ?? "";
  if (word === "rename") return "moddn";
  if (word === "operation") return "unknown";
  return Object.values(REQUESTS).includes(word) ? word : "extended";
}

/** Notices say first what they are: `Notice of Disconnection: unavailable (52)`. */
function codeOf(said: string): string {
  const [, named, bare] = /(?:^|: )(?:[\w-]+ \((\d+)\)|result (-?\d+)|success\b)/.exec(said) ?? [said, said];
  return named ?? bare ?? "0";
}
