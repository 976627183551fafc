import { afterEach, describe, expect, test } from "vitest";
import { ConfigurationRejected, parsePrometheus, type HostModule } from "../../host/index.ts";
import { ProxyServer, type ProxyServerOptions } from "../../host/proxy/server.ts";
import { startBlackHole } from "../envoy/support/black-hole.ts";
import { Peer, Upstream, closedPort } from "../support/sockets.ts";
import { watModule } from "../support/wat.ts";

/** Counts bytes per direction, and logs who closed (1 local, 2 remote) and each end of stream (C or S). */
const COUNTING = `
  (data (i32.const 16) "t.p.c_total") (data (i32.const 32) "t.p.s_total") (data (i32.const 48) "t.p.active") (data (i32.const 60) "CS")
  (func (export "proxy_on_configure") (param i32 i32) (result i32)
    (drop (call $define (i32.const 0) (i32.const 16) (i32.const 11) (i32.const 8)))
    (drop (call $define (i32.const 0) (i32.const 32) (i32.const 11) (i32.const 8)))
    (drop (call $define (i32.const 1) (i32.const 48) (i32.const 10) (i32.const 8)))
    (i32.const 1))
  (func $count (param $id i32) (param $size i32)
    (if (local.get $size) (then (drop (call $increment (local.get $id) (i64.extend_i32_u (local.get $size)))))))
  (func (export "proxy_on_new_connection") (param i32) (result i32)
    (drop (call $increment (i32.const 5) (i64.const 1))) (i32.const 0))
  (func (export "proxy_on_downstream_data") (param i32) (param $size i32) (param $end i32) (result i32)
    (call $count (i32.const 4) (local.get $size))
    (if (local.get $end) (then (drop (call $log (i32.const 2) (i32.const 60) (i32.const 1)))))
    (i32.const 0))
  (func (export "proxy_on_upstream_data") (param i32) (param $size i32) (param $end i32) (result i32)
    (call $count (i32.const 8) (local.get $size))
    (if (local.get $end) (then (drop (call $log (i32.const 2) (i32.const 61) (i32.const 1)))))
    (i32.const 0))
  (func (export "proxy_on_downstream_connection_close") (param i32) (param $peer i32)
    (drop (call $increment (i32.const 5) (i64.const -1)))
    (call $note (local.get $peer)) (call $flush))`;

const LOCAL = "\x01";
const REMOTE = "\x02";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function upstreamServer(): Promise<Upstream> {
  const upstream = await Upstream.start();
  cleanups.push(() => upstream.stop());
  return upstream;
}

async function proxyTo(
  port: number,
  module: HostModule | Promise<HostModule> = watModule(COUNTING),
  more: Partial<ProxyServerOptions> = {},
) {
  const events: string[] = [];
  const proxy = await ProxyServer.start({
    module: await module,
    listen: { host: "127.0.0.1", port: 0 },
    upstream: { host: "127.0.0.1", port },
    log: (_, text) => events.push(text),
    ...more,
  });
  cleanups.push(() => proxy.stop());
  return { proxy, events };
}

async function joined(upstream: Upstream, proxy: ProxyServer): Promise<{ client: Peer; server: Peer }> {
  const accepted = upstream.next();
  const client = await Peer.connect(proxy.listen.port);
  cleanups.push(() => client.socket.destroy());
  return { client, server: await accepted };
}

