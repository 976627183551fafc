// SMTP as tshark's dissector reads it, and the filter's metrics under the same names: `command mail`, `reply 250`,
// `end` (of a message by DATA).

import { parseSample } from "../../host/metrics/parse.ts";
import type { MetricValues } from "../../host/testing/metrics.ts";
import { add, type Book } from "../corpus/zeek.ts";
import { total } from "./books.ts";
import type { PacketFields } from "./tshark.ts";

export const SMTP_KINDS = ["command", "reply", "end"];
export const SMTP_FIELDS = ["smtp.req.command", "smtp.response.code", "smtp.eom"];

/** tshark gives the first four characters of a line. */
const VERBS: Readonly<Record<string, string>> = {
  "X-EX": "x_exps",
  "X-AN": "x_anonymoustls",
  ATRN: "turn",
  SAML: "send",
  SOML: "send",
  STAR: "starttls",
  XCLI: "xclient",
  XEXC: "xexch50",
  XFOR: "xforward",
};
const SAME =
  "HELO EHLO LHLO MAIL RCPT DATA BDAT RSET QUIT NOOP VRFY EXPN HELP AUTH ETRN TURN BURL SEND".split(" ");

function verbOf(command: string): string {
  const upper = command.toUpperCase();
  return SAME.includes(upper) ? upper.toLowerCase() : (VERBS[upper] ?? "other");
}

/** `codes`: those that the filter has a name for. */
export function tsharkSmtpBook(packets: readonly PacketFields[], codes: ReadonlySet<string>): Book {
  const book: Book = new Map();
  for (const packet of packets) {
    const valuesOf = (field: string): readonly string[] => packet.get(field) ?? [];
    for (const command of valuesOf("smtp.req.command")) add(book, `command ${verbOf(command)}`);
    for (const code of valuesOf("smtp.response.code")) add(book, `reply ${codes.has(code) ? code : "other"}`);
    if (valuesOf("smtp.eom").length > 0) add(book, "end");
  }
  return book;
}

/** Commands that are none on the wire: tshark has no name for a line of an AUTH exchange, nor for a greeting. */
const PSEUDO = new Set(["connect", "auth_response", "eod"]);

export function ourSmtpBook(metrics: MetricValues): Book {
  const book: Book = new Map();
  for (const [key, value] of metrics) {
    const { name, labels } = parseSample(`${key} ${value}`);
    const { verb = "", code = "" } = labels;
    if (value === 0) continue;
    if (name === "commands_total" && !PSEUDO.has(verb)) add(book, `command ${verb}`, value);
    if (name === "reply_codes_total") add(book, `reply ${code}`, value);
  }
  const ends = total(metrics, "commands_total", { verb: "eod" });
  if (ends > 0) add(book, "end", ends);
  return book;
}

/** The codes of replies_total's metric by code, `other` left out. */
export function codesOf(metrics: MetricValues): Set<string> {
  const codes = [...metrics.keys()].flatMap(
    (key) => /^reply_codes_total\{code="(\d+)"\}$/.exec(key)?.[1] ?? [],
  );
  return new Set(codes);
}
