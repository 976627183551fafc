import { beforeAll, describe, expect, test } from "vitest";
import type { Code } from "../fuzz/driver.ts";
import { counted, CountedSession, MIB, type Scenario, testLinear } from "../support/work.ts";

/** Linear memory that one session may need at the most generous limits. */
const MOST_MEMORY = 32 * MIB;

const GENEROUS = { limits: { line_bytes: 65_536, pipeline: 65_535, limbo_bytes: MIB } };

let code: Code;
beforeAll(() => {
  code = counted("smtp");
});

class Session extends CountedSession {
  constructor(configuration: object) {
    super(code, "smtp", configuration);
  }

  greet(...offers: string[]): void {
    this.server("220 mx.example\r\n");
    this.client("EHLO client.example\r\n");
    this.server(["250-mx.example", ...offers.map((offer) => `250-${offer}`), "250 HELP\r\n"].join("\r\n"));
  }

  beginMail(): void {
    this.client("MAIL FROM:<a@client.example>\r\n");
    this.server("250 ok\r\n");
    this.client("RCPT TO:<b@mx.example>\r\n");
    this.server("250 ok\r\n");
  }
}

const plain = (session: Session): void => session.greet();
const many = (text: string, times: number): string => text.repeat(times);

/** Commands in groups that the default pipeline takes, each group answered at once. */
function inGroups(session: Session, command: string, reply: string, times: number): void {
  const group = 1_000;
  for (let done = 0; done < times; done += group) {
    session.client(many(command, group));
    session.server(many(reply, group));
  }
}

const SCENARIOS: readonly Scenario<Session>[] = [
  {
    name: "a line of 1 MiB in single bytes",
    size: MIB,
    prepare: plain,
    play: (session, size) => {
      for (let i = 0; i < size; i++) session.client("x");
      session.client("\r\n");
    },
    proof: (session) => expect(session.value("limits_reached_total.cap.line")).toBe(1),
  },
  {
    name: "a line of 1 MiB at once",
    size: MIB,
    prepare: plain,
    play: (session, size) => session.client(`${many("x", size)}\r\n`),
    proof: (session) => expect(session.value("limits_reached_total.cap.line")).toBe(1),
  },
  {
    name: "a million tiny commands in one segment",
    size: 1_000_000,
    prepare: plain,
    play: (session, size) => session.client(many("\n", size)),
    proof: (session) => expect(session.value("limits_reached_total.cap.pipeline")).toBe(1),
  },
  {
    name: "a million tiny commands in segments, answered",
    size: 1_000_000,
    prepare: plain,
    play: (session, size) => inGroups(session, "\n", "500 \n", size),
    proof: (session, size) => expect(session.value("replies_total.verb.other.class.5xx")).toBe(size),
  },
  {
    name: "100,000 pipelined RCPTs in groups",
    size: 100_000,
    prepare: (session) => {
      session.greet("PIPELINING");
      session.beginMail();
    },
    play: (session, size) => inGroups(session, "RCPT TO:<b@mx.example>\r\n", "250 ok\r\n", size),
    proof: (session, size) => expect(session.value("recipients_total.outcome.accepted")).toBe(size + 1),
  },
  {
    name: "65,535 outstanding commands, answered one by one",
    configuration: GENEROUS,
    size: 65_534,
    prepare: plain,
    play: (session, size) => {
      session.client(many("MAIL FROM:<>\r\n", size));
      for (let i = 0; i < size; i++) session.server("503 no\r\n");
    },
    proof: (session, size) => expect(session.value("replies_total.verb.mail.class.5xx")).toBe(size),
    memory: MOST_MEMORY,
  },
  {
    name: "65,535 outstanding commands, never answered",
    configuration: { ...GENEROUS, access_log: { record: true, identities: "plain" }, verbosity: "high" },
    size: 65_534,
    prepare: plain,
    play: (session, size) => {
      session.client(many("RCPT TO:<b@mx.example>\r\n", size));
      session.server("421 bye\r\n");
    },
    proof: (session, size) => expect(session.value("commands_unanswered_total.verb.rcpt")).toBe(size - 1),
    memory: MOST_MEMORY,
  },
  {
    name: "10,000 refused DATA, one behind the other, through limbo",
    configuration: GENEROUS,
    size: 10_000,
    prepare: plain,
    play: (session, size) => {
      session.client(many("DATA\r\n", size));
      for (let i = 0; i < size; i++) session.server("503 no\r\n");
    },
    proof: (session, size) => expect(session.value("replies_total.verb.data.class.5xx")).toBe(size),
  },
  {
    name: "10,000 refused DATA in segments of their own",
    configuration: GENEROUS,
    size: 10_000,
    prepare: plain,
    play: (session, size) => {
      for (let i = 0; i < size; i++) session.client("DATA\r\n");
      session.server(many("503 no\r\n", size));
    },
    proof: (session, size) => expect(session.value("replies_total.verb.data.class.5xx")).toBe(size),
  },
  {
    name: "AUTH exchanges pipelined through limbo",
    configuration: GENEROUS,
    size: 10_000,
    prepare: plain,
    play: (session, size) => {
      session.client(many("AUTH LOGIN\r\nYQ==\r\n*\r\n", size));
      session.server(many("334 \r\n334 \r\n501 no\r\n", size));
    },
    proof: (session, size) => expect(session.value("auth_results_total.result.cancelled")).toBe(size),
  },
  {
    name: "a reply line of 1 MiB in single bytes",
    size: MIB,
    prepare: (session) => {
      session.greet();
      session.client("HELP\r\n");
      session.server("214 ");
    },
    play: (session, size) => {
      for (let i = 0; i < size; i++) session.server("x");
      session.server("\r\n");
    },
    proof: (session) => expect(session.value("anomalies_total.kind.long_reply")).toBe(1),
  },
  {
    name: "a reply of 100,000 lines",
    size: 100_000,
    prepare: (session) => {
      session.server("220 mx.example\r\n");
      session.client("EHLO client.example\r\n");
    },
    play: (session, size) => session.server(`${many("250-SIZE 5\r\n", size - 1)}250 DSN\r\n`),
    proof: (session) => expect(session.value("anomalies_total.kind.multiline_reply_too_long")).toBe(1),
  },
  {
    name: "64 MiB of DATA",
    size: 64,
    prepare: (session) => {
      session.greet();
      session.beginMail();
      session.client("DATA\r\n");
      session.server("354 go\r\n");
    },
    play: (session, size) => {
      const text = many(`${many("x", 76)}\r\n`, Math.floor(MIB / 78));
      for (let i = 0; i < size; i++) session.client(text);
      session.client(".\r\n");
    },
    proof: (session) => expect(session.value("messages_total.mode.data")).toBe(1),
  },
  {
    name: "8 MiB of the least ordinary DATA",
    size: 8,
    prepare: (session) => {
      session.greet();
      session.beginMail();
      session.client("DATA\r\n");
      session.server("354 go\r\n");
    },
    play: (session, size) => {
      const text = many("..\0\r.\n.\n.\r", MIB / 10);
      for (let i = 0; i < size; i++) session.client(text);
      session.client("\r\n.\r\n");
    },
    proof: (session) => expect(session.value("messages_total.mode.data")).toBe(1),
  },
  {
    name: "transactions, with a record",
    configuration: { access_log: { record: true, identities: "hash", hash_key: "k" } },
    size: 20_000,
    prepare: plain,
    play: (session, size) => {
      for (let i = 0; i < size; i++) {
        session.client("MAIL FROM:<a@client.example>\r\nRCPT TO:<b@mx.example>\r\nRSET\r\n");
        session.server("250 ok\r\n250 ok\r\n250 ok\r\n");
      }
    },
    proof: (session, size) => expect(session.value("transactions_total.outcome.aborted")).toBe(size),
  },
];

