/** What the books must say when smtp-source has sent to smtp-sink what it was told. */

import type { SourceOptions } from "../../../bench/postfix.ts";
import { key, type Books } from "./books.ts";

/** The filter's verbosity. */
export type Level = "low" | "standard" | "high";

/** Bytes that passed, as Envoy's own tcp_proxy counted them. */
export interface Passed {
  readonly fromClient: number;
  readonly fromServer: number;
}

type Entries = readonly (readonly [
  metric: string,
  labels: Readonly<Record<string, string>>,
  value: number,
])[];

/** The whole book at `level`, entry by entry: smtp-source says HELO, MAIL, RCPT, DATA and QUIT, one after the other. */
export function told(options: Omit<SourceOptions, "port">, level: Level, passed: Passed): Books {
  const messages = options.messages;
  const sessions = options.connections === "kept" ? (options.parallel ?? 1) : messages;
  const recipients = messages * (options.recipients ?? 1);
  const run = { sessions, messages, recipients };
  const entries = [...low(run, passed)];
  if (level !== "low") entries.push(...standard(run));
  if (level === "high") entries.push(...high(run));
  return Object.fromEntries(entries.map(([metric, labels, value]) => [key(metric, labels), value]));
}

interface Run {
  readonly sessions: number;
  readonly messages: number;
  readonly recipients: number;
}

function low({ sessions, messages, recipients }: Run, passed: Passed): Entries {
  return [
    ["sessions_total", {}, sessions],
    ["session_ends_total", { reason: "quit" }, sessions],
    ["session_dialects_total", { dialect: "smtp" }, sessions],
    ["greetings_total", { class: "2xx" }, sessions],
    ["bytes_total", { from: "client" }, passed.fromClient],
    ["bytes_total", { from: "server" }, passed.fromServer],
    ["commands_total", { verb: "helo" }, sessions],
    ["commands_total", { verb: "mail" }, messages],
    ["commands_total", { verb: "rcpt" }, recipients],
    ["commands_total", { verb: "data" }, messages],
    ["commands_total", { verb: "eod" }, messages],
    ["commands_total", { verb: "quit" }, sessions],
    ["replies_total", { verb: "connect", class: "2xx" }, sessions],
    ["replies_total", { verb: "helo", class: "2xx" }, sessions],
    ["replies_total", { verb: "mail", class: "2xx" }, messages],
    ["replies_total", { verb: "rcpt", class: "2xx" }, recipients],
    ["replies_total", { verb: "data", class: "3xx" }, messages],
    ["replies_total", { verb: "eod", class: "2xx" }, messages],
    ["replies_total", { verb: "quit", class: "2xx" }, sessions],
    ["transactions_started_total", {}, messages],
    ["transactions_total", { outcome: "committed" }, messages],
    ["recipients_total", { outcome: "accepted" }, recipients],
    ["messages_total", { mode: "data" }, messages],
    ["commit_duration_us_count", {}, messages],
  ];
}

function standard({ sessions, messages, recipients }: Run): Entries {
  return [
    ["reply_codes_total", { code: "220" }, sessions],
    ["reply_codes_total", { code: "221" }, sessions],
    ["reply_codes_total", { code: "250" }, sessions + messages + recipients + messages],
    ["reply_codes_total", { code: "354" }, messages],
    // smtp-sink says 2.1.0 to MAIL, 2.1.5 to RCPT and 2.0.0 to the message.
    ["enhanced_codes_total", { class: "2", subject: "1" }, messages + recipients],
    ["enhanced_codes_total", { class: "2", subject: "0" }, messages],
    ["command_duration_us_count", { verb: "connect" }, sessions],
    ["command_duration_us_count", { verb: "helo" }, sessions],
    ["command_duration_us_count", { verb: "mail" }, messages],
    ["command_duration_us_count", { verb: "rcpt" }, recipients],
    ["command_duration_us_count", { verb: "data" }, messages],
    ["command_duration_us_count", { verb: "eod" }, messages],
    ["transaction_duration_us_count", {}, messages],
    ["data_duration_us_count", {}, messages],
    ["transaction_recipients_count", {}, messages],
    ["session_transactions_count", {}, sessions],
    ["session_duration_us_count", {}, sessions],
    ["message_bytes_count", {}, messages],
    ["cleartext_messages_total", { starttls_offered: "no" }, messages],
  ];
}

function high({ sessions, messages, recipients }: Run): Entries {
  return [
    ["command_reply_codes_total", { verb: "connect", code: "220" }, sessions],
    ["command_reply_codes_total", { verb: "helo", code: "250" }, sessions],
    ["command_reply_codes_total", { verb: "mail", code: "250" }, messages],
    ["command_reply_codes_total", { verb: "rcpt", code: "250" }, recipients],
    ["command_reply_codes_total", { verb: "data", code: "354" }, messages],
    ["command_reply_codes_total", { verb: "eod", code: "250" }, messages],
    ["command_reply_codes_total", { verb: "quit", code: "221" }, sessions],
    ["enhanced_statuses_total", { status: "2_1_0" }, messages],
    ["enhanced_statuses_total", { status: "2_1_5" }, recipients],
    ["enhanced_statuses_total", { status: "2_0_0" }, messages],
    // Everything that is answered but the greeting.
    ["command_service_us_count", {}, 2 * sessions + 3 * messages + recipients],
    ["message_wire_bytes_count", {}, messages],
    ["size_declarations_total", { kept: "absent" }, messages],
  ];
}
