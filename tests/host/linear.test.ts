import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { compile, Driver, type Code } from "../fuzz/driver.ts";
import { ledgerModule } from "../fuzz/ledger.ts";
import { countingWork } from "../fuzz/prepare.ts";
import { modulePath } from "../support/modules.ts";

// Work is counted, not timed: entries of functions, turns of loops, bytes copied and fetched, host calls. What is
// linear takes twice as much for twice as much.

/** Twice the input, a table that grows, and rounding. */
const MOST_FOR_TWICE = 2.2;

const MIB = 1 << 20;

/** Linear memory that one session may need at the most generous limits, and at those by default. */
const MOST_MEMORY = 32 * MIB;
const MEMORY = 4 * MIB;

const GENEROUS = { limits: { line_bytes: 65_536, pipeline: 65_535, limbo_bytes: MIB } };

let code: Code;
beforeAll(() => {
  code = compile(countingWork(readFileSync(modulePath("smtp"))), ledgerModule());
});

/** One session in a VM of its own. */
class Session {
  readonly driver = new Driver(code);
  private readonly root: number;
  private readonly id: number;

  constructor(configuration: object) {
    this.root = this.driver.startRoot(JSON.stringify(configuration));
    this.id = this.driver.newConnection(this.root, new Map());
  }

  client(bytes: string | Uint8Array): void {
    const octets = Buffer.from(bytes);
    this.driver.deliver("downstream", this.id, octets, 0, octets.length, false);
  }

  /** Bytes that nobody may want to see: there are none. */
  clientUnseen(count: number): void {
    this.driver.deliver("downstream", this.id, new Uint8Array(0), 0, count, false);
  }

  server(bytes: string | Uint8Array): void {
    const octets = Buffer.from(bytes);
    this.driver.deliver("upstream", this.id, octets, 0, octets.length, false);
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

  close(): void {
    this.driver.close(this.id, 2, new Map());
  }

  value(name: string): number {
    this.driver.settle();
    return this.driver.stats.value(`smtp.default.${name}`) ?? NaN;
  }
}

interface Scenario {
  readonly name: string;
  readonly configuration?: object;
  /** The larger size; the smaller is half of it. */
  readonly size: number;
  readonly prepare?: (session: Session) => void;
  readonly play: (session: Session, size: number) => void;
  /** What has to be true afterwards, so that the scenario is what it says. */
  readonly proof: (session: Session, size: number) => void;
  readonly memory?: number;
}

function cost(scenario: Scenario, size: number): number {
  const session = new Session(scenario.configuration ?? {});
  scenario.prepare?.(session);
  const { driver } = session;
  const sum = (): number => driver.work + driver.fetched + driver.hostCalls;
  const before = sum();
  scenario.play(session, size);
  const after = sum();
  session.close();
  scenario.proof(session, size);
  expect(driver.memoryBytes).toBeLessThanOrEqual(scenario.memory ?? MEMORY);
  return after - before;
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

const SCENARIOS: readonly Scenario[] = [
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

describe("twice as much is twice the work:", () => {
  for (const scenario of SCENARIOS) {
    test(scenario.name, () => {
      const half = cost(scenario, scenario.size / 2);
      const whole = cost(scenario, scenario.size);
      expect(half).toBeGreaterThan(0);
      expect(whole / half).toBeLessThanOrEqual(MOST_FOR_TWICE);
    });
  }
});

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
    expect(driver.stats.histogram("smtp.default.message_bytes")?.sum).toBe(2n ** 40n);
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
