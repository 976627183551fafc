// Caps of the POP3 filter alone that one connection after the other cannot reach; session-limits.test.ts has the others, the
// rest are transcripts.

import { beforeAll, describe, expect, test } from "vitest";
import type { HostModule } from "../../host/index.ts";
import { lines, LineStage } from "../support/limits.ts";
import { builtModule } from "../support/modules.ts";

let module: HostModule;
beforeAll(async () => {
  module = await builtModule("pop3");
});

describe("a cap of the pop3 filter", () => {
  test("metrics: each pair that finds no place counts once", () => {
    const stage = new LineStage(module, "pop3", { verbosity: "high", limits: { metrics: 1 } });
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
    const stage = new LineStage(module, "pop3", {});
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
