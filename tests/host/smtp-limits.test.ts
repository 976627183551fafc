// Caps of the SMTP filter alone that one connection after the other cannot reach; session-limits.test.ts has the others, the
// rest are transcripts (configuration-limit-*.md).

import { beforeAll, describe, expect, test } from "vitest";
import type { HostModule } from "../../host/index.ts";
import { lines, LineStage } from "../support/limits.ts";
import { builtModule } from "../support/modules.ts";

let module: HostModule;
beforeAll(async () => {
  module = await builtModule("smtp");
});

describe("a cap of the smtp filter", () => {
  test("metrics: each pair that finds no place counts once", () => {
    const stage = new LineStage(module, "smtp", { verbosity: "high", limits: { metrics: 2 } });
    const connection = stage.greeted();
    for (const code of [250, 250, 251, 252, 252]) {
      stage.client(connection, lines("VRFY b"));
      stage.server(connection, lines(`${code} maybe`));
    }
    expect(stage.value('command_reply_codes_total{verb="vrfy",code="250"}')).toBe(2);
    expect(stage.value('command_reply_codes_total{verb="overflow",code="overflow"}')).toBe(3);
    expect(stage.value('limits_reached_total{cap="metrics"}')).toBe(2);
    connection.close("remote");
    stage.expectUnharmed();
  });
});
