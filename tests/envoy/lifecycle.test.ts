// What docs/sdk.md says of the lifecycle, on a real Envoy with two workers: its tables against what was called.

import { once } from "node:events";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { listenersFile } from "../../host/envoy/bootstrap.ts";
import {
  cluster,
  envoyConfig,
  ScriptedServer,
  startEnvoy,
  type RunningEnvoy,
} from "../../host/testing/index.ts";
import { asRow, byVm, callsIn, compileLifecycle, documented, type Call } from "../support/lifecycle.ts";
import { describeWith } from "./support/requirements.ts";

const WORKERS = 2;
const SOON = { timeout: 20_000, interval: 20 };

/** Enough that each worker has served one: the kernel decides which. */
const MOST_CONNECTIONS = 200;

describeWith(["envoy"], "the lifecycle, as docs/sdk.md has it", () => {
  const folder = mkdtempSync(join(tmpdir(), "heirloom-lifecycle-"));
  const server = new ScriptedServer("welcome\r\n");
  let module: string;
  let envoy: RunningEnvoy;

  beforeAll(async () => {
    module = compileLifecycle(folder);
    await server.listen();
    offer(1);
    envoy = await startEnvoy({
      config: envoyConfig({
        listeners: [],
        clusters: [cluster("server", server.port)],
        listenersFile: join(folder, "listeners.json"),
      }),
      concurrency: WORKERS,
      logLevel: "info",
      args: ["--drain-time-s", "1"],
    });
  });
  afterAll(async () => {
    await envoy.stop();
    server.close();
    rmSync(folder, { recursive: true });
  });

  /** The configuration of the listener becomes another. */
  function offer(generation: number): void {
    const filters = [{ module, rootId: "lifecycle", configuration: { generation } }];
    const listeners = [{ name: "told", upstream: "server", filters }];
    writeFileSync(join(folder, "next.json"), listenersFile(listeners));
    renameSync(join(folder, "next.json"), join(folder, "listeners.json"));
  }

  /** The calls since a place in the log, by VM, in the order in which VMs were first heard of. */
  function callsSince(start: number): Map<string, Call[]> {
    return byVm(callsIn(envoy.log.slice(start)));
  }

  function configured(calls: readonly Call[] = []): boolean {
    return calls.at(-1)?.methods.at(-1) === "Plugin.constructor";
  }

  /** The VMs of the main thread and of the workers. */
  let staying: string[];

  test("start: base, canary, main, and each worker", async () => {
    const vms = await vi.waitFor(() => {
      const all = [...callsSince(0).entries()];
      expect(all).toHaveLength(3 + WORKERS);
      expect(all.slice(1).every(([, calls]) => configured(calls))).toBe(true);
      return all;
    }, SOON);
    const names = ["base", "canary", "main", ...Array<string>(WORKERS).fill("worker")];
    for (const [i, [vm, calls]] of vms.entries()) {
      const before = calls.slice(0, documented("start", names[i] ?? "").length);
      expect(before.map(asRow), `${names[i] ?? ""} VM`).toEqual(documented("start", names[i] ?? ""));
      expect(threadsOf(vm).size).toBe(1);
    }
    const threads = vms.map(([vm]) => [...threadsOf(vm)][0]);
    expect(new Set(threads.slice(0, 3)).size).toBe(1);
    expect(new Set(threads).size).toBe(1 + WORKERS);
    staying = vms.slice(2).map(([vm]) => vm);
  });

  test("time: the plugins of the main thread and of each worker", async () => {
    await vi.waitFor(() => {
      const ticking = callsIn(envoy.log).filter(({ methods }) => methods.includes("Plugin.onTick"));
      expect(new Set(ticking.map(({ vm }) => vm))).toEqual(new Set(staying));
      const names = ["main", ...Array<string>(WORKERS).fill("worker")];
      for (const [i, vm] of staying.entries()) {
        const last = ticking.findLast((call) => call.vm === vm);
        expect(last === undefined ? [] : [asRow(last)]).toEqual(documented("tick", names[i] ?? ""));
      }
    }, SOON);
  });

  test("a connection: the first of each worker", async () => {
    const { port } = await envoy.listener("told");
    const served = new Set<string>();
    for (let i = 0; i < MOST_CONNECTIONS && served.size < WORKERS; i++) {
      const start = envoy.log.length;
      const { client, server: peer } = await server.pair(port);
      client.send("hello\r\n");
      await peer.has("hello\r\n");
      const ended = once(peer.socket, "end");
      client.finish();
      await ended;
      peer.finish();
      const calls = await vi.waitFor(() => {
        const all = callsIn(envoy.log.slice(start)).filter(({ callback }) => callback !== "proxy_on_tick");
        expect(all.at(-1)?.methods).toEqual(["NetworkFilter.onDelete"]);
        return all;
      }, SOON);
      const [vm = ""] = calls.map((call) => call.vm);
      const rows = documented("connection", "worker");
      const isFirst = !served.has(vm);
      served.add(vm);
      const expected = isFirst ? rows : rows.map((row) => row.replace(" Plugin.newFilter", ""));
      expect(calls.map(asRow)).toEqual(expected);
    }
    expect([...served].sort()).toEqual(staying.slice(1).sort());
  });

  test("an access logger: when the connection is forgotten", async () => {
    const other = await startEnvoy({ config: logged(), logLevel: "info" });
    try {
      const { client } = await server.pair((await other.listener("logged")).port);
      client.reset();
      await vi.waitFor(() => {
        const calls = callsIn(other.log).filter(({ callback }) => callback !== "proxy_on_tick");
        const [deleted] = documented("connection", "worker").slice(-1);
        expect(calls.slice(-2).map(asRow)).toEqual([deleted, ...documented("logger", "worker")]);
      }, SOON);
    } finally {
      await other.stop();
    }
  });

  test("an update: a canary, then a second plugin in each VM; the first one goes when it has drained", async () => {
    const start = envoy.log.length;
    offer(2);
    const isEnd = ({ callback }: Call): boolean => /_(?:done|delete)$/.test(callback);
    const vms = await vi.waitFor(() => {
      const all = callsSince(start);
      expect([...all.values()].flat().filter(isEnd)).toHaveLength(2 * staying.length);
      return all;
    }, SOON);
    const [canary = ""] = [...vms.keys()].filter((vm) => !staying.includes(vm));
    expect(vms.get(canary)?.map(asRow)).toEqual(documented("update", "canary"));
    expect(vms.size).toBe(1 + staying.length);
    for (const [i, vm] of staying.entries()) {
      const name = i === 0 ? "main" : "worker";
      const calls = (vms.get(vm) ?? []).filter(({ callback }) => callback !== "proxy_on_tick");
      expect(calls.map(asRow)).toEqual([...documented("update", name), ...documented("end", name)]);
    }
  });

  test("Envoy ends: open connections first, then the plugins", async () => {
    const { port } = await envoy.listener("told");
    const before = envoy.log.length;
    const { client } = await server.pair(port);
    await vi.waitFor(() => {
      const told = callsIn(envoy.log.slice(before)).flatMap(({ methods }) => methods);
      expect(told).toContain("NetworkFilter.onUpstreamData");
    }, SOON);
    const start = envoy.log.length;
    await envoy.stop();
    client.socket.destroy();
    const vms = callsSince(start);
    const closing = documented("connection", "worker").slice(-4);
    const ends = [...vms.values()].map((calls) =>
      calls.filter(({ callback }) => callback !== "proxy_on_tick").map(asRow),
    );
    const end = documented("end", "worker");
    expect(ends.sort((a, b) => a.length - b.length)).toEqual([end, end, [...closing, ...end]]);
  });

  /** A listener with the filter, whose access logger is in the same module. */
  function logged(): string {
    const name = "lifecycle.logger";
    const runtime = "envoy.wasm.runtime.v8";
    const vm = { vm_id: "lifecycle", runtime, code: { local: { filename: module } } };
    const type = "type.googleapis.com/envoy.extensions.access_loggers.wasm.v3.WasmAccessLog";
    const logger = { "@type": type, config: { name, root_id: name, vm_config: vm } };
    const tcpProxy = { access_log: [{ name: "envoy.access_loggers.wasm", typed_config: logger }] };
    const filters = [{ module, rootId: "lifecycle" }];
    return envoyConfig({ listeners: [{ name: "logged", upstream: server.port, filters, tcpProxy }] });
  }

  /** The threads that a VM was called on. */
  function threadsOf(vm: string): Set<string> {
    return new Set(
      [...envoy.log.matchAll(/\]\[(\d+)\]\[.*~~(\d+) /g)].flatMap(([, thread = "", of]) =>
        of === vm ? [thread] : [],
      ),
    );
  }
});
