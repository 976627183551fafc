// Exim as a server (CHUNKING, PRDR, AUTH, PIPECONNECT) and as the client that uses all of it: BDAT in one group with MAIL
// and RCPT, and once it knows the server, everything before the greeting. What is counted is what Exim logs.

import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startSink, type RunningSink } from "../../../bench/postfix.ts";
import { anyPort } from "../../../host/envoy/ports.ts";
import { key, settled, sum, violations, type Books } from "../support/books.ts";
import { Client } from "../support/client.ts";
import { describeWith, postfixTools } from "../support/requirements.ts";
import { ACCOUNT, eximClient, RECIPIENTS, REFUSED_SUBJECT, startExim, type Exim } from "./exim.ts";
import { startRecorded, type RecordedRig } from "./recorded.ts";
import { swaks } from "./swaks.ts";

type Recipient = keyof typeof RECIPIENTS;

const ALL: readonly Recipient[] = ["known", "unknown", "picky", "busy", "other"];
const FROM = "MAIL FROM:<a@client.example>";
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const PLAIN = base64(`\0${ACCOUNT.name}\0${ACCOUNT.password}`);
const WRONG = base64(`\0${ACCOUNT.name}\0wrong`);
const LOGIN = [base64(ACCOUNT.name), base64(ACCOUNT.password)];

