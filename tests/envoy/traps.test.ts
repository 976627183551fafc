// A module that traps beside ours: traffic passes, and ours goes on counting.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { watBinary } from "../support/wat.ts";
import { key, settled, violations } from "./support/books.ts";
import { ScriptedMailServer } from "./support/peers.ts";
import { describeWith } from "./support/requirements.ts";
import { smtp, startRig, type Rig } from "./support/rig.ts";

/** Dies at the first byte from the client. */
const TRAPPING = `(func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32) unreachable)`;

describeWith(["envoy"], "a trapping module beside ours", () => {
  const folder = mkdtempSync(join(tmpdir(), "heirloom-traps-"));
  const ORDERS = ["trap_first", "trap_last"];
  let server: ScriptedMailServer;
  let rig: Rig;

  beforeAll(async () => {
    server = await new ScriptedMailServer().listen();
    const module = join(folder, "trapping.wasm");
    writeFileSync(module, watBinary(TRAPPING));
    const listeners = ORDERS.map((name) => {
      const trap = { module, vmId: name };
      const ours = smtp({ stat_prefix: name });
      return { name, upstream: server.port, filters: name === "trap_first" ? [trap, ours] : [ours, trap] };
    });
    rig = await startRig({ listeners });
  });
  afterAll(async () => {
    await rig.envoy.stop();
    server.close();
    rmSync(folder, { recursive: true });
  });

  test.each(ORDERS)(
    "%s: the session in which it trapped and the next one pass and are counted",
    async (name) => {
      const start = rig.envoy.log.length;
      for (let session = 0; session < 2; session++) await converse(rig.port(name));
      expect(rig.envoy.log.slice(start)).toMatch(/proxy_on_downstream_data.*failed/);
      const book = await settled(rig.envoy, 2, { prefix: name });
      expect(violations(book)).toEqual([]);
      expect(book).toMatchObject({
        sessions_total: 2,
        [key("commands_total", { verb: "noop" })]: 2,
        [key("commands_total", { verb: "quit" })]: 2,
        [key("session_ends_total", { reason: "quit" })]: 2,
      });
    },
  );

  async function converse(port: number): Promise<void> {
    const { client, server: far } = await server.pair(port);
    client.send("NOOP\r\n");
    await far.has("NOOP\r\n");
    far.send("250 ok\r\n");
    await client.has("250 ok\r\n");
    client.send("QUIT\r\n");
    await far.has("QUIT\r\n");
    far.send("221 bye\r\n");
    far.finish();
    await client.has("221 bye\r\n");
    client.finish();
  }
});
