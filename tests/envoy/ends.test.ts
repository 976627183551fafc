// Why a session ended, on the real Envoy: which ends of stream, peer and response flags mean what.

import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cluster, listenersFile, type ListenerOptions } from "../../host/envoy/bootstrap.ts";
import { findEnvoy } from "../../host/envoy/find.ts";
import { anyPort } from "../../host/envoy/ports.ts";
import { startBlackHole, type BlackHole } from "./support/black-hole.ts";
import { settled, sum, violations } from "./support/books.ts";
import { openClient, ScriptedMailServer } from "./support/peers.ts";
import { describeWith } from "./support/requirements.ts";
import { smtp, startRig, type Rig } from "./support/rig.ts";
import { RESET_REASON } from "./support/version.ts";

interface Row {
  /** What happens; also names the listener and its metrics. */
  readonly name: string;
  readonly reason: string;
  /** Default: the scripted server. */
  readonly upstream?: string;
  readonly tcpProxy?: object;
  readonly act: (stage: Stage) => Promise<void>;
}

/** What a row plays with. */
interface Stage {
  readonly server: ScriptedMailServer;
  /** The listener of the row. */
  readonly port: number;
}

const HALF_SECOND = "0.5s";

/** More than the buffers between the two ends take. */
const FLOOD = "250 more\r\n".repeat(800_000);

const ROWS: readonly Row[] = [
  {
    name: "client_fin",
    reason: "client_close",
    act: async ({ server, port }) => {
      const pair = await server.pair(port);
      pair.client.finish();
      pair.server.finish();
    },
  },
  {
    name: "client_fin_server_still_writes",
    reason: "client_close",
    act: async ({ server, port }) => {
      const pair = await server.pair(port);
      pair.server.socket.once("end", () => pair.server.send("250 late\r\n"));
      pair.client.finish();
      await pair.client.has("250 late\r\n");
      pair.server.finish();
    },
  },
  {
    name: "client_fin_server_reset",
    reason: "client_close",
    act: async ({ server, port }) => {
      const pair = await server.pair(port);
      pair.server.socket.once("end", () => pair.server.reset());
      pair.client.finish();
    },
  },
  {
    name: "client_fin_then_idle",
    reason: "client_close",
    tcpProxy: { idle_timeout: HALF_SECOND },
    act: async ({ server, port }) => {
      const pair = await server.pair(port);
      pair.client.finish();
    },
  },
  {
    name: "client_reset",
    reason: "client_close",
    act: async ({ server, port }) => {
      const pair = await server.pair(port);
      pair.client.reset();
    },
  },
  {
    name: "client_reset_after_write",
    reason: "client_close",
    act: async ({ server, port }) => {
      const pair = await server.pair(port);
      pair.client.send("NOOP\r\n");
      pair.client.reset();
    },
  },
  {
    name: "client_reset_while_server_sends",
    reason: "client_close",
    act: async ({ server, port }) => {
      const pair = await server.pair(port);
      pair.server.send(FLOOD);
      await pair.client.has("250 more\r\n");
      pair.client.reset();
    },
  },
  {
    name: "server_fin",
    reason: "server_close",
    act: async ({ server, port }) => {
      const pair = await server.pair(port);
      pair.client.socket.once("end", () => pair.client.finish());
      pair.server.finish();
    },
  },
  {
    name: "server_fin_client_reset",
    reason: "server_close",
    act: async ({ server, port }) => {
      const pair = await server.pair(port);
      pair.client.socket.once("end", () => pair.client.reset());
      pair.server.finish();
    },
  },
  {
    name: "server_fin_then_idle",
    reason: "server_close",
    tcpProxy: { idle_timeout: HALF_SECOND },
    act: async ({ server, port }) => {
      const pair = await server.pair(port);
      pair.server.finish();
    },
  },
  {
    name: "server_fin_and_gone",
    reason: "server_close",
    act: async ({ server, port }) => {
      const pair = await server.pair(port);
      pair.client.socket.once("end", () => {
        pair.server.socket.destroy();
        // Envoy only learns from a write that fails, which is the one after the first.
        const writing = setInterval(() => pair.client.send("NOOP\r\n"), 20);
        pair.client.socket.once("close", () => clearInterval(writing));
      });
      pair.server.finish();
    },
  },
  {
    name: "server_reset",
    reason: RESET_REASON,
    act: async ({ server, port }) => {
      const pair = await server.pair(port);
      pair.server.reset();
    },
  },
  {
    name: "server_reset_after_reply",
    reason: RESET_REASON,
    act: async ({ server, port }) => {
      const pair = await server.pair(port);
      pair.client.send("NOOP\r\n");
      await pair.server.has("NOOP\r\n");
      pair.server.send("250 ok\r\n");
      pair.server.reset();
    },
  },
  { name: "refused", reason: "upstream_unreachable", upstream: "refused", act: connectOnly },
  { name: "connect_timeout", reason: "upstream_unreachable", upstream: "black_hole", act: connectOnly },
  {
    name: "client_reset_while_connecting",
    reason: "upstream_unreachable",
    upstream: "black_hole",
    act: async ({ port }) => {
      (await openClient(port)).reset();
    },
  },
  { name: "upstream_tls_fails", reason: "upstream_unreachable", upstream: "tls", act: connectOnly },
  { name: "no_host", reason: "upstream_unreachable", upstream: "empty", act: connectOnly },
  { name: "no_cluster", reason: "upstream_unreachable", upstream: "nowhere", act: connectOnly },
  { name: "breaker", reason: "upstream_unreachable", upstream: "breaker", act: connectOnly },
  {
    name: "idle_timeout",
    reason: "proxy_close",
    tcpProxy: { idle_timeout: HALF_SECOND },
    act: async ({ server, port }) => {
      await server.pair(port);
    },
  },
  {
    name: "max_duration",
    reason: "proxy_close",
    tcpProxy: { max_downstream_connection_duration: HALF_SECOND },
    act: async ({ server, port }) => {
      await server.pair(port);
    },
  },
];

