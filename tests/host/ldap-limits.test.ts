// Every cap of the LDAP filter, reached: what it counts, and that traffic goes on. The bytes of single connections at
// their caps are transcripts, too (rule-20-*.md).

import { beforeAll, describe, expect, test } from "vitest";
import type { Connection, HostModule } from "../../host/index.ts";
import { element, integer } from "../fuzz/ldap/ber.ts";
import { LimitStage } from "../support/limits.ts";
import { builtModule } from "../support/modules.ts";
import { recordOf } from "../support/record.ts";

let module: HostModule;
beforeAll(async () => {
  module = await builtModule("ldap");
});

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(" ", ""), "hex");
const message = (id: number, ...parts: Uint8Array[]): Uint8Array =>
  element(0x30, [integer(BigInt(id)), ...parts]);
const PRESENT = hex("8702636e");
const search = (filter: Uint8Array): Uint8Array =>
  element(0x63, [hex("0400 0a0102 0a0100 020100 020100 010100"), filter, hex("3000")]);
const done = (id: number): Uint8Array => message(id, hex("6507 0a0100 0400 0400"));

/** Filters around a filter. */
function around(tag: number, levels: number, inner: Uint8Array): Uint8Array {
  let filter = inner;
  for (let i = 0; i < levels; i++) filter = element(tag, [filter]);
  return filter;
}

class Stage extends LimitStage {
  constructor(configuration: object) {
    super(module, "ldap", configuration);
  }

  /** A search with its answer, which is counted if the connection is read. */
  converse(connection: Connection, id = 1): void {
    this.client(connection, message(id, search(PRESENT)));
    this.server(connection, done(id));
  }

  close(...connections: Connection[]): void {
    for (const connection of connections) connection.close("remote");
  }
}

