// smtp-sink with its faults switched on: how sessions and transactions end when the server refuses, drops or is busy.

import { afterAll, beforeAll, expect, test } from "vitest";
import { startSink, type RunningSink } from "../../bench/postfix.ts";
import { anyPort } from "../../host/envoy/ports.ts";
import { key, settled, violations, type Books } from "./support/books.ts";
import { deliver, type Delivery } from "./support/client.ts";
import { describeWith, postfixTools } from "./support/requirements.ts";
import { smtp, startRig, type Rig } from "./support/rig.ts";

interface Row {
  readonly name: string;
  /** What smtp-sink is told. */
  readonly sink: readonly string[];
  readonly delivery?: Delivery;
  readonly reason: string;
  /** Entries the books must have; of the metrics in {@link WHOLE} these are all. */
  readonly expected: Books;
}

const rejected = (stage: string, code: string): Books => ({
  [key("transactions_total", { outcome: "rejected" })]: 1,
  [key("transaction_rejections_total", { stage, class: code })]: 1,
});
const aborted = (cause: string): Books => ({
  [key("transactions_total", { outcome: "aborted" })]: 1,
  [key("transaction_aborts_total", { cause })]: 1,
});
const unanswered = (verb: string): Books => ({ [key("commands_unanswered_total", { verb })]: 1 });
const anomaly = (kind: string): Books => ({ [key("anomalies_total", { kind })]: 1 });
const reply = (verb: string, code: string): Books => ({ [key("replies_total", { verb, class: code })]: 1 });

/** All that these metrics hold is in `expected`: nothing else of the kind may have been counted. */
const WHOLE = [
  "transactions_total",
  "transaction_rejections_total",
  "transaction_aborts_total",
  "commands_unanswered_total",
  "anomalies_total",
];

