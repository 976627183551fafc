// At debug level each callback of a connection is a line of Envoy's log, in order; at info there is none.

import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { moduleLines } from "./support/module-log.ts";
import { ScriptedServer } from "./support/peers.ts";
import { describeWith } from "./support/requirements.ts";
import { startRig, type Rig } from "./support/rig.ts";

const BASE = { module: "build/examples/base.wasm", rootId: "heirloom.examples.base" };

/** What no line may hold. */
const SECRET = "correct horse battery staple";

/** Of one connection; Envoy chooses the numbers of contexts. */
const EXPECTED = [
  "on_context_create: context N, parent P",
  "on_new_connection: context N",
  "on_downstream_data: context N, from the client, size 28",
  "on_upstream_data: context N, from the server, size 2",
  "on_downstream_data: context N, from the client, size 0, end of stream",
  "on_upstream_data: context N, from the server, size 3",
  "on_upstream_data: context N, from the server, size 0, end of stream",
  "on_upstream_connection_close: context N",
  "on_downstream_connection_close: context N, by the proxy",
  "on_done: context N",
  "on_log: context N",
  "on_delete: context N",
];

describeWith(["envoy"], "the callbacks of a connection in Envoy's log", () => {
  let server: ScriptedServer;

  beforeAll(async () => {
    server = await new ScriptedServer().listen();
  });
  afterAll(() => {
    server.close();
  });

  test("are all there at debug level, and no bytes", async () => {
    await within("debug", async (rig) => {
      await converse(rig);
      await vi.waitFor(() => {
        expect(callbacksOf(rig.envoy.log)).toEqual(EXPECTED);
      }, 20_000);
      expect(moduleLines(rig.envoy.log).filter(({ text }) => text.includes(SECRET))).toEqual([]);
    });
  });

  test("are not there at info, until the level is changed", async () => {
    await within("info", async (rig) => {
      await converse(rig);
      // Each VM asks for the level again after an interval: that of the worker, and that of the main thread.
      await fetch(`${rig.envoy.admin}/logging?wasm=debug`, { method: "POST" });
      await vi.waitFor(() => {
        expect(tickingThreads(rig.envoy.log).size).toBe(2);
      }, 30_000);
      expect(callbacksOf(rig.envoy.log)).toEqual([]);
      await converse(rig);
      await vi.waitFor(() => {
        expect(callbacksOf(rig.envoy.log)).toEqual(EXPECTED);
      }, 20_000);
    });
  });

  async function within(logLevel: string, run: (rig: Rig) => Promise<void>): Promise<void> {
    const rig = await startRig({
      listeners: [{ name: "base", upstream: server.port, filters: [BASE] }],
      logLevel,
    });
    try {
      await run(rig);
    } finally {
      await rig.envoy.stop();
    }
  }

  async function converse(rig: Rig): Promise<void> {
    const { client, server: far } = await server.pair(rig.port("base"));
    client.send(SECRET);
    await far.has(SECRET);
    far.send("ok");
    await client.has("ok");
    client.finish();
    await far.ended;
    far.send("bye");
    await client.has("bye");
    far.finish();
    await client.ended;
  }
});

/** The lines of connections, whose numbers Envoy chooses. Those of configurations have the number 1. */
function callbacksOf(log: string): string[] {
  return moduleLines(log)
    .filter(({ text }) => text.startsWith(`${BASE.rootId}: on_`) && !/context 1\b/.test(text))
    .map(({ text }) => text.slice(BASE.rootId.length + 2))
    .map((text) => text.replace(/context \d+/, "context N").replace(/parent \d+/, "parent P"));
}

/** Threads whose VM says that its timer went off. */
function tickingThreads(log: string): Set<string> {
  return new Set(
    moduleLines(log)
      .filter(({ text }) => text.includes(": on_tick: context "))
      .map(({ thread }) => thread),
  );
}
