// What the network and Envoy do to LDAP connections with a search outstanding: why they ended, and what became of the search.

import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { BIND_RESPONSE, bindRequest, result, SEARCH_DONE } from "../../bench/ldap/messages.ts";
import { listenersFile, type ListenerOptions } from "../../host/envoy/bootstrap.ts";
import { anyPort } from "../../host/envoy/ports.ts";
import { watBinary } from "../support/wat.ts";
import { key, settled, sum, type Books } from "./support/books.ts";
import { ldapViolations } from "./support/ldap-books.ts";
import { openClient, ScriptedServer } from "./support/peers.ts";
import { describeWith } from "./support/requirements.ts";
import { ldap, startRig, type Rig } from "./support/rig.ts";
import { RESET_REASON } from "./support/version.ts";
import { search, unbind } from "./servers/ldap/requests.ts";

interface Row {
  /** What happens; also names the listener and its metrics. */
  readonly name: string;
  readonly reason: string;
  /** Of the search that is outstanding when it happens; none where the server is never reached. */
  readonly search?: "answered" | "unanswered";
  /** Default: the scripted server. */
  readonly upstream?: number;
  readonly tcpProxy?: object;
  readonly act: (pair: Outstanding) => Promise<void> | void;
}

type Pair = Awaited<ReturnType<ScriptedServer["pair"]>>;

interface Outstanding extends Pair {
  /** The server answers the search. */
  readonly answer: () => Promise<void>;
}

/** Nothing listens there. */
const NOBODY = 1;

/** Updates and flushes on a busy machine. */
const PATIENCE = { timeout: 20_000, interval: 50 };

const ROWS: readonly Row[] = [
  {
    name: "client_fin",
    reason: "client_close",
    search: "unanswered",
    act: ({ client, server }) => {
      client.finish();
      server.finish();
    },
  },
  {
    name: "client_fin_server_still_answers",
    reason: "client_close",
    search: "answered",
    act: async ({ client, server, answer }) => {
      client.finish();
      await server.ended;
      await answer();
      server.finish();
    },
  },
  {
    name: "server_fin",
    reason: "server_close",
    search: "unanswered",
    act: async ({ client, server }) => {
      server.finish();
      await client.ended;
      client.finish();
    },
  },
  {
    name: "server_fin_client_says_goodbye",
    reason: "unbind",
    search: "unanswered",
    act: async ({ client, server }) => {
      server.finish();
      await client.ended;
      const goodbye = unbind(9).toString("latin1");
      client.send(goodbye);
      await server.has(goodbye);
      client.finish();
    },
  },
  {
    name: "client_reset",
    reason: "client_close",
    search: "unanswered",
    act: ({ client }) => client.reset(),
  },
  {
    name: "server_reset",
    reason: RESET_REASON,
    search: "unanswered",
    act: ({ server }) => server.reset(),
  },
  {
    name: "idle_timeout",
    reason: "proxy_close",
    search: "unanswered",
    tcpProxy: { idle_timeout: "0.5s" },
    act: async ({ client }) => client.ended,
  },
  {
    name: "drained",
    reason: "client_close",
    search: "answered",
    act: async ({ client, server, answer }) => {
      await fetch(`${admin}/drain_listeners`, { method: "POST" });
      await answer();
      client.finish();
      server.finish();
    },
  },
];

let admin = "";