describeWith(["envoy", "postfix", "server:exim", "server:swaks"], "Exim", () => {
  const names = ["one", "prdr", "auth", "swaks", "sender", "errors", "unsynchronized", "refused"];
  let exim: Exim;
  let sink: RunningSink;
  let rig: RecordedRig;

  beforeAll(async () => {
    exim = await startExim(await anyPort());
    sink = await startSink(postfixTools(), await anyPort());
    const listeners = names.map((name) => ({ name, upstream: exim.port }));
    rig = await startRecorded([...listeners, { name: "sink", upstream: sink.port }]);
  });
  afterAll(async () => {
    await rig.stop();
    await sink.stop();
    await exim.stop();
  });

  test("the whole line of one session", async () => {
    const client = await greeted("one");
    await say(client, ["AUTH LOGIN", ...LOGIN]);
    await deliver(client, ALL);
    const [one] = await rig.records("one", 1);
    const { duration_us, transactions, bytes, ...rest } = one?.record ?? expect.fail("no record");
    expect(rest).toEqual({
      end: "quit",
      dialect: "esmtp",
      greeting: 220,
      commands: "ehlo=1 mail=1 rcpt=3/5 data=1 quit=1 auth=1 commands=8/10",
      auth: { mechanism: "login", result: "success" },
      transactions_total: 1,
    });
    expect(transactions).toEqual([
      {
        outcome: "partial",
        recipients: "3/5",
        mode: "data",
        bytes: 24,
        code: 250,
        commit_us: expect.any(Number) as number,
        duration_us: expect.any(Number) as number,
      },
    ]);
    expect(duration_us).toBeGreaterThan(transactions[0]?.commit_us ?? 0);
    expect(bytes.client).toBeGreaterThan(24);
    expect(exim.log()).toContain(`A=login:${ACCOUNT.name} PRDR`);
    expect(await ended("one", 1)).toMatchObject({
      [key("replies_total", { verb: "auth", class: "3xx" })]: 1,
      [key("commands_total", { verb: "auth_response" })]: 2,
      [key("replies_total", { verb: "eod", class: "2xx" })]: 1,
      [key("reply_codes_total", { code: "353" })]: 1,
      auth_cleartext_total: 1,
    });
  });

  test("PRDR: recipients that refuse the message, in every mixture", async () => {
    const people: readonly Recipient[] = ["known", "other", "picky", "unknown", "busy"];
    const before = exim.log().length;
    const sessions = 2 ** people.length;
    const expected: Record<string, number> = {};
    const deliveries: Promise<void>[] = [];
    for (let bits = 0; bits < sessions; bits++) {
      const chosen = people.filter((_, bit) => (bits & (1 << bit)) !== 0);
      const outcome = outcomeFor(chosen);
      expected[outcome] = (expected[outcome] ?? 0) + 1;
      deliveries.push(greeted("prdr").then((client) => deliver(client, chosen)));
    }
    await Promise.all(deliveries);
    const book = await ended("prdr", sessions);
    for (const [outcome, count] of Object.entries(expected)) {
      expect([outcome, sum(book, "transactions_total", { outcome })]).toEqual([outcome, count]);
    }
    const count = counter(() => exim.log().slice(before));
    await vi.waitFor(() => {
      expect({
        messages:
          sum(book, "transactions_total", { outcome: "committed" }) +
          sum(book, "transactions_total", { outcome: "partial" }),
        accepted: sum(book, "deliveries_total", { class: "2xx" }),
        refused: sum(book, "deliveries_total", { class: "5xx" }),
        unknown: sum(book, "recipients_total", { outcome: "rejected_5xx" }),
        busy: sum(book, "recipients_total", { outcome: "rejected_4xx" }),
      }).toEqual({
        messages: count(/ <= /),
        accepted: count(/ PRDR R=<.*> acceptance/),
        refused: count(/ PRDR picky@mx\.example not this one/),
        unknown: count(/ rejected RCPT /) - count(/temporarily rejected RCPT/),
        busy: count(/temporarily rejected RCPT/),
      });
    });
    expect(sum(book, "extensions_used_total", { extension: "prdr" })).toBe(sessions);
  });

  test("AUTH: every way it may go", async () => {
    const before = exim.log().length;
    const sessions = [
      [`AUTH PLAIN ${PLAIN}`],
      ["AUTH PLAIN", PLAIN],
      [`AUTH PLAIN ${WRONG}`, "AUTH LOGIN", ...LOGIN],
      ["AUTH LOGIN", "*", "AUTH PLAIN", WRONG],
      [`AUTH LOGIN ${base64("nobody")}`, base64("x")],
      ["AUTH CRAM-MD5", `AUTH PLAIN ${PLAIN}`, `AUTH PLAIN ${PLAIN}`],
    ];
    for (const lines of sessions) {
      const client = await greeted("auth");
      await say(client, [...lines, "QUIT"]);
      await leave(client);
    }
    // All of it in one segment.
    const hasty = await greeted("auth");
    hasty.send(`AUTH LOGIN\r\n${LOGIN.join("\r\n")}\r\nNOOP\r\nQUIT\r\n`);
    expect((await hasty.rest()).map((reply) => reply.slice(0, 3))).toEqual([
      "334",
      "334",
      "235",
      "250",
      "221",
    ]);
    hasty.leave();
    const book = await ended("auth", sessions.length + 1);
    expect(only(book, "auth_results_total")).toEqual({
      [key("auth_results_total", { result: "success" })]: 5,
      [key("auth_results_total", { result: "failure" })]: 5,
      [key("auth_results_total", { result: "cancelled" })]: 1,
    });
    expect(only(book, "anomalies_total")).toEqual({
      [key("anomalies_total", { kind: "auth_twice" })]: 1,
      // NOOP and QUIT were parked until LOGIN was over.
      [key("anomalies_total", { kind: "pipeline_bad_order" })]: expect.any(Number) as number,
    });
    const count = counter(() => exim.log().slice(before));
    // CRAM-MD5, which it has not, and a second AUTH are answered, not tried; `*` is a failure, too, in its words.
    expect(count(/ authenticator failed /)).toBe(5 - 2 + 1);
    const records = await rig.records("auth", sessions.length + 1);
    expect(records.map(({ record }) => [record.auth?.mechanism, record.auth?.result])).toEqual([
      ["plain", "success"],
      ["plain", "success"],
      ["login", "success"],
      ["plain", "failure"],
      ["login", "failure"],
      ["plain", "success"],
      ["login", "success"],
    ]);
  });

  test("swaks with AUTH and PRDR", async () => {
    const account = ["--auth", "PLAIN", "--auth-user", ACCOUNT.name, "--auth-password", ACCOUNT.password];
    const to = [RECIPIENTS.known, RECIPIENTS.picky].join(",");
    await swaks(rig.port("swaks"), ["--prdr", ...account, "--from", "<>", "--to", to]);
    const book = await ended("swaks", 1);
    expect(book).toMatchObject({
      [key("transactions_total", { outcome: "partial" })]: 1,
      [key("auth_mechanism_results_total", { mechanism: "plain", result: "success" })]: 1,
      [key("session_ends_total", { reason: "quit" })]: 1,
      null_senders_total: 1,
    });
    expect(sum(book, "anomalies_total")).toBe(0);
  });

  test("Exim sends: BDAT with its envelope, and all of it before the greeting", async () => {
    const sender = eximClient(rig.port("sender"));
    const messages = [
      { to: ["known"], size: 1 },
      { to: ["known", "other"], size: 500 },
      { to: ["known", "picky", "unknown", "busy"], size: 10_000 },
      { to: ["unknown"], size: 10 },
      { to: ["picky"], size: 10 },
      // Beyond the server's limit, which SIZE at MAIL says.
      { to: ["known"], size: 60_000 },
    ] as const;
    for (const { to, size } of messages) {
      const text = `Subject: ${size}\n\n${"x".repeat(60)}\n.dot\n${`${"y".repeat(60)}\n`.repeat(size / 61)}`;
      await sender.send(
        to.map((name) => RECIPIENTS[name]),
        text,
      );
    }
    const book = await ended("sender", messages.length);
    const mine = counter(sender.log);
    expect({
      // Two had one recipient, for whom the final reply is the only one.
      delivered: sum(book, "deliveries_total", { class: "2xx" }) + 2,
      unknown: sum(book, "recipients_total", { outcome: "rejected_5xx" }) - 1,
      busy: sum(book, "recipients_total", { outcome: "rejected_4xx" }),
      picky: sum(book, "deliveries_total", { class: "5xx" }),
    }).toEqual({
      delivered: mine(/ [=-]> .*T=out /),
      unknown: mine(/\*\* nobody@.*after RCPT TO/),
      busy: mine(/ == busy@/),
      picky: mine(/\*\* .*PRDR error/),
    });
    sender.remove();
    expect(book).toMatchObject({
      [key("messages_total", { mode: "bdat" })]: 4,
      [key("transactions_total", { outcome: "committed" })]: 3,
      [key("transactions_total", { outcome: "partial" })]: 1,
      [key("transaction_rejections_total", { stage: "mail", class: "5xx" })]: 1,
      [key("extensions_used_total", { extension: "pipelining" })]: messages.length,
    });
    // The first session only learns that it may; later a greeting may be faster once in a while.
    const early = sum(book, "extensions_used_total", { extension: "pipeconnect" });
    expect(early).toBeGreaterThan(0);
    expect(early).toBeLessThan(messages.length);
    // What looks like talking too early and out of order is what PIPECONNECT allows.
    expect(only(book, "anomalies_total")).toEqual({
      // Chunks behind envelopes of which nothing was accepted.
      [key("anomalies_total", { kind: "data_before_rcpt" })]: 2,
    });
    const log = exim.log();
    const records = await rig.records("sender", messages.length);
    for (const { port, record } of records) {
      for (const { outcome, bytes } of record.transactions) {
        if (outcome === "rejected") continue;
        // Exim counts the octets of the chunk as the filter does; what it stores has a Received line, too.
        const line = log
          .split("\n")
          .filter((one) => one.includes(` <= `) && one.includes(`]:${port} `))
          .at(-1);
        const size = Number(/ S=(\d+)/.exec(line ?? "")?.[1]);
        expect(line).toMatch(/ L[.*] (?:PRDR )?K /);
        expect(size).toBeGreaterThan(bytes ?? Infinity);
        expect(size).toBeLessThan((bytes ?? 0) + 300);
      }
    }
  });

  test("Exim sends to a server without CHUNKING", async () => {
    const sender = eximClient(rig.port("sink"));
    await sender.send([RECIPIENTS.known, RECIPIENTS.other], "Subject: plain\n\n.dot\n");
    expect(counter(sender.log)(/ [=-]> .*T=out /)).toBe(2);
    sender.remove();
    expect(await ended("sink", 1)).toMatchObject({
      [key("messages_total", { mode: "data" })]: 1,
      [key("recipients_total", { outcome: "accepted" })]: 2,
      [key("transactions_total", { outcome: "committed" })]: 1,
    });
  });

  test("too many unknown commands: it says so and leaves", async () => {
    const client = await greeted("errors");
    await say(client, ["FOO", "FOO", "FOO", "FOO"]);
    await client.rest();
    client.leave();
    expect(await ended("errors", 1)).toMatchObject({
      [key("session_ends_total", { reason: "server_close" })]: 1,
      [key("replies_total", { verb: "other", class: "5xx" })]: 4,
      [key("anomalies_total", { kind: "unknown_command" })]: 4,
    });
    expect(exim.log()).toContain('too many unrecognized commands (last was "FOO")');
  });

  test("a body behind a DATA that is refused: synchronization error", async () => {
    const client = await greeted("unsynchronized");
    client.send(
      `${FROM}\r\nRCPT TO:<${RECIPIENTS.unknown}>\r\nDATA\r\nSubject: a\r\n\r\nhello\r\n.\r\nQUIT\r\n`,
    );
    const codes = (await client.rest()).map((reply) => reply.slice(0, 3));
    client.leave();
    expect(codes).toEqual(["250", "550", "503", "554"]);
    expect(exim.log()).toContain(
      'synchronization error (next input sent too soon: pipelining was advertised): rejected "Subject: a"',
    );
    const book = await ended("unsynchronized", 1);
    expect(book).toMatchObject({
      [key("replies_total", { verb: "data", class: "5xx" })]: 1,
      [key("replies_total", { verb: "other", class: "5xx" })]: 1,
      [key("transaction_rejections_total", { stage: "rcpt", class: "5xx" })]: 1,
      [key("session_ends_total", { reason: "server_close" })]: 1,
    });
    expect(sum(book, "messages_total")).toBe(0);
  });

  test("a message that is refused behind its end", async () => {
    await deliver(await greeted("refused"), ["known"], `Subject: ${REFUSED_SUBJECT}\r\n\r\nhello\r\n.`);
    expect(await ended("refused", 1)).toMatchObject({
      [key("transaction_rejections_total", { stage: "eod", class: "5xx" })]: 1,
      [key("replies_total", { verb: "eod", class: "5xx" })]: 1,
    });
    const [one] = await rig.records("refused", 1);
    expect(one?.record.transactions).toMatchObject([{ outcome: "rejected", recipients: "1/1", code: 550 }]);
    expect(one?.record.commands).toBe("ehlo=1 mail=1 rcpt=1 data=0/1 quit=1 commands=4/5");
  });

  async function greeted(name: string): Promise<Client> {
    const client = await Client.connect(rig.port(name));
    await client.reply();
    await client.say("EHLO client.example");
    return client;
  }

  async function ended(prefix: string, sessions: number): Promise<Books> {
    const book = await settled(rig.envoy, sessions, { prefix });
    expect(violations(book)).toEqual([]);
    return book;
  }
});

