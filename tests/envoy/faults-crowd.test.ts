// Many sessions at a time: 5,000 on two workers, more than a configuration may read, and two configurations in one VM.

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { ListenerOptions } from "../../host/envoy/bootstrap.ts";
import type { BookedServer } from "../support/booked-servers.ts";
import { books, key, samplesOf, settled, sum, type Books } from "./support/books.ts";
import { HELD, type HeldProtocol } from "./support/held.ts";
import { describeWith } from "./support/requirements.ts";
import { startRig, type Rig } from "./support/rig.ts";

const CROWD = 5_000;
/** Exchanges at a time: what waits longer than the servers and clients wait is not what is tried. */
const AT_A_TIME = 250;
const WORKERS = 2;

/** What a configuration may read, and how many there are. */
const CAP = 10;
const COME = 30;

/** Thousands of sessions on a busy machine. */
const PATIENCE = { timeout: 60_000, interval: 100 };
const LONG_TEST_MS = 180_000;

/** The base, the main thread's, and the worker's. */
const VMS = 3;

describeWith(["envoy"], "many sessions", () => {
  const servers = new Map<string, BookedServer>();
  let crowded: Rig;
  let shared: Rig;

  beforeAll(async () => {
    for (const { protocol, server } of HELD) servers.set(protocol, await server());
    const all = (configurationsOf: (held: HeldProtocol) => readonly Configured[]): ListenerOptions[] =>
      HELD.flatMap((held) =>
        configurationsOf(held).map((configuration) => ({
          name: `${held.protocol}_${configuration.stat_prefix}`,
          more: { stat_prefix: `${held.protocol}_${configuration.stat_prefix}` },
          upstream: serverOf(held).port,
          filters: [
            {
              module: "build/heirloom.wasm",
              rootId: `heirloom.${held.protocol}`,
              vmId: "shared",
              configuration,
            },
          ],
        })),
      );
    crowded = await startRig({ listeners: all(() => [{ stat_prefix: "crowd" }]), workers: WORKERS });
    shared = await startRig({
      listeners: all(({ cap }) => [
        { stat_prefix: "capped", verbosity: "high", limits: { [cap]: CAP } },
        { stat_prefix: "roomy", verbosity: "low" },
      ]),
    });
  });
  afterAll(async () => {
    await crowded.envoy.stop();
    await shared.envoy.stop();
    for (const server of servers.values()) await server.stop();
  });

  describe.each(HELD)("$protocol", (held) => {
    const { protocol, connect } = held;

    test(
      `${CROWD} sessions at the same time on ${WORKERS} workers: each is counted, and its message is the server's`,
      async () => {
        const before = serverOf(held).count();
        const port = crowded.port(`${protocol}_crowd`);
        const sessions = await inBatches(Array<number>(CROWD).fill(port), connect);
        await vi.waitFor(async () => {
          expect(await now(crowded, held, "crowd")).toMatchObject({ [held.active]: CROWD });
        }, PATIENCE);
        expect(Math.min(...(await activeByWorker(`${protocol}_crowd`)))).toBeGreaterThan(CROWD / 10);
        expect(await inBatches(sessions, (one) => one.deliver())).toEqual(Array<boolean>(CROWD).fill(true));
        await inBatches(sessions, (one) => one.leave());
        const book = await ended(crowded, held, "crowd", CROWD);
        expect(sum(book, held.total)).toBe(CROWD);
        expect(sum(book, ...held.taken)).toBe(CROWD);
        expect(serverOf(held).count() - before).toBe(CROWD);
      },
      LONG_TEST_MS,
    );

    test("more sessions than may be read: the others pass, and are counted as not read", async () => {
      const before = serverOf(held).count();
      const capped = await inBatches(Array<number>(COME).fill(shared.port(`${protocol}_capped`)), connect);
      // In the same VM, under another configuration.
      const roomy = await inBatches(Array<number>(COME).fill(shared.port(`${protocol}_roomy`)), connect);
      for (const session of [...capped, ...roomy]) expect(await session.deliver()).toBe(true);
      expect(serverOf(held).count() - before).toBe(2 * COME);
      await vi.waitFor(async () => {
        expect(await now(shared, held, "capped")).toMatchObject({
          [held.active]: COME,
          ...beyond(held, COME - CAP),
        });
      }, PATIENCE);
      await inBatches([...capped, ...roomy], (one) => one.leave());
      // There is room again when Envoy has seen them leave.
      await vi.waitFor(async () => {
        expect(sum(await now(shared, held, "capped"), held.active)).toBe(0);
      }, PATIENCE);
      const [last] = await inBatches([shared.port(`${protocol}_capped`)], connect);
      expect(await last?.deliver()).toBe(true);
      await last?.leave();

      const own = await ended(shared, held, "capped", COME + 1);
      expect(own).toMatchObject({ [held.total]: COME + 1, ...beyond(held, COME - CAP) });
      expect(sum(own, ...held.taken)).toBe(CAP + 1);
      const other = await ended(shared, held, "roomy", COME);
      expect(sum(other, held.total)).toBe(COME);
      expect(sum(other, ...held.taken)).toBe(COME);
      expect(sum(other, "limits_reached_total") + sum(other, held.opaque)).toBe(0);
    });

    test("two configurations in one VM: each has its own verbosity", async () => {
      const names = async (prefix: string): Promise<Set<string>> => {
        const samples = await samplesOf(shared.envoy, { protocol, prefix });
        const info = samples.find(({ name }) => name === `${protocol}_filter_info`);
        expect(info?.labels["verbosity"]).toBe(prefix === "capped" ? "high" : "low");
        return new Set(samples.map(({ name }) => name));
      };
      const [high, low] = [await names("capped"), await names("roomy")];
      expect([...low].filter((name) => !high.has(name))).toEqual([]);
      expect(high.size).toBeGreaterThan(low.size);
    });
  });

  test("four listeners with one module and one vm_id: one VM on each thread", async () => {
    const text = await (await fetch(`${shared.envoy.admin}/stats?filter=runtime.v8.active`)).text();
    expect(text.trim()).toBe(`wasm.envoy.wasm.runtime.v8.active: ${VMS}`);
  });

  function serverOf({ protocol }: HeldProtocol): BookedServer {
    const server = servers.get(protocol);
    if (server === undefined) throw new Error(`no server of ${protocol}`);
    return server;
  }

  /** Connections of a listener on each worker. */
  async function activeByWorker(listener: string): Promise<number[]> {
    const filter = `^listener\\.${listener}\\.worker_\\d+\\.downstream_cx_active`;
    const text = await (
      await fetch(`${crowded.envoy.admin}/stats?filter=${encodeURIComponent(filter)}`)
    ).text();
    const found = [...text.matchAll(/downstream_cx_active: (\d+)/g)].map(([, value]) => Number(value));
    expect(found).toHaveLength(WORKERS);
    return found;
  }
});

interface Configured {
  readonly stat_prefix: string;
}

async function now({ envoy }: Rig, { protocol }: HeldProtocol, prefix: string): Promise<Books> {
  return books(await samplesOf(envoy, { protocol, prefix }), { protocol, prefix });
}

/** The book when all sessions are over: in balance, with the gauges at 0. */
async function ended(rig: Rig, held: HeldProtocol, prefix: string, sessions: number): Promise<Books> {
  const book = await settled(rig.envoy, sessions, { protocol: held.protocol, prefix });
  expect(held.violations(book)).toEqual([]);
  expect(Object.keys(book).filter((entry) => entry.includes("_active"))).toEqual([]);
  return book;
}

function beyond({ cap, opaque }: HeldProtocol, sessions: number): Books {
  return {
    [key("limits_reached_total", { cap })]: sessions,
    [key(opaque, { cause: "limit" })]: sessions,
  };
}

async function inBatches<From, To>(all: readonly From[], action: (one: From) => Promise<To>): Promise<To[]> {
  const found: To[] = [];
  for (let at = 0; at < all.length; at += AT_A_TIME) {
    found.push(...(await Promise.all(all.slice(at, at + AT_A_TIME).map(action))));
  }
  return found;
}
