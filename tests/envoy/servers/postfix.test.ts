// The truth about a session is what Postfix logs of it when it is over, `disconnect from … rcpt=3/6 … commands=10/13`:
// the record that the filter leaves for the access log has to say the same, field by field, of every one.

import { createTransport } from "nodemailer";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { runSource } from "../../../bench/postfix.ts";
import { anyPort } from "../../../host/envoy/ports.ts";
import { key, settled, sum, violations, type Books } from "../support/books.ts";
import { Client } from "../support/client.ts";
import { describeWith, postfixTools, type Requirement } from "../support/requirements.ts";
import { added, asPostfix, countsOf, type Counted } from "./commands.ts";
import { DIALOGUES } from "./dialogues.ts";
import type { Dialogue } from "./lines.ts";
import { DIFFERENCES } from "./oddities.ts";
import { LOGIN, startDovecot, type Dovecot } from "./dovecot.ts";
import { PEOPLE, startPostfix, type Postfix, type PostfixSession } from "./postfix.ts";
import { eximClient } from "./exim.ts";
import { startRecorded, type Recorded, type RecordedRig } from "./recorded.ts";
import { swaks } from "./swaks.ts";

/** Each dialogue so often, with something else in it each time. */
const TURNS = 46;
const NODEMAILER_SESSIONS = 60;
const SMTP_SOURCE_SESSIONS = 50;
/** Each message of Exim's, BDAT in one group with its envelope, is a session. */
const EXIM_MESSAGES = [
  [PEOPLE.known],
  [PEOPLE.known, PEOPLE.unknown],
  [PEOPLE.unknown],
  [PEOPLE.known, PEOPLE.busy, PEOPLE.unknown],
];
/** At a time; Postfix has a process for each. */
const PARALLEL = 12;

/** Each makes one session. */
const SWAKS = [
  ["--from", "sender@client.example", "--to", PEOPLE.known],
  ["--from", "<>", "--to", `${PEOPLE.known},${PEOPLE.unknown},${PEOPLE.busy}`, "--pipeline"],
  ["--to", PEOPLE.unknown, "--from", "sender@client.example", "--pipeline"],
  ["--to", PEOPLE.known, "--from", "sender@client.example", "--quit-after", "RCPT"],
  ["--to", PEOPLE.known, "--from", "sender@client.example", "--drop-after", "MAIL"],
  ["--to", PEOPLE.known, "--from", "sender@client.example", "--protocol", "SMTP"],
  ["--to", PEOPLE.known, "--from", "sender@client.example", "--quit-after", "HELO"],
  ["--to", PEOPLE.known, "--auth", "LOGIN", "--auth-user", LOGIN.name, "--auth-password", LOGIN.password],
  ["--to", PEOPLE.known, "--auth", "PLAIN", "--auth-user", LOGIN.name, "--auth-password", "wrong"],
];

const REQUIREMENTS: readonly Requirement[] = [
  ...(["envoy", "postfix"] as const),
  ...(["server:postfix", "server:dovecot", "server:exim", "server:swaks"] as const),
];

