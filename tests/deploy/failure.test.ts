// A filter that fails with connections open, under each policy that Envoy and Istio have.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { bindRequest } from "../../bench/ldap/messages.ts";
import type { FilterOptions } from "../../host/envoy/bootstrap.ts";
import type { Pair } from "../../host/testing/sockets.ts";
import { books, samplesOf, sum, violations, type Books } from "../envoy/support/books.ts";
import { openClient, ScriptedMailServer, ScriptedServer } from "../envoy/support/peers.ts";
import { describeWith } from "../envoy/support/requirements.ts";
import { startRig, type Rig } from "../envoy/support/rig.ts";
import { DEADLY_BYTES, failingModule } from "../support/failing-module.ts";

/** Flushes and a VM's restart on a busy machine. */
const PATIENCE = { timeout: 20_000, interval: 100 };

/** What a policy comes to. */
interface Policy {
  readonly name: string;
  /** As Envoy's configuration has it. */
  readonly fields: object;
  /** What becomes of connections that are open in the VM. */
  readonly open: "pass" | "closed";
  readonly fresh: "pass uncounted" | "pass counted" | "closed";
}

const POLICIES: readonly Policy[] = [
  // What ships.
  { name: "fail_open", fields: {}, open: "pass", fresh: "pass uncounted" },
  // Istio's failStrategy: FAIL_OPEN, since 1.25.
  { name: "policy_open", fields: policy("FAIL_OPEN"), open: "closed", fresh: "pass uncounted" },
  // Istio's FAIL_RELOAD.
  { name: "policy_reload", fields: policy("FAIL_RELOAD"), open: "closed", fresh: "pass counted" },
  // Istio's FAIL_CLOSE, and what both do when nothing is said.
  { name: "policy_closed", fields: policy("FAIL_CLOSED"), open: "closed", fresh: "closed" },
];

function policy(failure_policy: string): object {
  return { fail_open: undefined, failure_policy };
}

describeWith(["envoy"], "a filter that fails with connections open", () => {
  const folder = mkdtempSync(join(tmpdir(), "heirloom-failure-"));
  let mail: ScriptedMailServer;
  let directory: ScriptedServer;
  let rig: Rig;

  beforeAll(async () => {
    const module = join(folder, "failing.wasm");
    writeFileSync(module, failingModule());
    mail = await new ScriptedMailServer().listen();
    directory = await new ScriptedServer().listen();
    const listeners = POLICIES.flatMap(({ name, fields }) => {
      const filter = (protocol: string): FilterOptions => ({
        module,
        rootId: `heirloom.${protocol}`,
        // Both protocols in one VM, as in deploy/envoy.
        vmId: name,
        configuration: { stat_prefix: name },
        more: fields,
      });
      return [
        { name: `smtp_${name}`, upstream: mail.port, filters: [filter("smtp")] },
        { name: `ldap_${name}`, upstream: directory.port, filters: [filter("ldap")] },
      ];
    });
    rig = await startRig({ listeners });
  });
  afterAll(async () => {
    await rig.envoy.stop();
    mail.close();
    directory.close();
    rmSync(folder, { recursive: true });
  });

  test.each(POLICIES)("$name: open connections: $open; new ones: $fresh", async ({ name, open, fresh }) => {
    const victim = await mail.pair(rig.port(`smtp_${name}`));
    const beside = await mail.pair(rig.port(`smtp_${name}`));
    const ldap = await directory.pair(rig.port(`ldap_${name}`));
    for (const pair of [victim, beside]) await exchange(pair, "NOOP\r\n");
    await exchange(ldap, bind(1));
    await vi.waitFor(async () => expect(sum(await book(name), "commands_total")).toBe(2), PATIENCE);
    const start = rig.envoy.log.length;
    const deadly = `NOOP ${"x".repeat(DEADLY_BYTES - 7)}\r\n`;

    if (open === "pass") {
      await exchange(victim, deadly);
      await exchange(beside, "NOOP\r\n");
      await exchange(ldap, bind(2));
    } else {
      await lost(victim, deadly);
      await lost(beside, "NOOP\r\n");
      await lost(ldap, bind(2));
    }
    expect(rig.envoy.log.slice(start)).toMatch(/proxy_on_downstream_data failed.*unreachable/);

    if (fresh === "closed") {
      const refused = await openClient(rig.port(`smtp_${name}`));
      await refused.ended;
      expect(refused.received()).toBe("");
    } else {
      // A VM starts anew at most once a second; until then connections are closed.
      await vi.waitFor(() => greeted(rig.port(`smtp_${name}`)), PATIENCE);
    }
    // What was counted stays; what the dead VM still had open stays open in its gauges.
    const counted = fresh === "pass counted" ? 1 : 0;
    const last = await vi.waitFor(async () => {
      const found = await book(name);
      expect(sum(found, "session_ends_total")).toBe(counted);
      return found;
    }, PATIENCE);
    expect(last).toMatchObject({ sessions_total: 2 + counted, sessions_active: 2 });
    expect(sum(last, "commands_total")).toBe(2);
    expect(violations(last)).toEqual([]);
  });

  async function book(prefix: string): Promise<Books> {
    return books(await samplesOf(rig.envoy, { prefix }), { prefix });
  }

  /** A session that reached the server. Throws when the proxy closed it. */
  async function greeted(port: number): Promise<void> {
    const client = await openClient(port);
    await client.has("220");
    client.reset();
  }
});

async function exchange({ client, server }: Pair, request: string): Promise<void> {
  client.send(request);
  await server.has(request);
  const answer = `250 ${request.length} ${Math.random()}\r\n`;
  server.send(answer);
  await client.has(answer);
}

async function lost({ client }: Pair, request: string): Promise<void> {
  client.send(request);
  await client.ended;
}

function bind(id: number): string {
  return bindRequest(id, "cn=ann", "secret").toString("latin1");
}
