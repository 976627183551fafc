import { createHmac } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { ManualClock, Vm, type Connection, type HostModule, type Plugin } from "../../host/index.ts";
import { FastRandom } from "../fuzz/random.ts";
import { builtModule } from "../support/modules.ts";
import { recordOf } from "../support/record.ts";

/** Transactions that are shown: the last ones. */
const SHOWN = 16;

/** RFC 5321 §4.5.3.1: a local part of 64 octets, `@`, a domain of 255; what is longer is cut. */
const LONGEST_ADDRESS = 320;

const KEY = "wasm.heirloom.smtp";

interface Transaction {
  readonly outcome: string;
  readonly from?: string;
  readonly to?: readonly string[];
  readonly recipients: string;
}
interface SmtpRecord {
  readonly end?: string;
  readonly transactions_total: number;
  readonly transactions: readonly Transaction[];
}

let module: HostModule;
beforeAll(async () => {
  module = await builtModule("smtp");
});

/** A session that was greeted, in a VM that keeps records. */
class Session {
  readonly vm: Vm;
  readonly plugin: Plugin;
  readonly connection: Connection;

  constructor(accessLog: object, more: object = {}) {
    this.vm = new Vm(module, { clock: new ManualClock(), misuse: "throw" });
    const configuration = JSON.stringify({ ...more, access_log: { record: true, ...accessLog } });
    this.plugin = this.vm.startPlugin({ rootId: "heirloom.smtp", configuration });
    this.connection = this.plugin.newConnection();
    this.server("220 mx.example ESMTP");
    this.client("EHLO client.example");
    this.server("250 mx.example");
  }

  client(line: string | Uint8Array): void {
    this.connection.downstream(Buffer.concat([Buffer.from(line), Buffer.from("\r\n")]));
  }

  server(line: string): void {
    this.connection.upstream(Buffer.from(`${line}\r\n`));
  }

  /** Addresses are bytes: anything may be in them. */
  transaction(from: Uint8Array, recipients: readonly Uint8Array[] = []): void {
    this.client(Buffer.concat([Buffer.from("MAIL FROM:<"), from, Buffer.from(">")]));
    this.server("250 ok");
    for (const to of recipients) {
      this.client(Buffer.concat([Buffer.from("RCPT TO:<"), to, Buffer.from(">")]));
      this.server("250 ok");
    }
    this.client("RSET");
    this.server("250 ok");
  }

  /** The record as it stands, undefined before there is one. Holds it to what every record has to be. */
  record(): SmtpRecord | undefined {
    return recordOf(this.connection, "smtp");
  }

  close(): SmtpRecord {
    this.connection.close("remote");
    const record = this.record();
    if (record === undefined) throw new Error("no record");
    return record;
  }
}

const latin1 = (text: string): Uint8Array => Buffer.from(text, "latin1");