describeWith(REQUIREMENTS, "Postfix", () => {
  const differing = DIFFERENCES.map((_, i) => `differs_${i}`);
  let dovecot: Dovecot;
  let postfix: Postfix;
  let rig: RecordedRig;
  /** How many of Postfix's sessions were looked at. */
  let seen = 0;

  beforeAll(async () => {
    dovecot = await startDovecot(await anyPort(), await anyPort());
    postfix = await startPostfix(await anyPort(), dovecot.auth);
    const listeners = ["mixed", "one", ...differing].map((name) => ({ name, upstream: postfix.port }));
    rig = await startRecorded(listeners, 2);
  });
  afterAll(async () => {
    await rig.stop();
    await postfix.stop();
    await dovecot.stop();
  });

  test(
    "two thousand sessions of all kinds, each counted as Postfix counts it",
    { timeout: 180_000 },
    async () => {
      const port = rig.port("mixed");
      const jobs = [
        ...Object.entries(DIALOGUES).flatMap(([name, dialogue]) =>
          Array.from(
            { length: TURNS },
            (_, turn) => (): Promise<void> => converse(port, name, dialogue, turn),
          ),
        ),
        ...Array.from({ length: NODEMAILER_SESSIONS }, (_, turn) => (): Promise<void> => send(port, turn)),
        ...SWAKS.map((options) => async (): Promise<void> => void (await swaks(port, options))),
      ];
      const sessions = jobs.length + SMTP_SOURCE_SESSIONS + EXIM_MESSAGES.length;
      expect(sessions).toBeGreaterThanOrEqual(2_000);
      await Promise.all([inParallel(shuffled(jobs)), load(port), sendByExim(port)]);

      const records = await rig.records("mixed", sessions);
      expect(records).toHaveLength(sessions);
      const pairs = await paired(records);
      const wrong = pairs.filter(({ ours, postfix: theirs }) => !same(ours, theirs));
      expect(wrong.map(({ text, log }) => `${text} where Postfix says ${log}`)).toEqual([]);

      const book = await settled(rig.envoy, sessions, { prefix: "mixed" });
      expect(violations(book)).toEqual([]);
      expectTotals(book, added(pairs.map(({ postfix: theirs }) => theirs)), postfix.log());
    },
  );

  test.each(DIFFERENCES.map((difference, i) => ({ ...difference, name: differing[i] ?? "" })))(
    "Postfix counts otherwise: $why",
    async ({ name, dialogue, postfix: theirs, filter }) => {
      await converse(rig.port(name), name, dialogue, 0);
      const [pair] = await paired(await rig.records(name, 1));
      expect(pair).toMatchObject({ text: filter, log: theirs });
    },
  );

  test("the whole line of one session", async () => {
    await converse(rig.port("one"), "one", DIALOGUES["some recipients are refused"] as Dialogue, 5);
    const [one] = await rig.records("one", 1);
    const { duration_us, transactions, bytes, ...rest } = one?.record ?? expect.fail("no record");
    expect(rest).toEqual({
      end: "quit",
      dialect: "esmtp",
      greeting: 220,
      commands: "ehlo=1 mail=1 rcpt=2/5 data=1 quit=1 commands=6/9",
      transactions_total: 1,
    });
    expect(transactions).toEqual([
      {
        outcome: "committed",
        recipients: "2/5",
        mode: "data",
        bytes: 30,
        code: 250,
        commit_us: expect.any(Number) as number,
        duration_us: expect.any(Number) as number,
      },
    ]);
    const [first] = transactions;
    expect(first?.commit_us).toBeGreaterThan(0);
    expect(first?.duration_us).toBeGreaterThan(first?.commit_us ?? 0);
    expect(duration_us).toBeGreaterThan(first?.duration_us ?? 0);
    expect(bytes.client).toBeGreaterThan(30);
    expect(bytes.server).toBeGreaterThan(bytes.client);
  });

  /** Records of sessions, all that there were since the last call, and Postfix's lines of them, which may be a little later. */
  async function paired(records: readonly Recorded[]): Promise<Pair[]> {
    const pairs = await vi.waitFor(() => pairsOf(records, postfix.sessions().slice(seen)), {
      timeout: 20_000,
      interval: 200,
    });
    seen += records.length;
    return pairs;
  }
});

/** By the client's port; a port that was used again has its sessions in the same order in both. */
function pairsOf(records: readonly Recorded[], sessions: readonly PostfixSession[]): Pair[] {
  const logged = new Map<number, PostfixSession[]>();
  for (const session of sessions) logged.set(session.port, [...(logged.get(session.port) ?? []), session]);
  return records.map(({ port, record }) => {
    const log = logged.get(port)?.shift()?.commands;
    if (log === undefined) throw new Error(`Postfix has logged no end of the session from port ${port}`);
    return { text: record.commands, log, ours: asPostfix(countsOf(record.commands)), postfix: countsOf(log) };
  });
}

interface Pair {
  readonly text: string;
  readonly log: string;
  readonly ours: Counted;
  readonly postfix: Counted;
}

function same(one: Counted, other: Counted): boolean {
  const fields = (counts: Counted): string => JSON.stringify(Object.entries(counts).sort());
  return fields(one) === fields(other);
}

