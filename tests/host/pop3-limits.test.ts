// Caps that one connection after the other cannot reach; the rest are transcripts.

import { beforeAll, describe, expect, test } from "vitest";
import type { Connection, HostModule } from "../../host/index.ts";
import { LimitStage } from "../support/limits.ts";
import { builtModule } from "../support/modules.ts";

let module: HostModule;
beforeAll(async () => {
  module = await builtModule("pop3");
});

class Stage extends LimitStage {
  constructor(configuration: object) {
    super(module, "pop3", configuration);
  }

  greeted(): Connection {
    const connection = this.connect();
    this.server(connection, lines("+OK ready"));
    return connection;
  }
}

const lines = (...text: string[]): Uint8Array => Buffer.from(text.map((line) => `${line}\r\n`).join(""));

describe("a cap of the pop3 filter", () => {
  test("sessions: those beyond it are counted and passed unread, those after it are read", () => {
    const stage = new Stage({ limits: { sessions: 2 } });
    const open = [stage.greeted(), stage.greeted(), stage.greeted()];
    for (const connection of open) stage.client(connection, lines("NOOP"));
    expect(stage.value("sessions_active")).toBe(3);
    expect(stage.value('commands_total{verb="noop"}')).toBe(2);
    expect(stage.value('limits_reached_total{cap="sessions"}')).toBe(1);
    expect(stage.value('opaque_sessions_total{cause="limit"}')).toBe(1);
    expect(stage.value('opaque_bytes_total{from="client"}')).toBe(6);
    expect(stage.value('opaque_bytes_total{from="server"}')).toBe(11);
    for (const connection of open) connection.close("remote");
    expect(stage.value('session_ends_total{reason="client_close"}')).toBe(2);
    expect(stage.value('session_ends_total{reason="desync"}')).toBe(1);
    expect(stage.value('session_outcomes_total{outcome="unread"}')).toBe(1);
    expect(stage.value('greetings_total{class="none"}')).toBe(1);

    const next = stage.greeted();
    stage.client(next, lines("NOOP"));
    next.close("remote");
    expect(stage.value('commands_total{verb="noop"}')).toBe(3);
    expect(stage.value('limits_reached_total{cap="sessions"}')).toBe(1);
    stage.expectUnharmed();
  });

  test("memory: past the budget connections are passed unread, and nothing traps", () => {
    const stage = new Stage({ limits: { memory_bytes: 4 * 1024 * 1024 } });
    const open: Connection[] = [];
    // 4 MiB hold some thousand sessions.
    while (stage.value('limits_reached_total{cap="memory"}') === 0 && open.length < 20_000) {
      for (let i = 0; i < 250; i++) open.push(stage.greeted());
    }
    expect(open.length).toBeGreaterThan(500);
    expect(stage.value('limits_reached_total{cap="memory"}')).toBeGreaterThan(0);
    for (const connection of open) connection.close("remote");
    expect(stage.value("sessions_total")).toBe(open.length);
    expect(stage.value("sessions_active")).toBe(0);
    const next = stage.greeted();
    stage.client(next, lines("NOOP"));
    next.close("remote");
    expect(stage.value('commands_total{verb="noop"}')).toBe(1);
    stage.expectUnharmed();
  });

  test("metrics: each pair that finds no place counts once", () => {
    const stage = new Stage({ verbosity: "high", limits: { metrics: 1 } });
    const connection = stage.greeted();
    for (const code of ["[AUTH]", "[AUTH]", "[IN-USE]", "[SYS/TEMP]"]) {
      stage.client(connection, lines("PASS b"));
      stage.server(connection, lines(`-ERR ${code} no`));
    }
    expect(stage.value('command_error_codes_total{verb="pass",code="auth"}')).toBe(2);
    expect(stage.value('command_error_codes_total{verb="overflow",code="overflow"}')).toBe(2);
    expect(stage.value('limits_reached_total{cap="metrics"}')).toBe(2);
    connection.close("remote");
    stage.expectUnharmed();
  });

  test("a large message costs no memory, and is measured to the octet", () => {
    const stage = new Stage({});
    const connection = stage.greeted();
    const text = Buffer.from(`${"x".repeat(76)}\r\n`.repeat(10_000));
    stage.client(connection, lines("RETR 1"));
    stage.server(connection, lines("+OK"), text);
    const before = stage.vm.memoryBytes;
    for (let i = 1; i < 20; i++) stage.server(connection, text);
    expect(stage.vm.memoryBytes).toBe(before);
    stage.server(connection, lines("."));
    expect(stage.value('response_bytes_total{verb="retr"}')).toBe(20 * text.length);
    expect(stage.value('retrievals_total{outcome="complete"}')).toBe(1);
    connection.close("remote");
    stage.expectUnharmed();
  });
});
