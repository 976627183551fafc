// Caps that protocols of lines have alike, and that one connection after the other cannot reach.

import { beforeAll, describe, expect, test } from "vitest";
import type { Connection, HostModule } from "../../host/index.ts";
import { lines, LineStage } from "../support/limits.ts";
import { builtModule } from "../support/modules.ts";
import { recordOf } from "../support/record.ts";

/** `came`: what two sessions without a login or a hello and one that is not read come to; `unread`: its record. */
const PROTOCOLS = [
  {
    protocol: "smtp",
    greetingBytes: 22,
    came: { 'session_dialects_total{dialect="none"}': 3 },
    unread: {
      dialect: "none",
      greeting: 0,
      commands: "commands=0/0",
      transactions_total: 0,
      transactions: [],
    },
  },
  {
    protocol: "pop3",
    greetingBytes: 11,
    came: { 'session_outcomes_total{outcome="unread"}': 1 },
    unread: { outcome: "unread", greeting: "none", commands: "" },
  },
] as const;

describe.each(PROTOCOLS)("a cap of the $protocol filter", ({ protocol, greetingBytes, came, unread }) => {
  let module: HostModule;
  beforeAll(async () => {
    module = await builtModule(protocol);
  });

  test("sessions: those beyond it are counted and passed unread, those after it are read", () => {
    const stage = new LineStage(module, protocol, { limits: { sessions: 2 } });
    const open = [stage.greeted(), stage.greeted(), stage.greeted()];
    for (const connection of open) stage.client(connection, lines("NOOP"));
    expect(stage.value("sessions_active")).toBe(3);
    expect(stage.value('commands_total{verb="noop"}')).toBe(2);
    expect(stage.value('limits_reached_total{cap="sessions"}')).toBe(1);
    expect(stage.value('opaque_sessions_total{cause="limit"}')).toBe(1);
    expect(stage.value('opaque_bytes_total{from="client"}')).toBe(6);
    expect(stage.value('opaque_bytes_total{from="server"}')).toBe(greetingBytes);
    for (const connection of open) connection.close("remote");
    expect(stage.value('session_ends_total{reason="client_close"}')).toBe(2);
    expect(stage.value('session_ends_total{reason="desync"}')).toBe(1);
    for (const [key, count] of Object.entries(came)) expect(stage.value(key)).toBe(count);
    expect(stage.value('greetings_total{class="none"}')).toBe(1);

    const next = stage.greeted();
    stage.client(next, lines("NOOP"));
    next.close("remote");
    expect(stage.value('commands_total{verb="noop"}')).toBe(3);
    expect(stage.value('limits_reached_total{cap="sessions"}')).toBe(1);
    stage.expectUnharmed();
  });

  test("sessions: those beyond it leave a record, of what the proxy knows of each", () => {
    const stage = new LineStage(module, protocol, { limits: { sessions: 1 }, access_log: { record: true } });
    const read = stage.greeted();
    const first = stage.greeted();
    stage.vm.advance(5);
    const second = stage.greeted();
    stage.client(first, lines("NOOP"));
    stage.vm.advance(2);
    stage.client(read, lines("NOOP", "NOOP"));
    for (const connection of [first, second, read]) connection.close("remote");
    const shown = { ...unread, end: "desync", opaque: "limit" };
    const [firstBytes, secondBytes] = [6, 0].map((client) => ({ client, server: greetingBytes }));
    expect(recordOf(first, protocol)).toEqual({ ...shown, duration_us: 7_000, bytes: firstBytes });
    expect(recordOf(second, protocol)).toEqual({ ...shown, duration_us: 2_000, bytes: secondBytes });
    expect(recordOf(read, protocol)).toMatchObject({ end: "client_close", bytes: { client: 12 } });
    stage.expectUnharmed();
  });

  test("memory: those past the budget leave a record", () => {
    const limits = { memory_bytes: 4 * 1024 * 1024 };
    const stage = new LineStage(module, protocol, { limits, access_log: { record: true } });
    const open: Connection[] = [];
    while (stage.value('limits_reached_total{cap="memory"}') === 0 && open.length < 20_000)
      for (let i = 0; i < 250; i++) open.push(stage.greeted());
    for (const connection of open) connection.close("remote");
    const records = open.map((connection) => recordOf(connection, protocol));
    expect(records).not.toContain(undefined);
    expect(records.at(-1)).toMatchObject({ ...unread, end: "desync", opaque: "limit" });
    stage.expectUnharmed();
  });

  test("memory: past the budget connections are passed unread, and nothing traps", () => {
    const stage = new LineStage(module, protocol, { limits: { memory_bytes: 4 * 1024 * 1024 } });
    const open: Connection[] = [];
    // 4 MiB hold some thousand sessions.
    while (stage.value('limits_reached_total{cap="memory"}') === 0 && open.length < 20_000) {
      for (let i = 0; i < 250; i++) open.push(stage.greeted());
    }
    expect(open.length).toBeGreaterThan(500);
    expect(stage.value('limits_reached_total{cap="memory"}')).toBeGreaterThan(0);
    expect(stage.value('opaque_sessions_total{cause="limit"}')).toBe(
      stage.value('limits_reached_total{cap="memory"}'),
    );
    for (const connection of open) connection.close("remote");
    expect(stage.value("sessions_total")).toBe(open.length);
    expect(stage.value("sessions_active")).toBe(0);
    // The last ones to close were refused; what they leave behind does not stand in the way of the next one.
    const before = stage.value('commands_total{verb="noop"}');
    const next = stage.greeted();
    stage.client(next, lines("NOOP"));
    next.close("remote");
    expect(stage.value('commands_total{verb="noop"}')).toBe(before + 1);
    stage.expectUnharmed();
  });
});