describeWith(["envoy"], "LDAP connections with a search outstanding", () => {
  const folder = mkdtempSync(join(tmpdir(), "heirloom-faults-ldap-"));
  const TRAPPED = ["trap_first", "trap_last"];
  let server: ScriptedServer;
  let rig: Rig;
  let updated: ListenerOptions;

  beforeAll(async () => {
    server = await new ScriptedServer().listen();
    const trapping = join(folder, "trapping.wasm");
    writeFileSync(trapping, watBinary(TRAPPING));
    const own = (row: Pick<Row, "name" | "upstream" | "tcpProxy">): ListenerOptions => ({
      name: row.name,
      upstream: row.upstream ?? server.port,
      filters: [ldap({ stat_prefix: row.name })],
      tcpProxy: row.tcpProxy,
    });
    const trapped = TRAPPED.map((name): ListenerOptions => {
      const trap = { module: trapping, vmId: name };
      const ours = ldap({ stat_prefix: name });
      return { ...own({ name }), filters: name === "trap_first" ? [trap, ours] : [ours, trap] };
    });
    updated = { ...own({ name: "old" }), name: "updated", port: await anyPort() };
    offer(updated);
    rig = await startRig({
      listeners: [...ROWS.map(own), ...trapped, own({ name: "refused", upstream: NOBODY })],
      listenersFile: join(folder, "listeners.json"),
      // Each row waits for its histograms.
      more: { stats_flush_interval: "0.2s" },
    });
    admin = rig.envoy.admin;
  });
  afterAll(async () => {
    await rig.envoy.stop();
    server.close();
    rmSync(folder, { recursive: true });
  });

  test("the server refuses → upstream_unreachable", async () => {
    await (
      await openClient(rig.port("refused"))
    ).ended;
    const book = await ended("refused", 1);
    expect(book).toEqual({ connections_total: 1, ...endOf("upstream_unreachable") });
  });

  test("a listener's filter is configured anew: old connections keep theirs, new ones have the new one", async () => {
    const port = updated.port ?? 0;
    const before = await outstanding(port);
    offer({ ...updated, filters: [ldap({ stat_prefix: "fresh", verbosity: "low" })] });
    await vi.waitFor(async () => {
      const draining = "envoy_listener_manager_total_filter_chains_draining";
      expect((await rig.envoy.scrape()).find(({ name }) => name === draining)?.value).toBe(1);
    }, PATIENCE);
    const after = await outstanding(port);
    for (const { client, server: far, answer } of [before, after]) {
      await answer();
      client.finish();
      far.finish();
    }
    for (const prefix of ["old", "fresh"]) {
      const book = await ended(prefix, 1);
      expect(book).toMatchObject({ connections_total: 1, ...endOf("client_close"), ...BOTH });
      // What only the old configuration has.
      expect(sum(book, "searches_total")).toBe(prefix === "old" ? 1 : 0);
    }
  });

  test.each(TRAPPED)("%s: a module that traps beside ours takes nothing of ours along", async (name) => {
    const start = rig.envoy.log.length;
    for (let i = 0; i < 2; i++) {
      const { client, server: far, answer } = await outstanding(rig.port(name));
      await answer();
      client.finish();
      far.finish();
    }
    expect(rig.envoy.log.slice(start)).toMatch(/proxy_on_downstream_data.*failed/);
    const book = await ended(name, 2);
    expect(book).toMatchObject({
      connections_total: 2,
      [key("connection_ends_total", { reason: "client_close" })]: 2,
      [key("operations_total", { outcome: "answered" })]: 4,
    });
  });

  test.each(ROWS)("$name → $reason, the search is $search", async ({ name, reason, search, act }) => {
    await act(await outstanding(rig.port(name)));
    const book = await ended(name, 1);
    const outcomes: Books =
      search === "answered"
        ? BOTH
        : {
            [key("operations_total", { outcome: "answered" })]: 1,
            [key("operations_total", { outcome: "unanswered" })]: 1,
          };
    expect(book).toMatchObject({ connections_total: 1, ...endOf(reason), ...outcomes });
  });

  /** A connection on which a bind was answered, and a search reached the server. */
  async function outstanding(port: number): Promise<Outstanding> {
    const pair = await server.pair(port);
    const send = async (bytes: Buffer): Promise<void> => {
      pair.client.send(bytes.toString("latin1"));
      await pair.server.has(bytes.toString("latin1"));
    };
    const answer = async (bytes: Buffer): Promise<void> => {
      pair.server.send(bytes.toString("latin1"));
      await pair.client.has(bytes.toString("latin1"));
    };
    await send(bindRequest(1, "cn=ann", "secret"));
    await answer(result(1, BIND_RESPONSE));
    await send(search(2, "dc=test"));
    return { ...pair, answer: () => answer(result(2, SEARCH_DONE)) };
  }

  /** The book when all connections are over: in balance, with the gauges at 0. */
  async function ended(prefix: string, connections: number): Promise<Books> {
    const book = await settled(rig.envoy, connections, { protocol: "ldap", prefix });
    expect(ldapViolations(book)).toEqual([]);
    expect(sum(book, "connections_active") + sum(book, "operations_active")).toBe(0);
    return book;
  }

  function offer(listener: ListenerOptions): void {
    // Envoy watches for the move, not for the writing.
    writeFileSync(join(folder, "next.json"), listenersFile([listener]));
    renameSync(join(folder, "next.json"), join(folder, "listeners.json"));
  }
});

/** Bind and search. */
const BOTH: Books = { [key("operations_total", { outcome: "answered" })]: 2 };

/** Dies at the first byte from the client. */
const TRAPPING = `(func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32) unreachable)`;

function endOf(reason: string): Books {
  return { [key("connection_ends_total", { reason })]: 1 };
}
