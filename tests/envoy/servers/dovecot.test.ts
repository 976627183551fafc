// Dovecot's LMTP: each recipient gets a reply of its own behind a message, and what the filter counts as delivered is
// what Dovecot says it saved.

import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { runSource } from "../../../bench/postfix.ts";
import { anyPort } from "../../../host/envoy/ports.ts";
import { key, settled, sum, violations, type Books } from "../support/books.ts";
import { Client } from "../support/client.ts";
import { describeWith, postfixTools } from "../support/requirements.ts";
import { MAILBOXES, startDovecot, type Dovecot } from "./dovecot.ts";
import { startRecorded, type RecordedRig } from "./recorded.ts";
import { swaks } from "./swaks.ts";

type Mailbox = keyof typeof MAILBOXES;

const SESSIONS = 64;
const ALL: readonly Mailbox[] = ["one", "unknown", "full", "two", "broken"];
const TEXT = "Subject: test\r\n\r\nhello\r\n..dot\r\n.";

describeWith(["envoy", "postfix", "server:dovecot", "server:swaks"], "Dovecot", () => {
  const names = ["one", "mixed", "chunks", "nobody", "swaks", "load"];
  let dovecot: Dovecot;
  let rig: RecordedRig;

  beforeAll(async () => {
    dovecot = await startDovecot(await anyPort(), await anyPort());
    rig = await startRecorded(names.map((name) => ({ name, upstream: dovecot.lmtp })));
  });
  afterAll(async () => {
    await rig.stop();
    await dovecot.stop();
  });

  test("the whole line of one session", async () => {
    await deliver(await Client.connect(rig.port("one")), ALL);
    const [one] = await rig.records("one", 1);
    const { duration_us, transactions, bytes, ...rest } = one?.record ?? expect.fail("no record");
    expect(rest).toEqual({
      end: "quit",
      dialect: "lmtp",
      greeting: 220,
      commands: "lhlo=1 mail=1 rcpt=4/5 data=1 quit=1 commands=8/9",
      transactions_total: 1,
    });
    expect(transactions).toEqual([
      {
        outcome: "partial",
        recipients: "4/5",
        mode: "data",
        bytes: 30,
        // That of the last recipient.
        code: 451,
        commit_us: expect.any(Number) as number,
        duration_us: expect.any(Number) as number,
      },
    ]);
    expect(transactions[0]?.commit_us).toBeGreaterThan(0);
    expect(duration_us).toBeGreaterThan(transactions[0]?.duration_us ?? 0);
    expect(bytes.client).toBeGreaterThan(30);
    const book = await ended("one", 1);
    expect(book).toMatchObject({
      [key("recipients_total", { outcome: "accepted" })]: 4,
      [key("recipients_total", { outcome: "rejected_5xx" })]: 1,
      [key("deliveries_total", { class: "2xx" })]: 2,
      [key("deliveries_total", { class: "4xx" })]: 1,
      [key("deliveries_total", { class: "5xx" })]: 1,
      [key("replies_total", { verb: "eod", class: "2xx" })]: 1,
      [key("transactions_total", { outcome: "partial" })]: 1,
    });
    expect(sum(book, "replies_total", { verb: "eod" })).toBe(1);
    expect(sum(book, "anomalies_total")).toBe(0);
  });

  test("messages to any of the mailboxes are delivered, deferred and refused as Dovecot says", async () => {
    const before = logged(dovecot);
    const outcomes: Record<string, number> = {};
    let refused = 0;
    for (let i = 0; i < SESSIONS; i++) {
      const people = ALL.filter((_, bit) => (i & (1 << bit)) !== 0);
      const outcome = outcomeFor(people);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      if (people.includes("unknown")) refused++;
      await deliver(
        await Client.connect(rig.port("mixed")),
        people,
        i % 2 === 0 ? "one by one" : "in a group",
      );
    }
    const book = await ended("mixed", SESSIONS);
    for (const [outcome, count] of Object.entries(outcomes)) {
      expect([outcome, sum(book, "transactions_total", { outcome })]).toEqual([outcome, count]);
    }
    expect(sum(book, "recipients_total", { outcome: "rejected_5xx" })).toBe(refused);
    await vi.waitFor(() => {
      const log = logged(dovecot);
      expect({
        saved: sum(book, "deliveries_total", { class: "2xx" }),
        full: sum(book, "deliveries_total", { class: "5xx" }),
        broken: sum(book, "deliveries_total", { class: "4xx" }),
      }).toEqual({
        saved: log.saved - before.saved,
        full: log.full - before.full,
        broken: log.broken - before.broken,
      });
    });
    expect(sum(book, "deliveries_total")).toBe(sum(book, "recipients_total", { outcome: "accepted" }));
  });

  test("BDAT in a group, and an octet that is no command behind the last", async () => {
    const client = await Client.connect(rig.port("chunks"));
    await client.reply();
    await client.say("LHLO client.example");
    client.send(
      `MAIL FROM:<a@client.example>\r\nRCPT TO:<${MAILBOXES.one}>\r\nRCPT TO:<${MAILBOXES.full}>\r\n` +
        "BDAT 6\r\na: b\r\nBDAT 9 LAST\r\n\r\n.\r\nQUITQUIT\r\n",
    );
    const replies = await client.rest();
    expect(replies.map((reply) => reply.slice(0, 3))).toEqual([
      "250",
      "250",
      "250",
      "250",
      "250",
      "552",
      "221",
    ]);
    client.leave();
    expect(await ended("chunks", 1)).toMatchObject({
      [key("messages_total", { mode: "bdat" })]: 1,
      [key("commands_total", { verb: "bdat" })]: 2,
      [key("deliveries_total", { class: "2xx" })]: 1,
      [key("deliveries_total", { class: "5xx" })]: 1,
      [key("transactions_total", { outcome: "partial" })]: 1,
      [key("session_ends_total", { reason: "quit" })]: 1,
    });
    const [one] = await rig.records("chunks", 1);
    expect(one?.record.transactions).toMatchObject([
      { outcome: "partial", mode: "bdat", bytes: 15, code: 552 },
    ]);
  });

  test("nobody is left: DATA and the last chunk are commands with a reply each", async () => {
    const client = await Client.connect(rig.port("nobody"));
    await client.reply();
    await client.say("LHLO client.example");
    const lines = [
      "MAIL FROM:<a@client.example>",
      `RCPT TO:<${MAILBOXES.unknown}>`,
      "DATA",
      "BDAT 5 LAST\r\nhelloNOOP",
      "QUIT",
    ];
    client.send(`${lines.join("\r\n")}\r\n`);
    const codes = (await client.rest()).map((reply) => reply[0]).join("");
    client.leave();
    // MAIL, RCPT, DATA, BDAT, NOOP, QUIT.
    expect(codes).toBe("255522");
    const book = await ended("nobody", 1);
    expect(book).toMatchObject({
      [key("replies_total", { verb: "bdat", class: "5xx" })]: 1,
      [key("replies_total", { verb: "noop", class: "2xx" })]: 1,
      [key("transactions_total", { outcome: "rejected" })]: 1,
      [key("transaction_rejections_total", { stage: "rcpt", class: "5xx" })]: 1,
    });
    expect(sum(book, "messages_total")).toBe(0);
    expect(sum(book, "deliveries_total")).toBe(0);
  });

  test("swaks delivers to four", async () => {
    const to = [MAILBOXES.one, MAILBOXES.two, MAILBOXES.full, MAILBOXES.unknown].join(",");
    const seen = await swaks(rig.port("swaks"), ["--protocol", "LMTP", "--from", "<>", "--to", to]);
    expect(seen).toContain("LHLO client.example");
    expect(await ended("swaks", 1)).toMatchObject({
      null_senders_total: 1,
      [key("deliveries_total", { class: "2xx" })]: 2,
      [key("deliveries_total", { class: "5xx" })]: 1,
      [key("recipients_total", { outcome: "rejected_5xx" })]: 1,
      [key("session_ends_total", { reason: "quit" })]: 1,
    });
  });

  test("smtp-source -L: every message is saved once for each recipient", async () => {
    const before = logged(dovecot);
    const options = { messages: 100, parallel: 4, bytes: 500, dialect: "lmtp", connections: "kept" } as const;
    const { code, errors } = await runSource(postfixTools(), {
      ...options,
      recipient: MAILBOXES.two,
      port: rig.port("load"),
    });
    expect([errors, code]).toEqual(["", 0]);
    const book = await ended("load", 4);
    expect(book).toMatchObject({
      [key("session_dialects_total", { dialect: "lmtp" })]: 4,
      [key("transactions_total", { outcome: "committed" })]: 100,
      [key("deliveries_total", { class: "2xx" })]: 100,
    });
    await vi.waitFor(() => expect(logged(dovecot).saved - before.saved).toBe(100));
  });

  async function ended(prefix: string, sessions: number): Promise<Books> {
    const book = await settled(rig.envoy, sessions, { prefix });
    expect(violations(book)).toEqual([]);
    return book;
  }
});

