// The example `context` with 10,000 connections that talk at the same time: each finds its own words again.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startExample, type RunningExample } from "../../demo/examples/start.ts";
import { ownSamples } from "../../demo/examples/watch.ts";
import { findEnvoy } from "../../host/envoy/find.ts";
import { describeWith } from "./support/requirements.ts";

const CONNECTIONS = 10_000;
/** Open at a time: half of what Envoy lets one cluster have. */
const AT_ONCE = 500;
const ENTRY = /^\{"context":"request=(\S*) response=(\S*) us=\d+"\}$/;
/** Said before the rest, and sent back at once: only what comes behind the whole request is its response. */
const HEAD = 6;
/** How long the last line of the access log may take on a busy machine. */
const PATIENCE = { timeout: 30_000, interval: 100 };

describeWith(["envoy"], "context", () => {
  const entries: { readonly request: string; readonly response: string }[] = [];
  const strange: string[] = [];
  let running: RunningExample;

  beforeAll(async () => {
    running = await startExample("context", {
      envoy: (await findEnvoy()) ?? "",
      ports: "free",
      workers: 2,
      onLine: (line) => {
        const [, request, response] = ENTRY.exec(line) ?? [];
        if (request !== undefined && response !== undefined) entries.push({ request, response });
        else if (line.startsWith("{")) strange.push(line);
      },
    });
  });

  afterAll(() => running?.stop());

  test("keeps 10,000 interleaved connections apart", async () => {
    const words = Array.from({ length: CONNECTIONS }, (_, i) => `word-${i}-${(i * 7919) % CONNECTIONS}`);
    for (let at = 0; at < CONNECTIONS; at += AT_ONCE) await talkAtOnce(words.slice(at, at + AT_ONCE));

    await expect.poll(() => entries.length + strange.length, PATIENCE).toBe(CONNECTIONS);
    expect(strange).toEqual([]);
    expect(entries.filter(({ request, response }) => request.slice(HEAD) !== response)).toEqual([]);
    expect(entries.map(({ request }) => request).sort()).toEqual(words.sort());

    const counted = async (): Promise<unknown> => {
      const samples = ownSamples(await running.envoy.scrape());
      return ["requests_total", "responses_total", "response_duration_us_count"].map((metric) =>
        samples.get(`context_${metric}{stat_prefix="edge"}`),
      );
    };
    await expect.poll(counted, PATIENCE).toEqual([CONNECTIONS, CONNECTIONS, CONNECTIONS]);
  });

  /** All are connected, then all say half a word, then all the other half in the opposite order, before any is over. */
  async function talkAtOnce(words: readonly string[]): Promise<void> {
    const { host, port } = running.addressFor(10_000);
    const clients = await Promise.all(words.map((word) => openClient(word, host, port)));
    for (const { socket, word } of clients) socket.write(word.slice(0, HEAD));
    await Promise.all(clients.map(({ has, word }) => has(word.slice(0, HEAD))));
    for (const { socket, word } of clients.reverse()) socket.write(`${word.slice(HEAD)}\n`);
    await Promise.all(clients.map(({ has, word }) => has(`${word}\n`)));
    await Promise.all(
      clients.map(async ({ socket }) => {
        const closed = once(socket, "close");
        socket.end();
        await closed;
      }),
    );
  }
});

interface Client {
  readonly socket: Socket;
  readonly word: string;
  /** Resolves when it has received exactly this, in all. */
  has(text: string): Promise<void>;
}

async function openClient(word: string, host: string, port: number): Promise<Client> {
  const socket = connect({ host, port });
  let received = "";
  let look = (): void => undefined;
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString();
    look();
  });
  await once(socket, "connect");
  return {
    socket,
    word,
    has: (text) =>
      new Promise((resolve) => {
        look = () => {
          if (received === text) resolve();
        };
        look();
      }),
  };
}