describe("identities", () => {
  const shown = (accessLog: object, from: Uint8Array, to: Uint8Array): Transaction | undefined => {
    const session = new Session(accessLog);
    session.transaction(from, [to]);
    return session.close().transactions[0];
  };
  const [from, to] = [latin1("Some.One@Client.Example"), latin1('"x@y"@MX.example')];

  test("omit shows none, and is the default", () => {
    for (const accessLog of [{}, { identities: "omit" }]) {
      const transaction = shown(accessLog, from, to);
      expect(transaction?.recipients).toBe("1/1");
      expect(Object.keys(transaction ?? {})).not.toContain("from");
      expect(Object.keys(transaction ?? {})).not.toContain("to");
      expect(JSON.stringify(transaction)).not.toMatch(/example/i);
    }
  });

  test("domain shows what is behind the last @", () => {
    const transaction = shown({ identities: "domain" }, from, to);
    expect([transaction?.from, transaction?.to]).toEqual(["Client.Example", ["MX.example"]]);
    const bounce = shown({ identities: "domain" }, latin1(""), latin1("postmaster"));
    expect([bounce?.from, bounce?.to]).toEqual(["", [""]]);
  });

  test("plain shows them as they were sent", () => {
    const transaction = shown({ identities: "plain" }, from, to);
    expect([transaction?.from, transaction?.to]).toEqual(["Some.One@Client.Example", ['"x@y"@MX.example']]);
  });

  test("hash shows the first 16 digits of the HMAC-SHA-256 of the lower-cased address", () => {
    const random = new FastRandom(5, 5);
    // Around the block of SHA-256, where a key is hashed down, and up to what is allowed.
    for (const keyLength of [1, 2, 20, 55, 56, 63, 64, 65, 127, 128, 200, 256]) {
      const key = Array.from({ length: keyLength }, () =>
        String.fromCharCode(0x21 + random.below(0x5e)),
      ).join("");
      for (const length of [1, 8, 54, 55, 56, 63, 64, 65, 119, 120, 121, LONGEST_ADDRESS]) {
        const address = anyAddress(random, length);
        const transaction = shown({ identities: "hash", hash_key: key }, address, address);
        expect(transaction?.from).toBe(hashOf(key, address));
        expect(transaction?.to).toEqual([hashOf(key, address)]);
      }
    }
  });

  test("hash takes a key of any characters, and tells cases of letters not apart", () => {
    const key = 'schlüssel "\\\u{1f511}';
    const upper = shown({ identities: "hash", hash_key: key }, latin1("A@B.EXAMPLE"), latin1("a@b.example"));
    expect(upper?.from).toBe(hashOf(key, latin1("a@b.example")));
    expect(upper?.to).toEqual([upper?.from]);
  });
});

/** Octets that are no line end, no quote and no end of an address. */
function anyAddress(random: FastRandom, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    do bytes[i] = random.chance(60) ? 0x40 + random.below(0x3b) : random.below(256);
    while ([0x0a, 0x0d, 0x22, 0x3e].includes(bytes[i] ?? 0));
  }
  return bytes;
}

function hashOf(key: string, address: Uint8Array): string {
  const lowered = address.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte));
  return createHmac("sha256", key).update(lowered).digest("hex").slice(0, 16);
}

describe("whatever the addresses are, a record", () => {
  test("is JSON on one line of at most 4 KiB", () => {
    const random = new FastRandom(6, 6);
    for (let round = 0; round < 150; round++) {
      const identities = random.pick(["domain", "plain", "hash"]);
      const session = new Session({ identities, hash_key: "k" });
      for (let i = random.below(30); i >= 0; i--) {
        const recipients = Array.from({ length: random.below(8) }, () => hostile(random));
        session.transaction(hostile(random), recipients);
      }
      const { transactions, transactions_total } = session.close();
      expect(transactions.length).toBeLessThanOrEqual(Math.min(SHOWN, transactions_total));
      expect(transactions.length).toBeGreaterThan(0);
    }
  });

  test("shows every octet of ASCII as it was, quoted for JSON", () => {
    const every = Array.from({ length: 128 }, (_, i) => i).filter(
      (i) => ![0x0a, 0x0d, 0x22, 0x3e].includes(i),
    );
    const session = new Session({ identities: "plain" });
    session.transaction(Uint8Array.from(every));
    session.transaction(latin1('"a\\"b >"@client.example'));
    const [plain, quoted] = session.close().transactions;
    expect(plain?.from).toBe(String.fromCharCode(...every));
    expect(quoted?.from).toBe('"a\\"b >"@client.example');
  });

  test("shows UTF-8 as text, and what is none octet by octet", () => {
    const session = new Session({ identities: "plain" });
    session.transaction(Buffer.from("jürg@例え.example 🙂"));
    session.transaction(latin1("\xff\xc3(\xed\xa0\x80\xf4\x90\x80\x80\xc2\x85"));
    const [text, broken] = session.close().transactions;
    expect(text?.from).toBe("jürg@例え.example 🙂");
    expect(broken?.from).toBe("\xff\xc3(\xed\xa0\x80\xf4\x90\x80\x80\xc2\x85");
  });

  test("cuts addresses that are too long", () => {
    const session = new Session({ identities: "plain" });
    session.transaction(latin1("x".repeat(LONGEST_ADDRESS + 100)));
    expect(session.close().transactions[0]?.from).toBe("x".repeat(LONGEST_ADDRESS));
  });
});