/** What Dovecot logged of the mailboxes. */
function logged(dovecot: Dovecot): Record<"saved" | "full" | "broken", number> {
  const log = dovecot.log();
  const count = (text: string): number => log.split(text).length - 1;
  return {
    saved: count(": saved mail to INBOX"),
    full: count(": save failed to INBOX: Quota exceeded"),
    broken: count(": save failed to open mailbox INBOX"),
  };
}

/** How a transaction to these mailboxes ends. Where none is accepted, DATA is refused. */
function outcomeFor(people: readonly Mailbox[]): string {
  const accepted = people.filter((mailbox) => mailbox !== "unknown");
  const saved = accepted.filter((mailbox) => mailbox === "one" || mailbox === "two");
  if (saved.length === 0) return "rejected";
  return saved.length === accepted.length ? "committed" : "partial";
}

async function deliver(
  client: Client,
  people: readonly Mailbox[],
  how: "one by one" | "in a group" = "one by one",
): Promise<void> {
  await client.reply();
  await client.say("LHLO client.example");
  const envelope = [
    "MAIL FROM:<a@client.example>",
    ...people.map((mailbox) => `RCPT TO:<${MAILBOXES[mailbox]}>`),
    "DATA",
  ];
  let last: string | undefined;
  if (how === "in a group") {
    last = await client.say(envelope.join("\r\n"));
    for (let i = 1; i < envelope.length; i++) last = await client.reply();
  } else {
    for (const line of envelope) last = await client.say(line);
  }
  if (last?.startsWith("354")) {
    client.send(`${TEXT}\r\n`);
    for (const mailbox of people) if (mailbox !== "unknown") await client.reply();
  }
  client.send("QUIT\r\n");
  await client.rest();
  client.leave();
}
