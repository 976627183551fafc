import { beforeAll, describe, expect, test } from "vitest";
import { ManualClock, Vm, type Connection, type HostModule, type Plugin } from "../../host/index.ts";
import { hostCallsOf, memoryPerConnection } from "../support/budget.ts";
import { builtModule } from "../support/modules.ts";

/** What is held to a budget. */
interface Subject {
  readonly protocol: string;
  /** Linear memory of an idle connection (issues: at most 1.5 KiB, 1 KiB). */
  readonly idleBytes: number;
  /** What comes first, once per connection. */
  readonly greet: (connection: Connection) => void;
  /** Ordinary work, and the chunks it comes in. */
  readonly work: (connection: Connection) => void;
  readonly chunks: number;
}

/** Connections one after the other. */
const CONNECTIONS = 10_000;

/** Linear memory of an outstanding LDAP operation (issue), and so many of them that pages do not matter. */
const OPERATION_BYTES = 64;
const OPERATIONS = 131_072;
const PAGE_BYTES = 65_536;

const lines = (...text: string[]): Uint8Array => Buffer.from(text.map((line) => `${line}\r\n`).join(""));
const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(" ", ""), "hex");

/** Octets of a search for `(cn=*)` with this ID, of four octets. */
const searchWith = (id: number): Uint8Array =>
  hex(
    `301f 0204 ${id.toString(16).padStart(8, "0")} 6317 0400 0a0102 0a0100 020100 020100 010100 8702636e 3000`,
  );

const SMTP: Subject = {
  protocol: "smtp",
  idleBytes: 1_536,
  greet: (connection) => {
    connection.upstream(lines("220 mx.example ESMTP"));
    connection.downstream(lines("EHLO client.example"));
    connection.upstream(lines("250-mx.example", "250 PIPELINING"));
  },
  work: (connection) => {
    connection.downstream(lines("MAIL FROM:<a@b.example>"));
    connection.upstream(lines("250 ok"));
    connection.downstream(lines("RCPT TO:<c@d.example>"));
    connection.upstream(lines("250 ok"));
    connection.downstream(lines("DATA"));
    connection.upstream(lines("354 go ahead"));
    connection.downstream(lines("Subject: x", "", "hello", "."));
    connection.upstream(lines("250 accepted"));
  },
  chunks: 8,
};

const LDAP: Subject = {
  protocol: "ldap",
  idleBytes: 1_024,
  greet: (connection) => {
    connection.downstream(hex("3016 020101 6011 020103 0404 636e3d61 8006 736563726574"));
    connection.upstream(hex("300c 020101 6107 0a0100 0400 0400"));
  },
  work: (connection) => {
    connection.downstream(searchWith(2));
    connection.upstream(hex("300f 020400000002 6407 0403636e3d 3000"));
    connection.upstream(hex("300f 020400000002 6507 0a0100 0400 0400"));
    connection.downstream(hex("300e 020103 4a09 636e3d782c64633d74"));
    connection.upstream(hex("300c 020103 6b07 0a0120 0400 0400"));
  },
  chunks: 5,
};

const POP3: Subject = {
  protocol: "pop3",
  idleBytes: 1_216,
  greet: (connection) => {
    connection.upstream(lines("+OK ready"));
    connection.downstream(lines("USER joe"));
    connection.upstream(lines("+OK"));
    connection.downstream(lines("PASS secret"));
    connection.upstream(lines("+OK"));
  },
  work: (connection) => {
    connection.downstream(lines("RETR 1"));
    connection.upstream(lines("+OK 20 octets", "Subject: x", "", "hello", "."));
    connection.downstream(lines("DELE 1"));
    connection.upstream(lines("+OK"));
    connection.downstream(lines("RSET", "NOOP"));
    connection.upstream(lines("+OK", "+OK"));
  },
  chunks: 6,
};

describe.each([SMTP, LDAP, POP3])("a connection of $protocol costs", (subject) => {
  let module: HostModule;
  beforeAll(async () => {
    module = await builtModule(subject.protocol);
  });

  test("one fetch and one clock reading per chunk at most, and no definitions", () => {
    const { vm, plugin } = start(module, subject);
    const connection = plugin.newConnection();
    subject.greet(connection);
    // Whether the client's side is encrypted is asked once per connection.
    subject.work(connection);
    const calls = hostCallsOf(vm, () => subject.work(connection));
    expect(calls.get("get_buffer_bytes")).toBe(subject.chunks);
    expect(calls.get("clock_time_get") ?? 0).toBeLessThanOrEqual(subject.chunks);
    // Counters and samples wait for the flush.
    expect(
      [...calls.keys()].filter((name) => !["get_buffer_bytes", "clock_time_get"].includes(name)),
    ).toEqual([]);
  });

  test("no fetch for bytes after it has gone opaque", () => {
    const { vm, plugin } = start(module, subject);
    const connection = plugin.newConnection();
    connection.downstream(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]));
    // The first bytes of the other side may still tell an alert from a handshake.
    connection.upstream(Buffer.from([0x16, 0x03, 0x03, 0x00, 0x7a, 0x02]));
    const calls = hostCallsOf(vm, () => {
      connection.downstream(Buffer.alloc(1000, 0x17));
      connection.upstream(Buffer.alloc(1000, 0x17));
    });
    expect(calls.get("get_buffer_bytes") ?? 0).toBe(0);
  });

  test(`at most ${subject.idleBytes} bytes while it is idle`, () => {
    const { vm, plugin } = start(module, subject);
    subject.greet(plugin.newConnection());
    expect(memoryPerConnection(vm, plugin, subject.greet)).toBeLessThanOrEqual(subject.idleBytes);
  });

  test("nothing that stays: connections one after the other use the same memory", () => {
    const { vm, plugin } = start(module, subject);
    const converse = (): void => {
      const connection = plugin.newConnection();
      subject.greet(connection);
      subject.work(connection);
      connection.close("remote");
    };
    for (let i = 0; i < 100; i++) converse();
    const before = vm.memoryBytes;
    for (let i = 0; i < CONNECTIONS; i++) converse();
    expect(vm.memoryBytes).toBe(before);
  });
});

test(`an outstanding LDAP operation costs at most ${OPERATION_BYTES} bytes, of whichever connection it is`, async () => {
  const { vm, plugin } = start(await builtModule("ldap"), LDAP, `{"limits":{"operations":${OPERATIONS}}}`);
  const [one, other] = [plugin.newConnection(), plugin.newConnection()];
  one.downstream(searchWith(0));
  const before = vm.memoryBytes;
  for (let id = 1; id < OPERATIONS; id++) (id % 2 === 0 ? one : other).downstream(searchWith(id));
  vm.tick();
  expect(vm.stats.value("ldap.default.operations_active")).toBe(OPERATIONS);
  // The memory is doubled when it is full: at most twice of what is used.
  expect(vm.memoryBytes - before).toBeLessThanOrEqual(2 * OPERATION_BYTES * OPERATIONS + PAGE_BYTES);
});

function start(
  module: HostModule,
  { protocol }: Subject,
  configuration?: string,
): { vm: Vm; plugin: Plugin } {
  const vm = new Vm(module, { clock: new ManualClock(), misuse: "throw" });
  return { vm, plugin: vm.startPlugin({ rootId: `heirloom.${protocol}`, configuration }) };
}