testLinear(SCENARIOS, (configuration) => new Session(configuration));

describe("what has to be read again", () => {
  test("takes no more than limits.limbo_bytes for each reply", () => {
    // Only the server knows where a message ended (rule 26): all that was sent is looked at for the canonical end first.
    const size = 1_000;
    const limbo = 16_384;
    const session = new Session({});
    session.greet();
    session.client("DATA\r\n");
    session.server("354 go\r\n");
    session.client(many("x\n.\nDATA\r\n", size));
    const { driver } = session;
    const before = driver.work;
    for (let i = 0; i < size; i++) session.server("250 ok\r\n354 go\r\n");
    expect((driver.work - before) / size).toBeLessThanOrEqual(2 * limbo);
    session.close();
    expect(session.value("anomalies_total.kind.eod_noncanonical_accepted")).toBe(size);
  });
});

describe("BDAT", () => {
  test("of 2^40 octets is skipped: nothing of it is fetched", () => {
    const session = new Session({});
    session.greet("CHUNKING");
    session.beginMail();
    session.client(`BDAT ${2 ** 40} LAST\r\n`);
    const { driver } = session;
    const [fetched, work] = [driver.fetched, driver.work];
    const piece = 2 ** 30;
    for (let i = 0; i < 2 ** 40 / piece; i++) session.clientUnseen(piece);
    expect(driver.fetched - fetched).toBe(0);
    expect((driver.work - work) / (2 ** 40 / piece)).toBeLessThan(100);
    session.server("250 ok\r\n");
    session.client("QUIT\r\n");
    session.close();
    expect(session.value("transactions_total.outcome.committed")).toBe(1);
    expect(session.value("commands_total.verb.quit")).toBe(1);
    expect(session.sum("message_bytes")).toBe(2n ** 40n);
  });

  test("chunks and their commands in one segment: what is fetched is little more than the lines", () => {
    const session = new Session({});
    session.greet("CHUNKING");
    session.beginMail();
    const chunk = `BDAT 1000\r\n${"x".repeat(1_000)}`;
    const before = session.driver.fetched;
    session.client(chunk);
    expect(session.driver.fetched - before).toBe(chunk.length);
    session.server("250 ok\r\n");
    const size = 1_000_000;
    session.client(`BDAT ${size}\r\n`);
    const behind = session.driver.fetched;
    session.client(Buffer.alloc(size));
    expect(session.driver.fetched).toBe(behind);
    session.close();
  });
});