describe("a cap of the ldap filter", () => {
  test("connections: those beyond it are counted and passed unread, those after it are read", () => {
    const stage = new Stage({ limits: { connections: 2 } });
    const open = [stage.connect(), stage.connect(), stage.connect()];
    for (const connection of open) stage.converse(connection);
    expect(stage.value("connections_active")).toBe(3);
    expect(stage.value('requests_total{op="search"}')).toBe(2);
    expect(stage.value('limits_reached_total{cap="connections"}')).toBe(1);
    expect(stage.value('opaque_connections_total{cause="limit"}')).toBe(1);
    expect(stage.value('opaque_bytes_total{from="client"}')).toBe(message(1, search(PRESENT)).length);
    expect(stage.value('opaque_bytes_total{from="server"}')).toBe(done(1).length);
    stage.close(...open);
    const next = stage.connect();
    stage.converse(next);
    stage.close(next);
    expect(stage.value('requests_total{op="search"}')).toBe(3);
    expect(stage.value('limits_reached_total{cap="connections"}')).toBe(1);
    stage.expectUnharmed();
  });

  test("connections: those beyond it leave a record, of what the proxy knows of each", () => {
    const stage = new Stage({ limits: { connections: 1 }, access_log: { record: true } });
    const [read, unread, silent] = [stage.connect(), stage.connect(), stage.connect()];
    stage.converse(read);
    stage.vm.advance(5);
    stage.converse(unread);
    stage.close(unread, silent, read);
    const shown = { duration_us: 5_000, opaque: "limit", entries: 0, operations: {} };
    const bytes = { client: message(1, search(PRESENT)).length, server: done(1).length };
    expect(recordOf(unread, "ldap")).toEqual({ ...shown, end: "client_close", bytes });
    expect(recordOf(silent, "ldap")).toEqual({ ...shown, end: "empty", bytes: { client: 0, server: 0 } });
    expect(recordOf(read, "ldap")).toMatchObject({ bytes, operations: { search: { success: 1 } } });
    stage.expectUnharmed();
  });

  test("memory: connections past the budget leave a record", () => {
    const limits = { memory_bytes: 4 * 1024 * 1024 };
    const stage = new Stage({ limits, access_log: { record: true } });
    const open: Connection[] = [];
    while (stage.value('limits_reached_total{cap="memory"}') === 0 && open.length < 20_000)
      for (let i = 0; i < 250; i++) open.push(stage.connect());
    stage.close(...open);
    const records = open.map((connection) => recordOf(connection, "ldap"));
    expect(records).not.toContain(undefined);
    expect(records.at(-1)).toMatchObject({ end: "empty", opaque: "limit", operations: {} });
    stage.expectUnharmed();
  });

  test("operations: the oldest ones are given up, of this connection only", () => {
    const stage = new Stage({ limits: { operations: 100 } });
    const [busy, other] = [stage.connect(), stage.connect()];
    stage.client(other, message(1, search(PRESENT)));
    for (let id = 1; id <= 130; id++) stage.client(busy, message(id, search(PRESENT)));
    expect(stage.value('limits_reached_total{cap="operations"}')).toBe(30);
    expect(stage.value('operations_total{outcome="evicted"}')).toBe(30);
    expect(stage.value("operations_active")).toBe(101);
    for (let id = 1; id <= 130; id++) stage.server(busy, done(id));
    stage.server(other, done(1));
    expect(stage.value('operations_total{outcome="answered"}')).toBe(101);
    expect(stage.value('responses_unmatched_total{kind="unmatched"}')).toBe(30);
    expect(stage.value("operations_active")).toBe(0);
    stage.close(busy, other);
    stage.expectUnharmed();
  });

  test("message_bytes: what is longer is passed unread, what is as long is read", () => {
    const stage = new Stage({ limits: { message_bytes: 4_096 } });
    const [within, beyond] = [stage.connect(), stage.connect()];
    const header = (length: number): Uint8Array =>
      Buffer.concat([hex("3082"), Uint8Array.of(length >>> 8, length & 0xff), hex("020101 6882")]);
    for (const [connection, length] of [
      [within, 4_096],
      [beyond, 4_097],
    ] as const) {
      const inner = length - 3 - 4;
      const value = Buffer.alloc(inner);
      stage.client(connection, header(length), Uint8Array.of(inner >>> 8, inner & 0xff), value);
      stage.converse(connection, 2);
    }
    expect(stage.value('limits_reached_total{cap="message"}')).toBe(1);
    expect(stage.value('anomalies_total{kind="pdu_too_big"}')).toBe(1);
    expect(stage.value('requests_total{op="add"}')).toBe(1);
    expect(stage.value('requests_total{op="search"}')).toBe(1);
    expect(stage.value('opaque_connections_total{cause="limit"}')).toBe(1);
    stage.close(within, beyond);
    stage.expectUnharmed();
  });

  test("depth: a filter one level deeper is none, and the connection is read on", () => {
    const stage = new Stage({ limits: { depth: 5 } });
    const connection = stage.connect();
    stage.client(connection, message(1, search(around(0xa2, 4, PRESENT))));
    expect(stage.value('limits_reached_total{cap="depth"}')).toBe(0);
    stage.client(connection, message(2, search(around(0xa2, 5, PRESENT))));
    stage.server(connection, done(1), done(2));
    stage.converse(connection, 3);
    expect(stage.value('limits_reached_total{cap="depth"}')).toBe(1);
    expect(stage.value('anomalies_total{kind="filter_too_deep"}')).toBe(1);
    expect(stage.value('search_filters_total{shape="invalid"}')).toBe(1);
    expect(stage.value('responses_total{op="search",class="success"}')).toBe(3);
    stage.close(connection);
    stage.expectUnharmed();
  });

  test("nodes: a filter of one node more is none, and the connection is read on", () => {
    const stage = new Stage({ limits: { nodes: 5 } });
    const connection = stage.connect();
    const list = (count: number): Uint8Array => element(0xa0, Array<Uint8Array>(count).fill(PRESENT));
    stage.client(connection, message(1, search(list(4))));
    expect(stage.value('limits_reached_total{cap="nodes"}')).toBe(0);
    stage.client(connection, message(2, search(list(5))));
    stage.server(connection, done(1), done(2));
    stage.converse(connection, 3);
    expect(stage.value('limits_reached_total{cap="nodes"}')).toBe(1);
    expect(stage.value('search_filters_total{shape="invalid"}')).toBe(1);
    expect(stage.value('responses_total{op="search",class="success"}')).toBe(3);
    stage.close(connection);
    stage.expectUnharmed();
  });

  test("memory: past the budget connections are passed unread, and nothing traps", () => {
    const stage = new Stage({ limits: { memory_bytes: 4 * 1024 * 1024 } });
    const open: Connection[] = [];
    while (stage.value('limits_reached_total{cap="memory"}') === 0 && open.length < 20_000) {
      for (let i = 0; i < 250; i++) {
        const connection = stage.connect();
        stage.client(connection, message(1, search(PRESENT)));
        open.push(connection);
      }
    }
    expect(open.length).toBeGreaterThan(2_000);
    expect(stage.value('limits_reached_total{cap="memory"}')).toBeGreaterThan(0);
    expect(stage.value('opaque_connections_total{cause="limit"}')).toBe(
      stage.value('limits_reached_total{cap="memory"}'),
    );
    expect(stage.vm.memoryBytes).toBeLessThanOrEqual(8 * 1024 * 1024);
    stage.close(...open);
    expect(stage.value("connections_total")).toBe(open.length);
    // The last ones to close were refused; what they leave behind does not stand in the way of the next one.
    const next = stage.connect();
    stage.converse(next);
    expect(stage.value('responses_total{op="search",class="success"}')).toBe(1);
    stage.close(next);
    stage.expectUnharmed();
  });

  test("memory: requests of one connection past the budget, too", () => {
    const stage = new Stage({ limits: { memory_bytes: 4 * 1024 * 1024, operations: 131_072 } });
    const connection = stage.connect();
    for (let id = 1; id <= 131_072; id += 128) {
      stage.client(connection, ...Array.from({ length: 128 }, (_, i) => message(id + i, search(PRESENT))));
    }
    expect(stage.value('limits_reached_total{cap="memory"}')).toBe(1);
    expect(stage.value('opaque_connections_total{cause="limit"}')).toBe(1);
    expect(stage.value("operations_active")).toBe(0);
    expect(stage.value('operations_total{outcome="unanswered"}')).toBeGreaterThan(50_000);
    expect(stage.vm.memoryBytes).toBeLessThanOrEqual(8 * 1024 * 1024);
    stage.close(connection);
    stage.expectUnharmed();
  });

  test("metrics: each pair that finds no place counts once", () => {
    const stage = new Stage({ verbosity: "high", limits: { metrics: 2 } });
    const connection = stage.connect();
    for (const code of [0, 0, 4, 32, 32]) {
      stage.client(connection, message(1, search(PRESENT)));
      stage.server(
        connection,
        message(1, element(0x65, [hex("0a01"), Uint8Array.of(code), hex("0400 0400")])),
      );
    }
    expect(stage.value('operation_result_codes_total{op="search",code="0"}')).toBe(2);
    expect(stage.value('operation_result_codes_total{op="search",code="4"}')).toBe(1);
    expect(stage.value('operation_result_codes_total{op="overflow",code="overflow"}')).toBe(2);
    expect(stage.value('limits_reached_total{cap="metrics"}')).toBe(1);
    stage.close(connection);
    stage.expectUnharmed();
  });
});
