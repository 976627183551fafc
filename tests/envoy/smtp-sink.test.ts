// smtp-sink with each of its switches for faults: how the session ends, what was not answered, what was refused, how long
// it took, and what was offered.

import { afterAll, beforeAll, expect, test } from "vitest";
import { runSource, startSink, type RunningSink } from "../../bench/postfix.ts";
import { anyPort } from "../../host/envoy/ports.ts";
import { key, samplesOf, settled, violations, type Books } from "./support/books.ts";
import { Client } from "./support/client.ts";
import { describeWith, postfixTools } from "./support/requirements.ts";
import { smtp, startRig, type Rig } from "./support/rig.ts";
import { RESET_REASON } from "./support/version.ts";

interface Row {
  readonly name: string;
  /** What smtp-sink is told. */
  readonly sink: readonly string[];
  readonly talk: (client: Client) => Promise<void>;
  readonly reason: string;
  /** All entries of the metrics in {@link WHOLE}. */
  readonly whole: Books;
  /** Further entries that must be there. */
  readonly more?: Books;
  /** Extensions that are not offered though smtp-sink usually does. */
  readonly without?: readonly string[];
  /** Commands that took {@link DELAY_S}; no others may have taken long. */
  readonly slow?: Readonly<Record<string, number>>;
}

/** What `expected` leaves out of these must not have been counted. */
const WHOLE = [
  ...["transactions_total", "transaction_rejections_total", "transaction_aborts_total", "recipients_total"],
  ...["commands_unanswered_total", "replies_unsolicited_total", "anomalies_total", "session_dialects_total"],
];

/** What smtp-sink offers to EHLO. */
const OFFERED = ["pipelining", "8bitmime", "auth", "xclient", "xforward", "enhancedstatuscodes", "dsn"];

const DELAY_S = 1;
/** Long enough for a busy machine, short enough for every delay. */
const SLOW_MS = 900;

const FROM = "MAIL FROM:<a@client.example>";
const TO = "RCPT TO:<b@mx.example>";
const TEXT = "Subject: test\r\n\r\nhello\r\n.";
const LARGE_BYTES = 100_000;

const outcome = (name: string): Books => ({ [key("transactions_total", { outcome: name })]: 1 });
const rejected = (stage: string, code: string): Books => ({
  ...outcome("rejected"),
  [key("transaction_rejections_total", { stage, class: code })]: 1,
});
const aborted = (cause: string): Books => ({
  ...outcome("aborted"),
  [key("transaction_aborts_total", { cause })]: 1,
});
const recipients = (name: string, count = 1): Books => ({
  [key("recipients_total", { outcome: name })]: count,
});
const unanswered = (verb: string): Books => ({ [key("commands_unanswered_total", { verb })]: 1 });
const anomaly = (kind: string, count = 1): Books => ({ [key("anomalies_total", { kind })]: count });
const dialect = (name: string): Books => ({ [key("session_dialects_total", { dialect: name })]: 1 });
const replies = (verb: string, code: string, count = 1): Books => ({
  [key("replies_total", { verb, class: code })]: count,
});

/** A message by EHLO, MAIL, RCPT, DATA and QUIT is delivered. */
const DELIVERED: Books = { ...outcome("committed"), ...recipients("accepted"), ...dialect("esmtp") };

