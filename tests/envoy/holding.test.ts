// While a filter waits for an HTTP server, what the client sends stays with Envoy: at most its buffer limit, delivered
// once and in order. The filter is the example `authorizer`; what waits with the client's bytes differs by listener.

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { cluster, type ListenerOptions } from "../../host/envoy/bootstrap.ts";
import { modulePath } from "../support/modules.ts";
import { Peer, Upstream } from "../support/sockets.ts";
import { Gate } from "./support/gate.ts";
import { describeWith } from "./support/requirements.ts";
import { startRig, type Rig } from "./support/rig.ts";
import { does } from "./support/version.ts";

/** What Envoy keeps of a connection, about. */
const BUFFER_LIMIT = 16 * 1024;

/** It reads this much at a time, so it stops only so far beyond the limit. */
const MOST_READ_AT_ONCE = 128 * 1024;

/** More than Envoy and the kernel's buffers of both sides keep. */
const FLOOD_BYTES = 16 * 1024 * 1024;

/** A busy machine may take its time. */
const WAIT = { timeout: 20_000, interval: 20 };

const EARLY = { upstream_connect_mode: "ON_DOWNSTREAM_DATA", max_early_data_bytes: 65_536 };

/** How a listener holds. `reads`: Envoy reads from the client meanwhile; `connects`: the server is there. */
const WAYS = [
  { name: "new_connection", configuration: {}, tcpProxy: {}, reads: false, connects: false },
  { name: "first_bytes", configuration: {}, tcpProxy: EARLY, reads: true, connects: false },
  { name: "data", configuration: { connect_early: true }, tcpProxy: {}, reads: true, connects: true },
] as const;

type Way = (typeof WAYS)[number];

/** Those that the Envoy under test has. */
const POSSIBLE = WAYS.filter(({ name }) => name !== "first_bytes" || does("connect-mode"));

/** Every four bytes are their own place, so that nothing can be missing, doubled or exchanged. */
function numbered(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 4) bytes.writeUInt32LE(at, at);
  return bytes;
}