describe("the proxy", () => {
  test("passes bytes both ways, the server may speak first", async () => {
    const upstream = await upstreamServer();
    const { proxy } = await proxyTo(upstream.port);
    const { client, server } = await joined(upstream, proxy);
    server.send("220 hello\r\n");
    await client.until(({ text }) => text === "220 hello\r\n");
    client.send("EHLO x\r\n");
    await server.until(({ text }) => text === "EHLO x\r\n");
    expect(proxy.vm.stats.value("t.p.c_total")).toBe(8);
    expect(proxy.vm.stats.value("t.p.s_total")).toBe(11);
    expect(proxy.vm.stats.value("t.p.active")).toBe(1);
  });

  test("keeps half-close: the client's FIN first, the answer still arrives; Envoy calls that a local close", async () => {
    const upstream = await upstreamServer();
    const { proxy, events } = await proxyTo(upstream.port);
    const { client, server } = await joined(upstream, proxy);
    client.socket.end("ask");
    await server.until(({ ended }) => ended);
    expect(server.text).toBe("ask");
    expect(client.ended).toBe(false);
    server.socket.end("answer");
    await client.until(({ ended }) => ended);
    expect(client.text).toBe("answer");
    await client.until(({ closed }) => closed);
    expect(events).toEqual(["C", "S", LOCAL]);
    expect(proxy.vm.stats.value("t.p.active")).toBe(0);
  });

  test("keeps half-close: the server's FIN first, the client's last words still arrive; a remote close", async () => {
    const upstream = await upstreamServer();
    const { proxy, events } = await proxyTo(upstream.port);
    const { client, server } = await joined(upstream, proxy);
    server.socket.end("221 bye");
    await client.until(({ ended }) => ended);
    client.socket.end("thanks");
    await server.until(({ ended }) => ended);
    expect(server.text).toBe("thanks");
    await server.until(({ closed }) => closed);
    expect(events).toEqual(["S", "C", REMOTE]);
  });

  test("a reset by the client closes the upstream; no end of stream is told", async () => {
    const upstream = await upstreamServer();
    const { proxy, events } = await proxyTo(upstream.port);
    const { client, server } = await joined(upstream, proxy);
    client.send("x");
    await server.until(({ text }) => text === "x");
    client.socket.resetAndDestroy();
    await server.until(({ ended, failed }) => ended || failed);
    expect(events).toEqual([REMOTE]);
  });

  test("a reset by the server closes the client; a local close", async () => {
    const upstream = await upstreamServer();
    const { proxy, events } = await proxyTo(upstream.port);
    const { client, server } = await joined(upstream, proxy);
    client.send("x");
    await server.until(({ text }) => text === "x");
    server.socket.resetAndDestroy();
    await client.until(({ ended, failed }) => ended || failed);
    expect(events).toEqual([LOCAL]);
  });

  test("an upstream that refuses closes the client and sets the response flag", async () => {
    const flags = `(data (i32.const 16) "response\\00flags")
      (func (export "proxy_on_log") (param i32)
        (call $note (call $get_property (i32.const 16) (i32.const 14) (i32.const 8) (i32.const 12)))
        (call $note (i32.load8_u (i32.load (i32.const 8)))) (call $flush))`;
    const { proxy, events } = await proxyTo(await closedPort(), watModule(flags));
    const client = await Peer.connect(proxy.listen.port);
    client.send("x");
    await client.until(({ closed, ended, failed }) => closed || ended || failed);
    expect(events).toEqual(["\0\x20"]);
  });

  test("an upstream that refuses, or that nobody answers at, is counted as Envoy does, and told", async () => {
    const hole = await startBlackHole();
    cleanups.push(() => hole.stop());
    const told: string[] = [];
    const watched = {
      clusterName: "mail",
      connectTimeoutMs: 200,
      onUpstreamFailure: (_: unknown, reason: string) => told.push(reason),
    };
    for (const [port, reason, timeouts] of [
      [await closedPort(), "Connection refused", 0n],
      [hole.port, "Connection timed out", 1n],
    ] as const) {
      const { proxy, events } = await proxyTo(port, watModule(COUNTING), watched);
      const client = await Peer.connect(proxy.listen.port);
      await client.until(({ closed, ended, failed }) => closed || ended || failed);
      const { stats } = proxy.vm;
      const own = (name: string): bigint => stats.defineOwn("counter", `cluster.mail.${name}`).value;
      expect(told.splice(0)).toEqual([reason]);
      expect(own("upstream_cx_total")).toBe(1n);
      expect(own("upstream_cx_connect_fail")).toBe(1n);
      expect(own("upstream_cx_connect_timeout")).toBe(timeouts);
      expect(stats.defineOwn("gauge", "cluster.mail.upstream_cx_active").value).toBe(0n);
      expect(events).toEqual([LOCAL]);
    }
  });

  test("an upstream that resets is told, and is no failure to connect", async () => {
    const told: string[] = [];
    const upstream = await upstreamServer();
    const { proxy } = await proxyTo(upstream.port, watModule(COUNTING), {
      clusterName: "mail",
      onUpstreamFailure: (_, reason) => told.push(reason),
    });
    const { client, server } = await joined(upstream, proxy);
    server.send("220 hello\r\n");
    await client.until(({ text }) => text !== "");
    server.socket.resetAndDestroy();
    await client.until(({ ended, failed }) => ended || failed);
    expect(told).toEqual(["Connection reset by peer"]);
    expect(proxy.vm.stats.defineOwn("counter", "cluster.mail.upstream_cx_connect_fail").value).toBe(0n);
  });

  test("a slow reader slows the sender down, and everything arrives", async () => {
    const upstream = await upstreamServer();
    const { proxy } = await proxyTo(upstream.port);
    const { client, server } = await joined(upstream, proxy);
    server.socket.pause();
    const size = 32 * 1024 * 1024;
    const block = Buffer.alloc(64 * 1024, "x");
    let queued = 0;
    const fill = (): void => {
      while (queued < size) {
        queued += block.length;
        if (!client.socket.write(block)) {
          client.socket.once("drain", fill);
          return;
        }
      }
      client.socket.end();
    };
    fill();
    // Nobody reads: what the proxy took in stays far below what was offered.
    let before = -1;
    while (proxy.vm.stats.value("t.p.c_total") !== before) {
      before = proxy.vm.stats.value("t.p.c_total") ?? 0;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(before).toBeLessThan(size / 2);
    let received = 0;
    server.socket.removeAllListeners("data");
    server.socket.on("data", (bytes) => (received += bytes.length));
    server.socket.resume();
    await server.until(({ ended }) => ended);
    expect(received).toBe(size);
    expect(proxy.vm.stats.value("t.p.c_total")).toBe(size);
  });

  test("the filter can close", async () => {
    const closing = `(func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32)
      (drop (call $close (i32.const 2))) (i32.const 0))`;
    const upstream = await upstreamServer();
    const { proxy } = await proxyTo(upstream.port, watModule(closing));
    const { client, server } = await joined(upstream, proxy);
    client.send("x");
    await client.until(({ ended, failed }) => ended || failed);
    await server.until(({ ended, failed }) => ended || failed);
    expect(server.text).toBe("");
  });

  test("a filter that traps is passed by", async () => {
    const trapping = `(func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32) (unreachable))`;
    const upstream = await upstreamServer();
    const { proxy } = await proxyTo(upstream.port, watModule(trapping));
    const { client, server } = await joined(upstream, proxy);
    client.send("x");
    await server.until(({ text }) => text === "x");
    server.send("y");
    await client.until(({ text }) => text === "y");
    expect(proxy.vm.failure).toContain("unreachable");
  });

  test("stop closes what is open; ticks run by themselves until then", async () => {
    const ticking = `(data (i32.const 16) "t.p.ticks_total")
      (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (drop (call $define (i32.const 0) (i32.const 16) (i32.const 15) (i32.const 8)))
        (drop (call $tick (i32.const 10))) (i32.const 1))
      (func (export "proxy_on_tick") (param i32) (drop (call $increment (i32.const 4) (i64.const 1))))`;
    const upstream = await upstreamServer();
    const { proxy } = await proxyTo(upstream.port, watModule(ticking));
    const { client } = await joined(upstream, proxy);
    while ((proxy.vm.stats.value("t.p.ticks_total") ?? 0) < 3)
      await new Promise((resolve) => setTimeout(resolve, 10));
    await proxy.stop();
    await client.until(({ ended, failed }) => ended || failed);
    await expect(Peer.connect(proxy.listen.port)).rejects.toThrow("ECONNREFUSED");
  });

  test("a refused configuration and a port in use are errors of one line", async () => {
    const upstream = await upstreamServer();
    const refusing = watModule(
      '(func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 0))',
    );
    await expect(proxyTo(upstream.port, refusing)).rejects.toThrow(ConfigurationRejected);
    const taken = { host: "127.0.0.1", port: upstream.port };
    await expect(proxyTo(1, undefined, { listen: taken })).rejects.toThrow(
      `127.0.0.1:${upstream.port} is in use`,
    );
    await expect(proxyTo(1, undefined, { admin: taken })).rejects.toThrow(
      `127.0.0.1:${upstream.port} is in use`,
    );
  });
});

describe("the admin interface", () => {
  test("answers like Envoy's", async () => {
    const upstream = await upstreamServer();
    const { proxy } = await proxyTo(upstream.port, undefined, { admin: { host: "127.0.0.1", port: 0 } });
    const { client, server } = await joined(upstream, proxy);
    client.send("abc");
    await server.until(({ text }) => text === "abc");
    const get = async (path: string): Promise<[number, string]> => {
      const response = await fetch(`http://127.0.0.1:${proxy.admin?.port}${path}`);
      return [response.status, await response.text()];
    };
    expect(await get("/ready")).toEqual([200, "LIVE\n"]);
    expect((await get("/stats"))[1]).toContain("wasmcustom.t.p.c_total: 3\n");
    const [, metrics] = await get("/stats/prometheus");
    expect(parsePrometheus(metrics)).toContainEqual({ name: "t_p_c_total", labels: {}, value: 3 });
    expect((await get("/stats?format=prometheus"))[1]).toBe(metrics);
    expect((await get("/stats?usedonly&filter=total"))[1]).toBe("wasmcustom.t.p.c_total: 3\n");
    expect((await get("/stats?filter=("))[0]).toBe(400);
    expect((await get("/"))[1]).toContain('href="/stats/prometheus"');
    expect((await get("/nothing"))[0]).toBe(404);
  });
});