const ROWS: readonly Row[] = [
  {
    name: "f",
    sink: ["-f", "RCPT"],
    talk: (client) => oneByOne(client, [FROM, TO, TO, "RSET", "QUIT"]),
    reason: "quit",
    whole: { ...rejected("rcpt", "5xx"), ...recipients("rejected_5xx", 2), ...dialect("esmtp") },
    more: { ...replies("rcpt", "5xx", 2), [key("reply_codes_total", { code: "500" })]: 2 },
    // It does not pipeline with `-f` or `-r`.
    without: ["pipelining"],
  },
  {
    name: "r",
    sink: ["-r", "DATA"],
    talk: (client) => oneByOne(client, [FROM, TO, "DATA", "DATA", "QUIT"]),
    reason: "quit",
    whole: { ...rejected("data", "4xx"), ...recipients("accepted"), ...dialect("esmtp") },
    more: { ...replies("data", "4xx", 2), [key("reply_codes_total", { code: "450" })]: 2 },
    without: ["pipelining"],
  },
  {
    name: "q",
    sink: ["-q", "."],
    talk: async (client) => {
      await oneByOne(client, [FROM, TO, "DATA"]);
      client.send(`${TEXT}\r\nQUIT\r\n`);
    },
    reason: "server_close",
    whole: {
      ...outcome("unknown"),
      ...recipients("accepted"),
      ...unanswered("eod"),
      ...unanswered("quit"),
      ...dialect("esmtp"),
    },
  },
  {
    name: "Q",
    sink: ["-Q", "RCPT"],
    talk: (client) => inOneGroup(client, [FROM, TO, TO, "DATA"]),
    reason: "server_421",
    whole: {
      ...aborted("server_close"),
      ...recipients("rejected_4xx"),
      ...recipients("unanswered"),
      ...unanswered("rcpt"),
      ...unanswered("data"),
      ...dialect("esmtp"),
    },
    more: { [key("reply_codes_total", { code: "421" })]: 1 },
  },
  {
    name: "A",
    sink: ["-A", String(DELAY_S)],
    talk: async (client) => {
      await oneByOne(client, [FROM, TO, "DATA"]);
      client.send("Subject: half of it\r\n\r\nhel");
    },
    // It has not read all, so it resets.
    reason: RESET_REASON,
    whole: {
      ...rejected("data", "5xx"),
      ...recipients("accepted"),
      [key("replies_unsolicited_total", { code: "other" })]: 1,
      ...anomaly("reply_unmatched"),
      ...dialect("esmtp"),
    },
    more: { [key("reply_codes_total", { code: "550" })]: 1 },
  },
  {
    name: "H",
    sink: ["-H", String(DELAY_S)],
    talk: (client) => deliver(client),
    reason: "quit",
    whole: DELIVERED,
    // All of it was sent long before it was read.
    slow: { eod: 1 },
  },
  {
    name: "W",
    sink: ["-W", `RCPT:${DELAY_S}`],
    talk: (client) => oneByOne(client, [FROM, TO, TO, "DATA", TEXT, "QUIT"]),
    reason: "quit",
    whole: { ...DELIVERED, ...recipients("accepted", 2) },
    slow: { rcpt: 2 },
  },
  {
    name: "W_dot",
    sink: ["-W", `.:${DELAY_S}`],
    talk: (client) => deliver(client),
    reason: "quit",
    whole: DELIVERED,
    slow: { eod: 1 },
  },
  {
    name: "w",
    sink: ["-w", String(DELAY_S)],
    talk: (client) => deliver(client),
    reason: "quit",
    whole: DELIVERED,
    slow: { data: 1 },
  },
  {
    name: "e",
    sink: ["-e"],
    talk: (client) => deliver(client),
    reason: "quit",
    whole: { ...DELIVERED, ...withHeloOnly() },
    more: { ...replies("ehlo", "5xx"), ...replies("helo", "2xx") },
    without: OFFERED,
  },
  {
    name: "P",
    sink: ["-P"],
    talk: (client) => deliver(client),
    reason: "quit",
    whole: { ...DELIVERED, ...withHeloOnly() },
    more: { ...replies("connect", "2xx"), ...replies("ehlo", "5xx"), ...replies("helo", "2xx") },
    without: OFFERED,
  },
  {
    name: "p",
    sink: ["-p"],
    talk: async (client) => {
      await inOneGroup(client, [FROM, TO, "DATA"]);
      client.send(`${TEXT}\r\nQUIT\r\n`);
    },
    reason: "quit",
    // Two groups: MAIL with RCPT and DATA, the message with QUIT.
    whole: { ...DELIVERED, ...anomaly("pipeline_not_offered", 2) },
    without: ["pipelining"],
  },
  {
    name: "8",
    sink: ["-8"],
    talk: (client) => deliver(client),
    reason: "quit",
    whole: DELIVERED,
    without: ["8bitmime"],
  },
  {
    name: "E",
    sink: ["-E"],
    talk: (client) => deliver(client),
    reason: "quit",
    whole: DELIVERED,
    // It uses them all the same: 2.1.0, 2.1.5 and 2.0.0.
    more: { [key("enhanced_codes_total", { class: "2", subject: "1" })]: 2 },
    without: ["enhancedstatuscodes"],
  },
  {
    name: "N",
    sink: ["-N"],
    talk: (client) => oneByOne(client, [`${FROM} RET=HDRS`, `${TO} NOTIFY=NEVER`, "DATA", TEXT, "QUIT"]),
    reason: "quit",
    whole: DELIVERED,
    more: { [key("extensions_used_total", { extension: "dsn" })]: 1 },
    without: ["dsn"],
  },
  {
    name: "T",
    sink: ["-T", "300"],
    talk: (client) => oneByOne(client, [FROM, TO, "DATA", `${large()}.`, "QUIT"]),
    reason: "quit",
    whole: DELIVERED,
    more: { message_bytes_count: 1 },
  },
];

