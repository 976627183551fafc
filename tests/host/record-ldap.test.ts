import { createHmac } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { element, equals, integer, message, result, searchRequest, text } from "../../bench/ldap/messages.ts";
import { ManualClock, Vm, type Connection, type HostModule, type Plugin } from "../../host/index.ts";
import { FastRandom } from "../fuzz/random.ts";
import { builtModule } from "../support/modules.ts";
import { recordOf } from "../support/record.ts";

/** A name is cut behind so many octets. */
const LONGEST_NAME = 320;

interface LdapRecord {
  readonly end?: string;
  readonly binds?: number;
  readonly bind?: { readonly method: string; readonly result?: string; readonly name?: string };
  readonly entries: number;
  readonly slowest?: { readonly op: string; readonly us: number };
  readonly anomalies?: readonly string[];
  readonly operations: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

let module: HostModule;
beforeAll(async () => {
  module = await builtModule("ldap");
});

/** Tags of responses, by those of requests. */
const RESPONSES: Readonly<Record<number, number>> = {
  0x66: 0x67,
  0x68: 0x69,
  0x4a: 0x6b,
  0x6c: 0x6d,
  0x6e: 0x6f,
  0x77: 0x78,
};

/** A connection in a VM that keeps records. */
class Talk {
  readonly vm: Vm;
  readonly plugin: Plugin;
  connection: Connection;
  private id = 0;

  constructor(accessLog: object, more: object = {}) {
    this.vm = new Vm(module, { clock: new ManualClock(), misuse: "throw" });
    const configuration = JSON.stringify({ ...more, access_log: { record: true, ...accessLog } });
    this.plugin = this.vm.startPlugin({ rootId: "heirloom.ldap", configuration });
    this.connection = this.plugin.newConnection();
  }

  /** Names are bytes: anything may be in them. */
  bind(name: Uint8Array, code = 0): this {
    const id = ++this.id;
    const request = element(0x60, integer(3), element(0x04, name), text("secret", 0x80));
    this.connection.downstream(message(id, request));
    this.connection.upstream(result(id, 0x61, code));
    return this;
  }

  search(code = 0, milliseconds = 0): this {
    const id = ++this.id;
    this.connection.downstream(searchRequest(id, { base: "dc=t", scope: 2, filter: equals("uid", "jd") }));
    this.vm.advance(milliseconds);
    this.connection.upstream(result(id, 0x65, code));
    return this;
  }

  operation(tag: number, code: number): void {
    const id = ++this.id;
    this.connection.downstream(message(id, element(tag)));
    this.connection.upstream(result(id, RESPONSES[tag] ?? 0x78, code));
  }

  /** The record as it stands, undefined before there is one. Holds it to what every record has to be. */
  record(): LdapRecord | undefined {
    return recordOf(this.connection, "ldap");
  }

  close(): LdapRecord {
    this.connection.close("remote");
    const record = this.record();
    if (record === undefined) throw new Error("no record");
    return record;
  }
}

const latin1 = (name: string): Uint8Array => Buffer.from(name, "latin1");
const shown = (accessLog: object, name: string | Uint8Array): string | undefined =>
  new Talk(accessLog).bind(typeof name === "string" ? latin1(name) : name).close().bind?.name;

describe("the name of a bind", () => {
  test("is omitted by default", () => {
    for (const accessLog of [{}, { identities: "omit" }]) {
      const record = new Talk(accessLog).bind(latin1("uid=jd,dc=directory,dc=example")).close();
      expect(record.bind).toEqual({ method: "simple", result: "success" });
      expect(JSON.stringify(record)).not.toMatch(/directory|example|jd/);
    }
  });

  const domains: [name: string, domain: string | undefined][] = [
    ["uid=jd,ou=people,dc=Directory,dc=example", "Directory.example"],
    ["UID=jd, DC=directory , DC=example", "directory .example"],
    ["cn=admin", undefined],
    ["jd@directory.example", "directory.example"],
    ["DIRECTORY\\jd", "DIRECTORY"],
    ["jd", undefined],
    ["uid=jd@mail.example,dc=t", "t"],
    ["dc=", undefined],
    ["abcdc=t", undefined],
  ];
  test.each(domains)("domain: of %s", (name, domain) => {
    expect(shown({ identities: "domain" }, name)).toBe(domain);
  });

  test("plain shows it as it was sent, and cuts what is too long", () => {
    expect(shown({ identities: "plain" }, "CN=J\\, D,dc=t")).toBe("CN=J\\, D,dc=t");
    expect(shown({ identities: "plain" }, Buffer.from("cn=jürg 例え 🙂"))).toBe("cn=jürg 例え 🙂");
    expect(shown({ identities: "plain" }, "x".repeat(LONGEST_NAME + 100))).toBe("x".repeat(LONGEST_NAME));
  });

  test("hash shows the first 16 digits of the HMAC-SHA-256 of the lower-cased name", () => {
    for (const length of [1, 55, 56, 64, 119, LONGEST_NAME]) {
      const name = "cN=Ü".padEnd(length, "xY,").slice(0, length);
      const bytes = latin1(name);
      const lowered = bytes.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte));
      const digest = createHmac("sha256", "k").update(lowered).digest("hex");
      expect(shown({ identities: "hash", hash_key: "k" }, bytes)).toBe(digest.slice(0, 16));
    }
  });