const ROWS: readonly Row[] = [
  {
    name: "greeting_5xx",
    sink: ["-f", "CONNECT"],
    reason: "greeting_rejected",
    expected: { ...reply("connect", "5xx"), [key("greetings_total", { class: "5xx" })]: 1 },
  },
  {
    name: "greeting_4xx",
    sink: ["-r", "CONNECT"],
    reason: "greeting_rejected",
    expected: { ...reply("connect", "4xx"), [key("greetings_total", { class: "4xx" })]: 1 },
  },
  {
    name: "greeting_421",
    sink: ["-Q", "CONNECT"],
    reason: "greeting_rejected",
    expected: { ...reply("connect", "4xx"), [key("greetings_total", { class: "4xx" })]: 1 },
  },
  {
    name: "no_greeting",
    sink: ["-q", "CONNECT"],
    reason: "server_close",
    expected: { ...unanswered("connect"), [key("greetings_total", { class: "none" })]: 1 },
  },
  {
    name: "helo_5xx",
    sink: ["-f", "HELO"],
    reason: "quit",
    expected: {
      ...reply("helo", "5xx"),
      [key("session_dialects_total", { dialect: "none" })]: 1,
      [key("transactions_total", { outcome: "committed" })]: 1,
    },
  },
  { name: "helo_421", sink: ["-Q", "HELO"], reason: "server_421", expected: reply("helo", "4xx") },
  { name: "helo_dropped", sink: ["-q", "HELO"], reason: "server_close", expected: unanswered("helo") },
  {
    name: "mail_5xx",
    sink: ["-f", "MAIL"],
    reason: "quit",
    expected: {
      ...reply("mail", "5xx"),
      [key("transaction_rejections_total", { stage: "mail", class: "5xx" })]: 1,
      [key("recipients_total", { outcome: "rejected_5xx" })]: 1,
      ...anomaly("data_before_rcpt"),
    },
  },
  { name: "mail_421", sink: ["-Q", "MAIL"], reason: "server_421", expected: mailRefused("4xx") },
  { name: "mail_dropped", sink: ["-q", "MAIL"], reason: "server_close", expected: unanswered("mail") },
  {
    name: "rcpt_5xx",
    sink: ["-f", "RCPT"],
    delivery: { recipients: 3 },
    reason: "quit",
    expected: {
      ...rejected("rcpt", "5xx"),
      ...anomaly("data_before_rcpt"),
      [key("recipients_total", { outcome: "rejected_5xx" })]: 3,
    },
  },
  {
    name: "rcpt_4xx",
    sink: ["-r", "RCPT"],
    delivery: { recipients: 2 },
    reason: "quit",
    expected: {
      ...rejected("rcpt", "4xx"),
      ...anomaly("data_before_rcpt"),
      [key("recipients_total", { outcome: "rejected_4xx" })]: 2,
    },
  },
  { name: "rcpt_421", sink: ["-Q", "RCPT"], reason: "server_421", expected: rejected("rcpt", "4xx") },
  {
    name: "rcpt_dropped",
    sink: ["-q", "RCPT"],
    reason: "server_close",
    expected: {
      ...aborted("server_close"),
      ...unanswered("rcpt"),
      [key("recipients_total", { outcome: "unanswered" })]: 1,
    },
  },
  { name: "data_5xx", sink: ["-f", "DATA"], reason: "quit", expected: rejected("data", "5xx") },
  { name: "data_4xx", sink: ["-r", "DATA"], reason: "quit", expected: rejected("data", "4xx") },
  { name: "data_421", sink: ["-Q", "DATA"], reason: "server_421", expected: rejected("data", "4xx") },
  {
    name: "data_dropped",
    sink: ["-q", "DATA"],
    reason: "server_close",
    expected: { ...aborted("server_close"), ...unanswered("data") },
  },
  { name: "message_5xx", sink: ["-f", "."], reason: "quit", expected: rejected("eod", "5xx") },
  { name: "message_4xx", sink: ["-r", "."], reason: "quit", expected: rejected("eod", "4xx") },
  { name: "message_421", sink: ["-Q", "."], reason: "server_421", expected: rejected("eod", "4xx") },
  {
    name: "message_dropped",
    sink: ["-q", "."],
    reason: "server_close",
    expected: { ...unanswered("eod"), [key("transactions_total", { outcome: "unknown" })]: 1 },
  },
  { name: "quit_421", sink: ["-Q", "QUIT"], reason: "server_421", expected: committed() },
  {
    name: "quit_dropped",
    sink: ["-q", "QUIT"],
    reason: "quit",
    expected: { ...committed(), ...unanswered("quit") },
  },
  {
    name: "client_leaves_mid_transaction",
    sink: [],
    delivery: { leaveAfter: "rcpt" },
    reason: "client_close",
    expected: aborted("client_close"),
  },
  {
    name: "client_leaves_after_hello",
    sink: [],
    delivery: { leaveAfter: "hello" },
    reason: "client_close",
    expected: { [key("session_transactions_count")]: 1 },
  },
];

function committed(): Books {
  return { [key("transactions_total", { outcome: "committed" })]: 1 };
}

function mailRefused(code: string): Books {
  return { ...reply("mail", code), [key("transaction_rejections_total", { stage: "mail", class: code })]: 1 };
}

describeWith(["envoy", "postfix"], "smtp-sink with faults", () => {
  const sinks: RunningSink[] = [];
  let rig: Rig;

  beforeAll(async () => {
    for (const { sink } of ROWS) sinks.push(await startSink(postfixTools(), await anyPort(), sink));
    const listeners = ROWS.map(({ name }, i) => ({
      name,
      upstream: sinks[i]?.port ?? 0,
      filters: [smtp({ stat_prefix: name })],
    }));
    rig = await startRig({ listeners });
  });
  afterAll(async () => {
    await rig.envoy.stop();
    for (const sink of sinks) await sink.stop();
  });

  test.each(ROWS)("$name → $reason", async ({ name, delivery, reason, expected }) => {
    await deliver(rig.port(name), delivery);
    const book = await settled(rig.envoy, 1, { prefix: name });
    expect(only(book, ["session_ends_total"])).toEqual({ [key("session_ends_total", { reason })]: 1 });
    expect(book).toMatchObject(expected);
    expect(only(book, WHOLE)).toEqual(only(expected, WHOLE));
    expect(violations(book)).toEqual([]);
  });
});

function only(book: Books, metrics: readonly string[]): Books {
  return Object.fromEntries(
    Object.entries(book).filter(([entry]) => metrics.includes(entry.split("{")[0] ?? "")),
  );
}