describeWith(["envoy"], "bytes that a filter holds, on Envoy", () => {
  let upstream: Upstream;
  let gate: Gate;
  let rig: Rig;

  beforeAll(async () => {
    upstream = await Upstream.start();
    gate = await Gate.start();
    const hurried = ["allow", "deny"].map((when_down) => ({
      name: `late_${when_down}`,
      configuration: { timeout_ms: 200, when_down },
      tcpProxy: {},
    }));
    rig = await startRig({
      listeners: [...POSSIBLE, ...hurried].map(({ name, configuration, tcpProxy }): ListenerOptions => ({
        name,
        upstream: upstream.port,
        tcpProxy,
        filters: [
          {
            module: modulePath("examples/authorizer"),
            configuration: { stat_prefix: name, timeout_ms: 60_000, ...configuration },
          },
        ],
        more: { per_connection_buffer_limit_bytes: BUFFER_LIMIT },
      })),
      clusters: [cluster("authorizer", gate.port)],
      stats: { protocols: ["authorizer"], labels: ["answer"] },
    });
  });
  afterAll(async () => {
    await rig.envoy.stop();
    upstream.stop();
    gate.stop();
  });

  /** A gauge or counter of a listener's. */
  async function metric(way: Way, name: string, labels: Record<string, string> = {}): Promise<number> {
    const wanted = Object.entries(labels);
    let sum = 0;
    for (const { name: found, labels: its, value } of await rig.envoy.scrape()) {
      const isOurs = found === name && Object.values(its).includes(way.name);
      if (isOurs && wanted.every(([label, text]) => its[label] === text)) sum += value;
    }
    return sum;
  }

  /** What Envoy keeps of the clients' bytes. */
  const kept = (way: Way): Promise<number> => metric(way, "envoy_tcp_downstream_cx_rx_bytes_buffered");
  const answered = (way: Way, answer: string): Promise<number> =>
    metric(way, "authorizer_answers_total", { answer });
  const left = (way: Way): Promise<number> => metric(way, "authorizer_left_total");

  async function becomes(value: () => Promise<number>, expected: number): Promise<void> {
    await vi.waitFor(async () => expect(await value()).toBe(expected), WAIT);
  }

  interface Asked {
    readonly client: Peer;
    /** Answers, after a look whether anything has reached a server so far. */
    readonly answer: (status: number) => Promise<void>;
    /** The server's side, once there is one. */
    readonly server: () => Promise<Peer>;
  }

  /** A client about whom the gate is asked. */
  async function asked(way: Way): Promise<Asked> {
    const place = upstream.accepted.length;
    const server = (): Promise<Peer> => serverAt(place);
    const asking = gate.next();
    const client = await Peer.connect(rig.port(way.name));
    const question = await asking;
    if (way.connects) await server();
    const answer = async (status: number): Promise<void> => {
      await kept(way); // time for what should not happen
      expect(upstream.accepted[place]?.text).toBe(way.connects ? "" : undefined);
      question.answer(status);
    };
    return { client, answer, server };
  }

  async function serverAt(place: number): Promise<Peer> {
    return vi.waitFor(() => upstream.accepted[place] ?? expect.fail("no server was connected"), WAIT);
  }

  /** Both sides end; each hears of it. */
  async function bothEnd(client: Peer, server: Peer): Promise<void> {
    await server.until(({ ended }) => ended);
    server.socket.end("bye");
    await client.until(({ ended }) => ended);
    expect(client.text).toBe("bye");
  }

  describe.each(POSSIBLE)("$name", (way) => {
    test("come once and in order when they are let go", async () => {
      const { client, answer, server } = await asked(way);
      client.send("one ");
      if (way.reads) await becomes(() => kept(way), 4);
      client.send("two ");
      if (way.reads) await becomes(() => kept(way), 8);
      await answer(200);
      const other = await server();
      await other.until(({ text }) => text === "one two ");
      client.socket.end("three");
      await bothEnd(client, other);
      expect(other.text).toBe("one two three");
    });

    test("stay where they are beyond the limit, and none of them is lost", async () => {
      const { client, answer, server } = await asked(way);
      const flood = numbered(FLOOD_BYTES);
      client.socket.end(flood);
      if (way.reads)
        await vi.waitFor(async () => expect(await kept(way)).toBeGreaterThan(BUFFER_LIMIT), WAIT);
      const most = await kept(way);
      expect(most).toBeLessThanOrEqual(way.reads ? BUFFER_LIMIT + MOST_READ_AT_ONCE : 0);
      expect(client.socket.writableLength).toBeGreaterThan(0);
      await answer(200);
      const other = await server();
      await bothEnd(client, other);
      expect(other.received.equals(flood)).toBe(true);
      await becomes(() => kept(way), 0);
    });

    test("go on with the client's end of stream", async () => {
      const { client, answer, server } = await asked(way);
      client.socket.end("hello");
      if (way.reads) await becomes(() => kept(way), 5);
      await answer(200);
      const other = await server();
      await bothEnd(client, other);
      expect(other.text).toBe("hello");
    });

    test("may be none: the client's end of stream alone", async () => {
      const servers = upstream.accepted.length;
      const before = await answered(way, "allow");
      const { client, answer, server } = await asked(way);
      client.socket.end();
      await answer(200);
      if (way.name === "first_bytes") {
        // Without a byte tcp_proxy connects no server, and waits for its idle timeout.
        await becomes(() => answered(way, "allow"), before + 1);
        expect(upstream.accepted.length).toBe(servers);
        client.socket.destroy();
        return;
      }
      const other = await server();
      await bothEnd(client, other);
      expect(other.text).toBe("");
    });

    test("go nowhere when the client is closed", async () => {
      const before = await answered(way, "deny");
      const servers = upstream.accepted.length;
      const { client, answer, server } = await asked(way);
      client.send("hello");
      if (way.reads) await becomes(() => kept(way), 5);
      await answer(403);
      await client.gone();
      if (way.connects) {
        const other = await server();
        await other.gone();
        expect(other.text).toBe("");
      }
      expect(upstream.accepted.length).toBe(servers + (way.connects ? 1 : 0));
      await becomes(() => answered(way, "deny"), before + 1);
    });

    test("go nowhere when the client is gone, which Envoy notices if it reads", async () => {
      const before = {
        left: await left(way),
        allowed: await answered(way, "allow"),
        servers: upstream.accepted.length,
      };
      const { client, answer, server } = await asked(way);
      client.send("hello");
      if (way.reads) await becomes(() => kept(way), 5);
      client.socket.resetAndDestroy();
      if (way.reads) await becomes(() => left(way), before.left + 1);
      await answer(200);
      if (!way.reads) await becomes(() => answered(way, "allow"), before.allowed + 1);
      if (way.connects || !way.reads) {
        const other = await server();
        await other.gone();
        expect(other.text).toBe(way.reads || does("client-reset") ? "" : "hello");
      }
      await becomes(() => kept(way), 0);
      expect(upstream.accepted.length).toBe(before.servers + (way.connects || !way.reads ? 1 : 0));
    });
  });

  test("go on after the time for an answer is over, if that is configured", async () => {
    const server = upstream.next();
    const client = await Peer.connect(rig.port("late_allow"));
    client.socket.end("hello");
    await gate.next(); // and no answer
    const other = await server;
    await bothEnd(client, other);
    expect(other.text).toBe("hello");
  });

  test("go nowhere when it is over, if that is configured", async () => {
    const servers = upstream.accepted.length;
    const client = await Peer.connect(rig.port("late_deny"));
    client.send("hello");
    await gate.next();
    await client.gone();
    expect(upstream.accepted.length).toBe(servers);
  });
});
