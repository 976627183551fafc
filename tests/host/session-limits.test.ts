// Caps that protocols of lines have alike, and that one connection after the other cannot reach.

import { beforeAll, describe, expect, test } from "vitest";
import type { Connection, HostModule } from "../../host/index.ts";
import { lines, LineStage } from "../support/limits.ts";
import { builtModule } from "../support/modules.ts";

/** `came`: what two sessions without a login or a hello and one that is not read come to. */
const PROTOCOLS = [
  { protocol: "smtp", greetingBytes: 22, came: { 'session_dialects_total{dialect="none"}': 3 } },
  {
    protocol: "pop3",
    greetingBytes: 11,
    came: { 'session_outcomes_total{outcome="unread"}': 1 },
  },
] as const;

describe.each(PROTOCOLS)("a cap of the $protocol filter", ({ protocol, greetingBytes, came }) => {
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