  test("is that of the last exchange, and none of an anonymous one", () => {
    const talk = new Talk({ identities: "plain" }).bind(latin1("cn=a,dc=t"), 49).bind(latin1("cn=b,dc=t"));
    expect(talk.close().bind?.name).toBe("cn=b,dc=t");
    const anonymous = new Talk({ identities: "plain" }).bind(latin1("cn=a,dc=t"));
    anonymous.connection.downstream(Buffer.from("300c0201096007020103040080" + "00", "hex"));
    expect(anonymous.close().bind).toEqual({ method: "anonymous" });
  });

  test("does not show in the next connection", () => {
    const talk = new Talk({ identities: "plain" }).bind(latin1("cn=first,dc=t"));
    talk.close();
    // The proxy's next connection gets the filter that the first one had.
    talk.connection = talk.plugin.newConnection();
    const record = talk.search().close();
    expect(record.bind).toBeUndefined();
    expect(JSON.stringify(record)).not.toContain("first");
  });
});

/** Octets that JSON, terminals or names have a use for. */
const HOSTILE = [
  '"',
  "\\",
  "\\u0000",
  "\0",
  "\x1b[2J",
  "\x7f",
  "\t",
  "\n",
  "}]}",
  "\x80",
  "\xe2\x80\xa8",
  "\xc2\x85",
  ",dc=",
];

test("a record is JSON on one line of at most 4 KiB whatever the names are", () => {
  const random = new FastRandom(7, 7);
  for (let round = 0; round < 150; round++) {
    const talk = new Talk({ identities: random.pick(["domain", "plain", "hash"]), hash_key: "k" });
    let name = "";
    for (let pieces = random.below(80); pieces > 0; pieces--)
      name += random.chance(50) ? random.pick(HOSTILE) : String.fromCharCode(random.below(256));
    expect(talk.bind(latin1(name)).close().binds).toBe(1);
  }
});

test("a record of everything at once fits", () => {
  const talk = new Talk({ identities: "plain" });
  talk.bind(latin1("\0".repeat(LONGEST_NAME)));
  // A code of each class, for each operation that has a response.
  for (const code of [0, 14, 10, 50, 4, 32, 2, 80, 35]) {
    talk.search(code);
    for (const tag of [0x66, 0x68, 0x4a, 0x6c, 0x6e, 0x77, 0x7a]) talk.operation(tag, code);
  }
  const record = talk.close();
  const classes = [
    "success",
    "continue",
    "referral",
    "security",
    "limit",
    "not_found",
    "invalid",
    "server",
    "unknown",
  ];
  expect(Object.keys(record.operations["search"] ?? {})).toEqual(classes);
  expect(Object.keys(record.operations)).toEqual([
    "bind",
    "search",
    "modify",
    "add",
    "delete",
    "moddn",
    "compare",
    "extended",
    "unknown",
  ]);
  expect(record.anomalies).toContain("child_overrun");
});

describe("operations", () => {
  test("are counted by class, the slowest is named", () => {
    const record = new Talk({}).search(0, 2).search(32, 30).search(4, 7).bind(latin1("cn=a"), 49).close();
    expect(record.operations).toEqual({
      bind: { security: 1 },
      search: { success: 1, not_found: 1, limit: 1 },
    });
    expect(record.slowest).toEqual({ op: "search", us: 30_000 });
    expect(record.end).toBe("client_close");
  });

  test("are refreshed by the first that ends 10 seconds after the last time", () => {
    const talk = new Talk({}).search();
    talk.vm.advance(9_000);
    expect(talk.search().record()).toBeUndefined();
    talk.vm.advance(1_000);
    expect(talk.record()).toBeUndefined();
    expect(talk.search().record()).toMatchObject({ operations: { search: { success: 3 } } });
    expect(talk.record()?.end).toBeUndefined();
    expect(talk.close().operations["search"]).toEqual({ success: 3 });
  });

  test("leave no record without access_log.record", () => {
    const talk = new Talk({ record: false, identities: "plain" }).bind(latin1("cn=a,dc=t"));
    talk.vm.advance(20_000);
    talk.search();
    talk.connection.close("remote");
    expect(talk.connection.filterState.size).toBe(0);
  });
});
