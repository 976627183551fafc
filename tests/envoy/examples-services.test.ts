// The examples that use services, on an Envoy of two workers: what docs/examples.md cannot show by one connection after
// the other.

import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { startExample, type ExampleStart, type RunningExample } from "../../demo/examples/start.ts";
import { findEnvoy } from "../../host/envoy/find.ts";
import { Peer } from "../support/sockets.ts";
import { describeWith } from "./support/requirements.ts";
import { does } from "./support/version.ts";

/** A busy machine may take its time, and filters hand over their counts once a second. */
const WAIT = { timeout: 20_000, interval: 50 };

describeWith(["envoy"], "examples that use services, on two workers", () => {
  let running: RunningExample | undefined;

  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });

  async function start(name: string, settings: ExampleStart["settings"] = {}): Promise<RunningExample> {
    const envoy = (await findEnvoy()) ?? "";
    running = await startExample(name, { envoy, ports: "free", workers: 2, settings });
    return running;
  }

  /** A client with an address of its own. */
  async function client({ addressFor }: RunningExample, from = "127.0.0.1"): Promise<Peer> {
    const socket = connect({ ...addressFor(10_000), localAddress: from, allowHalfOpen: true });
    const peer = new Peer(socket);
    await once(socket, "connect");
    return peer;
  }

  /** Whether it is let in: it gets its own word back, or is closed. */
  async function isLetIn(peer: Peer, word = "hello\n"): Promise<boolean> {
    peer.send(word);
    await peer.until(({ text, isOver }) => text === word || isOver);
    return peer.text === word;
  }

  async function leave(peer: Peer): Promise<void> {
    peer.socket.end();
    await peer.gone();
    peer.socket.destroy();
  }

  async function metric({ envoy }: RunningExample, name: string, value = ""): Promise<number> {
    let sum = 0;
    for (const sample of await envoy.scrape()) {
      if (sample.name !== name) continue;
      if (value === "" || Object.values(sample.labels).includes(value)) sum += sample.value;
    }
    return sum;
  }

  async function becomes(value: () => Promise<unknown>, expected: unknown): Promise<void> {
    await vi.waitFor(async () => expect(await value()).toEqual(expected), WAIT);
  }

  describe("shared-data", () => {
    test("counts an address over both workers, and forgets nobody's leaving", async () => {
      const example = await start("shared-data", { connections: 40 });
      for (let round = 1; round <= 2; round++) {
        const clients = await Promise.all(Array.from({ length: 60 }, () => client(example)));
        const letIn = await Promise.all(clients.map((one) => isLetIn(one)));
        expect(letIn.filter((is) => is).length).toBe(40);
        const other = await client(example, "127.0.0.2");
        expect(await isLetIn(other)).toBe(true);
        await Promise.all([...clients, other].map(leave));
        await becomes(() => metric(example, "envoy_listener_downstream_cx_active"), 0);
        await becomes(() => metric(example, "shared_data_connections_total", "accepted"), round * (40 + 1));
      }
      expect(await metric(example, "shared_data_connections_total", "refused")).toBe(2 * 20);
      expect(await metric(example, "shared_data_connections_total", "uncounted")).toBe(0);
      for (const worker of ["worker_0", "worker_1"])
        expect(await connections(example, worker)).toBeGreaterThan(0);
    });
  });

  /** How many connections a worker has had. */
  async function connections({ envoy }: RunningExample, worker: string): Promise<number> {
    const text = await (await fetch(`${envoy.admin}/stats?filter=${worker}.downstream_cx_total`)).text();
    return Number(/downstream_cx_total: (\d+)/.exec(text)?.[1] ?? 0);
  }

  describe("shared-queue", () => {
    test("the consumer in its own VM takes the record of every connection of both workers", async () => {
      const example = await start("shared-queue");
      const clients = await Promise.all(Array.from({ length: 50 }, () => client(example)));
      for (const one of clients) expect(await isLetIn(one)).toBe(true);
      await Promise.all(clients.map(leave));
      await becomes(() => metric(example, "shared_queue_taken_total"), 50);
      expect(await metric(example, "shared_queue_records_total", "queued")).toBe(50);
      expect(await metric(example, "shared_queue_records_total", "lost")).toBe(0);
      expect(await metric(example, "shared_queue_bytes_total")).toBe(50 * 2 * "hello\n".length);
      for (const worker of ["worker_0", "worker_1"])
        expect(await connections(example, worker)).toBeGreaterThan(0);
    });
  });

  describe("authorizer", () => {
    const answers = async (example: RunningExample): Promise<number[]> =>
      Promise.all(["allow", "deny", "none"].map((one) => metric(example, "authorizer_answers_total", one)));

    test("lets in by address, many at a time", async () => {
      const example = await start("authorizer");
      const clients = await Promise.all(
        Array.from({ length: 40 }, (_, i) => client(example, i % 2 === 0 ? "127.0.0.1" : "127.0.0.2")),
      );
      const letIn = await Promise.all(clients.map((one, i) => isLetIn(one, `hello ${i}\n`)));
      expect(letIn).toEqual(clients.map((_, i) => i % 2 === 0));
      await Promise.all(clients.map(leave));
      await becomes(() => answers(example), [20, 20, 0]);
    });

    test.each([
      ["deny", false],
      ["allow", true],
    ] as const)("does what is configured when nobody answers: %s", async (when_down, expected) => {
      const example = await start("authorizer", { when_down });
      await example.peers.get("authorizer")?.stop();
      const one = await client(example);
      expect(await isLetIn(one)).toBe(expected);
      await leave(one);
      await becomes(() => answers(example), [0, 0, 1]);
    });
  });

  describe.skipIf(!does("connect-mode"))("router", () => {
    test("chooses by the first bytes, however they come", async () => {
      const example = await start("router");
      for (const [parts, answer] of [
        [["S", "SH-2.0-me\n"], "ssh: SSH-2.0-me\n"],
        [["GET / HTTP/1.1\n"], "http: GET / HTTP/1.1\n"],
        [["\x16", "\x03\x01\n"], "tls: \x16\x03\x01\n"],
        [["EH", "LO me\n"], "EHLO me\n"],
        [["P", "O", "P\n"], "POP\n"],
      ] as const) {
        const one = await client(example);
        const before = await metric(example, "envoy_tcp_downstream_cx_rx_bytes_total");
        let sent = 0;
        for (const part of parts) {
          one.send(part);
          sent += part.length;
          if (!part.endsWith("\n"))
            await becomes(() => metric(example, "envoy_tcp_downstream_cx_rx_bytes_total"), before + sent);
        }
        await one.until(({ text }) => text === answer);
        await leave(one);
      }
      const counted = (): Promise<number[]> =>
        Promise.all(
          ["ssh", "http", "tls", "other"].map((one) => metric(example, "router_connections_total", one)),
        );
      await becomes(counted, [1, 1, 1, 2]);
    });

    test("closes who ends without a word, and connects nobody for it", async () => {
      const example = await start("router");
      const one = await client(example);
      one.socket.end();
      await one.gone();
      expect(await metric(example, "envoy_cluster_upstream_cx_total")).toBe(0);
    });
  });
});