/** The metrics of all sessions together are the sums of Postfix's lines. */
function expectTotals(book: Books, postfix: Counted, log: string): void {
  for (const verb of [
    "helo",
    "ehlo",
    "mail",
    "rcpt",
    "vrfy",
    "etrn",
    "quit",
    "auth",
    "starttls",
    "xclient",
  ]) {
    const [accepted, all] = postfix[verb] ?? [0, 0];
    expect([verb, sum(book, "replies_total", { verb })]).toEqual([verb, all]);
    if (verb === "auth") expect(sum(book, "auth_results_total", { result: "success" })).toBe(accepted);
    else expect([verb, sum(book, "replies_total", { verb, class: "2xx" })]).toEqual([verb, accepted]);
  }
  const [messages = 0, data = 0] = postfix["data"] ?? [];
  expect(sum(book, "replies_total", { verb: "data" })).toBe(data);
  expect(sum(book, "replies_total", { verb: "eod", class: "2xx" })).toBe(messages);
  expect(sum(book, "recipients_total", { outcome: "accepted" })).toBe(postfix["rcpt"]?.[0]);
  expect(sum(book, "transactions_started_total")).toBe(postfix["mail"]?.[0]);
  const unread =
    sum(book, "commands_unanswered_total") - sum(book, "commands_unanswered_total", { verb: "eod" });
  expect(unread).toBeGreaterThan(0);
  // A message is in Postfix's queue exactly when its transaction was committed.
  const queued = new Set([...log.matchAll(/qmgr\[\d+\]: (\w+): from=</g)].map(([, id]) => id));
  expect(sum(book, "transactions_total", { outcome: "committed" })).toBe(queued.size);
  const refused = [...log.matchAll(/reject: RCPT from \S+: (\d)/g)].map(([, digit]) => digit);
  const policy = (digit: string): number => refused.filter((one) => one === digit).length;
  expect(sum(book, "recipients_total", { outcome: "rejected_4xx" })).toBe(policy("4"));
  // The others were refused for their order or their spelling, which Postfix does not log.
  expect(sum(book, "recipients_total", { outcome: "rejected_5xx" })).toBeGreaterThanOrEqual(policy("5"));
  expect(book).toMatchObject({ [key("sessions_total")]: sum(book, "session_ends_total") });
}

async function converse(port: number, name: string, dialogue: Dialogue, turn: number): Promise<void> {
  const client = await Client.connect(port);
  const stuck = setTimeout(() => {
    client.leave();
  }, 20_000);
  try {
    await dialogue(client, turn);
  } catch (error) {
    throw new Error(`${name} (${turn})`, { cause: error });
  }
  client.leave();
  await client.rest();
  clearTimeout(stuck);
}

/** A session of nodemailer's: EHLO, pipelining, QUIT. */
async function send(port: number, turn: number): Promise<void> {
  const transport = createTransport({ host: "127.0.0.1", port, ignoreTLS: true, name: "client.example" });
  const to = [
    PEOPLE.known,
    ...(turn % 2 === 0 ? [PEOPLE.unknown] : []),
    ...(turn % 3 === 0 ? [PEOPLE.busy] : []),
  ];
  const text = `hello\n.dot\n${"x".repeat(50 * turn)}\n`;
  await transport.sendMail({ from: "sender@client.example", to, subject: `message ${turn}`, text });
}

/** smtp-source: HELO and one message for each connection. */
async function load(port: number): Promise<void> {
  const run = { port, messages: SMTP_SOURCE_SESSIONS, parallel: 5, recipient: PEOPLE.known };
  const { code, errors } = await runSource(postfixTools(), run);
  expect([errors, code]).toEqual(["", 0]);
}

async function sendByExim(port: number): Promise<void> {
  const exim = eximClient(port);
  for (const to of EXIM_MESSAGES) await exim.send(to, "Subject: by Exim\n\nhello\n.dot\n");
  exim.remove();
}

async function inParallel(jobs: readonly (() => Promise<void>)[]): Promise<void> {
  const waiting = [...jobs];
  const worker = async (): Promise<void> => {
    for (let job = waiting.pop(); job !== undefined; job = waiting.pop()) await job();
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}

/** Always the same disorder. */
function shuffled<T>(list: readonly T[]): T[] {
  let seed = 4;
  const random = (): number => (seed = (seed * 48_271) % 0x7fff_ffff);
  return list
    .map((item) => ({ item, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