/** What differs where EHLO is refused. */
function withHeloOnly(): Books {
  return { [key("session_dialects_total", { dialect: "esmtp" })]: 0, ...dialect("smtp") };
}

describeWith(["envoy", "postfix"], "smtp-sink's switches", () => {
  const sinks: RunningSink[] = [];
  let lmtpSink: RunningSink;
  let rig: Rig;

  beforeAll(async () => {
    for (const { sink } of ROWS) sinks.push(await startSink(postfixTools(), await anyPort(), sink));
    lmtpSink = await startSink(postfixTools(), await anyPort(), ["-L"]);
    const configuration = { verbosity: "high", slow_commands_ms: { default: SLOW_MS } };
    const listeners = ROWS.map(({ name }, i) => ({
      name,
      upstream: sinks[i]?.port ?? 0,
      filters: [smtp({ ...configuration, stat_prefix: prefixOf(name) })],
    }));
    const lmtp = ["lmtp_load", "lmtp_ehlo"].map((name) => ({
      name,
      upstream: lmtpSink.port,
      filters: [smtp({ ...configuration, stat_prefix: name, dialect: "lmtp" })],
    }));
    rig = await startRig({ listeners: [...listeners, ...lmtp] });
    // Side by side, as most of the time is waiting.
    await Promise.all(ROWS.map(converse));
  });
  afterAll(async () => {
    await rig.envoy.stop();
    for (const sink of sinks) await sink.stop();
    await lmtpSink.stop();
  });

  test.each(ROWS)("$sink → $reason", async ({ name, reason, whole, more = {}, without = [], slow = {} }) => {
    const book = await settled(rig.envoy, 1, { prefix: prefixOf(name) });
    expect(violations(book)).toEqual([]);
    expect(only(book, ["session_ends_total"])).toEqual({ [key("session_ends_total", { reason })]: 1 });
    expect(only(book, WHOLE)).toEqual(withoutZeros(whole));
    expect(book).toMatchObject(more);
    expect(only(book, ["slow_commands_total"])).toEqual(
      Object.fromEntries(
        Object.entries(slow).map(([verb, count]) => [key("slow_commands_total", { verb }), count]),
      ),
    );
    expect(only(book, ["extensions_offered_total"])).toEqual(
      Object.fromEntries(
        OFFERED.filter((extension) => !without.includes(extension)).map((extension) => [
          key("extensions_offered_total", { extension }),
          1,
        ]),
      ),
    );
    for (const [verb, count] of Object.entries(slow)) {
      expect(await durationOf(verb, prefixOf(name))).toBeGreaterThanOrEqual(count * SLOW_MS * 1_000);
    }
  });

  test("a window of 300 octets: the size of a message is what was sent", async () => {
    const samples = await samplesOf(rig.envoy, { prefix: prefixOf("T") });
    const sum = samples.find(({ name }) => name === "smtp_message_bytes_sum")?.value ?? 0;
    // A histogram's sum is as exact as its bins, which are some per cent wide.
    expect(sum).toBeGreaterThan(LARGE_BYTES * 0.9);
    expect(sum).toBeLessThan(LARGE_BYTES * 1.1);
  });

  test("-L: LMTP load by smtp-source -L, a reply for each recipient", async () => {
    const options = {
      messages: 2_000,
      parallel: 10,
      recipients: 3,
      connections: "kept",
      dialect: "lmtp",
    } as const;
    const { code, errors } = await runSource(postfixTools(), { ...options, port: rig.port("lmtp_load") });
    expect([errors, code]).toEqual(["", 0]);
    const book = await settled(rig.envoy, options.parallel, { prefix: "lmtp_load" });
    expect(violations(book)).toEqual([]);
    const { messages, parallel } = options;
    expect(
      only(book, [...WHOLE, "replies_total", "deliveries_total", "session_ends_total", "commands_total"]),
    ).toEqual({
      ...{ [key("session_ends_total", { reason: "quit" })]: parallel },
      ...{ [key("session_dialects_total", { dialect: "lmtp" })]: parallel },
      ...{ [key("transactions_total", { outcome: "committed" })]: messages },
      ...recipients("accepted", 3 * messages),
      ...{ [key("deliveries_total", { class: "2xx" })]: 3 * messages },
      ...replies("connect", "2xx", parallel),
      ...commands("lhlo", parallel),
      ...commands("mail", messages),
      ...commands("rcpt", 3 * messages),
      ...commands("data", messages, "3xx"),
      ...commands("eod", messages),
      ...commands("quit", parallel),
    });
  });

  test("-L: EHLO to a server that speaks LMTP", async () => {
    const client = await Client.connect(rig.port("lmtp_ehlo"));
    await client.reply();
    await client.say("EHLO client.example");
    await client.say("QUIT");
    await client.rest();
    client.leave();
    const book = await settled(rig.envoy, 1, { prefix: "lmtp_ehlo" });
    expect(book).toMatchObject({
      ...replies("ehlo", "5xx"),
      ...anomaly("dialect_mismatch"),
      ...dialect("none"),
    });
  });

  async function converse({ name, talk }: Row): Promise<void> {
    const client = await Client.connect(rig.port(name));
    await client.reply();
    if ((await client.say("EHLO client.example"))?.startsWith("5")) await client.say("HELO client.example");
    await talk(client);
    await client.rest();
    client.leave();
  }

  /** Microseconds that the commands of a verb took in all. */
  async function durationOf(verb: string, prefix: string): Promise<number> {
    const samples = await samplesOf(rig.envoy, { prefix });
    const found = samples.find(
      ({ name, labels }) => name === "smtp_command_duration_us_sum" && labels["verb"] === verb,
    );
    return found?.value ?? 0;
  }
});