async function connectOnly({ port }: Stage): Promise<void> {
  await openClient(port);
}

describeWith(["envoy"], "reason of end", () => {
  const folder = mkdtempSync(join(tmpdir(), "heirloom-ends-"));
  const removable: ListenerOptions[] = [];
  let server: ScriptedMailServer;
  let fragile: ScriptedMailServer;
  let blackHole: BlackHole;
  let rig: Rig;

  beforeAll(async () => {
    server = await new ScriptedMailServer().listen();
    fragile = await new ScriptedMailServer().listen();
    blackHole = await startBlackHole();
    const own = (row: Pick<Row, "name" | "upstream" | "tcpProxy">): ListenerOptions => ({
      name: row.name,
      upstream: row.upstream ?? server.port,
      filters: [smtp({ stat_prefix: row.name })],
      tcpProxy: row.tcpProxy,
    });
    removable.push({ ...own({ name: "removed" }), port: await anyPort() });
    writeListeners(removable);
    rig = await startRig({
      binary: withArguments(["--drain-time-s", "1"]),
      // Each row waits for its histograms.
      more: { stats_flush_interval: "0.2s" },
      listeners: [
        ...ROWS.map(own),
        own({ name: "drained" }),
        own({ name: "unhealthy", upstream: "fragile" }),
      ],
      listenersFile: join(folder, "listeners.json"),
      clusters: [
        cluster("refused", await anyPort()),
        cluster("black_hole", blackHole.port, { connect_timeout: HALF_SECOND }),
        cluster("empty", undefined),
        cluster("breaker", server.port, { circuit_breakers: { thresholds: [{ max_connections: 0 }] } }),
        cluster("tls", server.port, { transport_socket: upstreamTls() }),
        cluster("fragile", fragile.port, dropsWhatIsUnhealthy()),
      ],
    });
  });
  afterAll(async () => {
    await rig.envoy.stop();
    server.close();
    fragile.close();
    blackHole.stop();
    rmSync(folder, { recursive: true });
  });

  test.each(ROWS)("$name → $reason", async ({ name, reason, act }) => {
    await act({ server, port: rig.port(name) });
    await expectEnd(name, reason);
  });

  test("the server becomes unhealthy → proxy_close", async () => {
    const client = await openClient(rig.port("unhealthy"));
    await client.has("220");
    fragile.close();
    await expectEnd("unhealthy", "proxy_close");
  });

  test("its listener is removed → proxy_close when the drain time is over", async () => {
    await server.pair(removable[0]?.port ?? 0);
    writeListeners([]);
    await expectEnd("removed", "proxy_close");
  });

  test("listeners drain → the session goes on and ends as its peers end it", async () => {
    const pair = await server.pair(rig.port("drained"));
    await fetch(`${rig.envoy.admin}/drain_listeners`, { method: "POST" });
    pair.client.send("NOOP\r\n");
    await pair.server.has("NOOP\r\n");
    pair.client.finish();
    pair.server.finish();
    await expectEnd("drained", "client_close");
  });

  async function expectEnd(prefix: string, reason: string): Promise<void> {
    const book = await settled(rig.envoy, 1, { prefix });
    const ends = Object.entries(book).filter(([entry]) => entry.startsWith("session_ends_total"));
    expect(ends).toEqual([[`session_ends_total{reason="${reason}"}`, 1]]);
    expect(sum(book, "sessions_total")).toBe(1);
    expect(violations(book)).toEqual([]);
  }

  function writeListeners(listeners: readonly ListenerOptions[]): void {
    // Envoy watches for the move, not for the writing.
    writeFileSync(join(folder, "next.json"), listenersFile(listeners));
    renameSync(join(folder, "next.json"), join(folder, "listeners.json"));
  }

  /** Envoy behind a program that adds arguments. */
  function withArguments(words: readonly string[]): string {
    const file = join(folder, "envoy");
    writeFileSync(file, `#!/bin/sh\nexec "${envoyPath}" "$@" ${words.join(" ")}\n`);
    chmodSync(file, 0o755);
    return file;
  }
});

const envoyPath = (await findEnvoy()) ?? "";

function upstreamTls(): object {
  const type = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";
  return { name: "tls", typed_config: { "@type": type } };
}

function dropsWhatIsUnhealthy(): object {
  const often = { timeout: "0.2s", interval: "0.2s", no_traffic_interval: "0.2s" };
  return {
    close_connections_on_host_health_failure: true,
    health_checks: [{ ...often, unhealthy_threshold: 1, healthy_threshold: 1, tcp_health_check: {} }],
  };
}