/** Octets that JSON, terminals or SMTP have a use for. */
const HOSTILE = [
  '"',
  "\\",
  "\\u0000",
  "\0",
  "\x1b[2J",
  "\x7f",
  "\t",
  "{}",
  "}]}",
  "\x80",
  "\xe2\x80\xa8",
  "\xc2\x85",
];

function hostile(random: FastRandom): Uint8Array {
  let text = "";
  for (let pieces = random.below(40); pieces > 0; pieces--) {
    text += random.chance(50) ? random.pick(HOSTILE) : String.fromCharCode(random.below(256));
    if (random.chance(5)) text += "a@b.example".repeat(random.below(40));
  }
  return latin1(text.replace(/[\r\n]/g, ""));
}

describe("transactions", () => {
  test("are counted all, and the last 16 shown", () => {
    const session = new Session({ identities: "plain" });
    for (let i = 1; i <= 40; i++) session.transaction(latin1(`s${i}@client.example`));
    const { transactions, transactions_total } = session.close();
    expect(transactions_total).toBe(40);
    const last = Array.from({ length: SHOWN }, (_, i) => `s${25 + i}@client.example`);
    expect(transactions.map(({ from }) => from)).toEqual(last);
  });

  test("with more recipients than fit are shown with fewer of them, and with all in the count", () => {
    const session = new Session({ identities: "plain" });
    const recipients = Array.from({ length: 500 }, (_, i) =>
      latin1(`recipient${i}@some.long.domain.example`),
    );
    for (let i = 0; i < SHOWN; i++) session.transaction(latin1("s@client.example"), recipients);
    const { transactions } = session.close();
    expect(transactions.length).toBeGreaterThan(0);
    for (const { to, recipients: counted } of transactions) {
      expect(to?.length).toBeGreaterThan(0);
      expect(to?.[0]).toBe("recipient0@some.long.domain.example");
      expect(counted).toBe("500/500");
    }
  });

  test("of one session do not show in the next", () => {
    const first = new Session({ identities: "plain" });
    first.transaction(latin1("first@client.example"), [latin1("first@mx.example")]);
    first.close();
    // The proxy's next connection gets the filter that the first one had.
    const second = first.plugin.newConnection();
    second.upstream(latin1("220 mx.example\r\n"));
    second.downstream(latin1("SEND FROM:<>\r\n"));
    second.upstream(latin1("250 ok\r\n"));
    second.close("remote");
    expect(Buffer.from(second.filterState.get(KEY) ?? []).toString()).not.toContain("first@");
  });
});

describe("in a long session", () => {
  test("the record is refreshed by the first transaction that ends 10 seconds after the last time", () => {
    const session = new Session({ identities: "plain" });
    session.transaction(latin1("early@client.example"));
    session.vm.advance(9_000);
    session.transaction(latin1("at9@client.example"));
    expect(session.record()).toBeUndefined();
    session.vm.advance(1_000);
    expect(session.record()).toBeUndefined();
    session.transaction(latin1("at10@client.example"));
    const shown = session.record();
    expect(shown?.transactions.map(({ from }) => from)).toEqual([
      "early@client.example",
      "at9@client.example",
      "at10@client.example",
    ]);
    expect(shown?.end).toBeUndefined();

    session.vm.advance(9_999);
    session.transaction(latin1("at19@client.example"));
    expect(session.record()?.transactions_total).toBe(3);
    session.vm.advance(1);
    session.transaction(latin1("at20@client.example"));
    expect(session.record()?.transactions_total).toBe(5);
    expect(session.close().end).toBe("client_close");
  });

  test("nothing is written without access_log.record", () => {
    const session = new Session({ record: false, identities: "plain" });
    session.vm.advance(20_000);
    session.transaction(latin1("a@client.example"));
    session.connection.close("remote");
    expect(session.connection.filterState.size).toBe(0);
  });
});