/** A stat prefix begins with a small letter and has no others. */
function prefixOf(name: string): string {
  return `switch_${name.toLowerCase()}${/[A-Z]/.test(name) ? "_capital" : ""}`;
}

function commands(verb: string, count: number, replyClass = "2xx"): Books {
  return { [key("commands_total", { verb })]: count, ...replies(verb, replyClass, count) };
}

async function oneByOne(client: Client, lines: readonly string[]): Promise<void> {
  for (const line of lines) await client.say(line);
}

async function inOneGroup(client: Client, lines: readonly string[]): Promise<void> {
  client.send(lines.map((line) => `${line}\r\n`).join(""));
  for (let i = 0; i < lines.length; i++) if ((await client.reply()) === undefined) return;
}

function deliver(client: Client): Promise<void> {
  return oneByOne(client, [FROM, TO, "DATA", TEXT, "QUIT"]);
}

/** A message of {@link LARGE_BYTES}. */
function large(): string {
  const head = "Subject: large\r\n\r\n";
  const line = `${"x".repeat(70)}\r\n`;
  return `${(head + line.repeat(LARGE_BYTES / line.length)).slice(0, LARGE_BYTES - 2)}\r\n`;
}

function only(book: Books, metrics: readonly string[]): Books {
  return Object.fromEntries(
    Object.entries(book).filter(([entry]) => metrics.includes(entry.split("{")[0] ?? "")),
  );
}

function withoutZeros(book: Books): Books {
  return Object.fromEntries(Object.entries(book).filter(([, value]) => value !== 0));
}