async function say(client: Client, lines: readonly string[]): Promise<void> {
  for (const line of lines) await client.say(line);
}

/** One message, PRDR asked for; the client reads as many replies as there are. */
async function deliver(
  client: Client,
  people: readonly Recipient[],
  text = "Subject: test\r\n\r\nhello\r\n.",
): Promise<void> {
  await say(client, [`${FROM} PRDR`, ...people.map((name) => `RCPT TO:<${RECIPIENTS[name]}>`)]);
  if ((await client.say("DATA"))?.startsWith("3")) {
    const first = await client.say(text);
    const accepted = people.filter((name) => name !== "unknown" && name !== "busy");
    if (first?.startsWith("353")) for (let i = 0; i <= accepted.length; i++) await client.reply();
  }
  await client.say("QUIT");
  await leave(client);
}

async function leave(client: Client): Promise<void> {
  await client.rest();
  client.leave();
}

function outcomeFor(people: readonly Recipient[]): string {
  const accepted = people.filter((name) => name !== "unknown" && name !== "busy");
  const taken = accepted.filter((name) => name !== "picky");
  if (accepted.length === 0) return "rejected";
  // One recipient alone gets no reply of its own.
  if (accepted.length === 1) return "committed";
  return taken.length === accepted.length ? "committed" : "partial";
}

/** Counts the lines of a log that match. */
function counter(log: () => string): (pattern: RegExp) => number {
  return (pattern) =>
    log()
      .split("\n")
      .filter((line) => pattern.test(line)).length;
}

function only(book: Books, metric: string): Books {
  return Object.fromEntries(Object.entries(book).filter(([entry]) => entry.split("{")[0] === metric));
}
