// 389-DS under ldclt's loads through Envoy: what the filter counted is what 389-DS counted, field by field.

import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { untilThreadsEnd } from "../../../bench/ldap/ldclt.ts";
import { anyPort } from "../../../host/envoy/ports.ts";
import { books, samplesOf, settled, sum, type Books } from "../support/books.ts";
import { ldapViolations } from "../support/ldap-books.ts";
import { describeWith } from "../support/requirements.ts";
import { ldap, startRig, type Rig } from "../support/rig.ts";
import { startDs389, type Ds389 } from "./ds389.ts";
import { Ds389Monitor, ds389Agreed, ds389Between, type Ds389Book } from "./ds389-books.ts";
import { LOADS, SEED, type Load } from "./ds389-loads.ts";
import { logDisagreements, readLog, type Ds389Log } from "./ds389-log.ts";
import { compact } from "./ldap/scenarios.ts";
import { rootOf } from "./recipes.mjs";

/** How a load went, by all who counted it. */
interface Outcome {
  /** Of each ldclt: what it said and its exit code. */
  readonly ended: readonly { readonly output: string; readonly code: number | null }[];
  readonly book: Books;
  readonly server: Ds389Book;
  readonly log: Ds389Log;
}

/** Some seconds; where the end of its threads was missed, ldclt sees it after ten or twenty. */
const TIMEOUT_MS = 90_000;

describe389(1, LOADS);
// What has connections enough for both.
describe389(
  2,
  LOADS.filter(({ name }) => ["pipelined", "binds", "churn", "abandoned"].includes(name)),
);

function describe389(workers: number, loads: readonly Load[]): void {
  describeWith(["envoy", "server:ds389"], `389-DS and ldclt, Envoy's workers: ${workers}`, () => {
    let server: Ds389 | undefined;
    let rig: Rig | undefined;

    beforeAll(async () => {
      server = await startDs389(await anyPort(), { ldif: SEED, accessLog: "on" });
      const { port } = server;
      rig = await startRig({
        workers,
        listeners: loads.map(({ name }) => ({
          name,
          upstream: port,
          filters: [ldap({ stat_prefix: name, verbosity: "high" })],
        })),
      });
    }, TIMEOUT_MS);
    afterAll(async () => {
      await rig?.envoy.stop();
      await server?.stop();
    });

    const table = loads.map((load) => [load.title, load] as const);
    test.each(table)("%s", { timeout: TIMEOUT_MS }, async (_, load) => {
      if (server === undefined || rig === undefined) return expect.fail("there is no server");
      const { ended, book, server: counted, log } = await play(load, server, rig);
      for (const { code, output } of ended) expect([code, output]).toEqual([0, output]);
      expect(ldapViolations(book)).toEqual([]);
      const { varying } = load;
      const fixed = Object.entries(compact(book)).filter(([name]) => varying?.test(name) !== true);
      const said = Object.entries(load.book).filter(([name]) => varying?.test(name) !== true);
      expect(Object.fromEntries(fixed)).toEqual(Object.fromEntries(said));
      const { requests: pipelined } = load;
      expect(counted).toEqual(ds389Agreed(book, counted, log.emptyReads, { pipelined }));
      expect(logDisagreements(book, log)).toEqual([]);
    });
  });
}

async function play(
  { name, processes = 1, threads, options }: Load,
  server: Ds389,
  rig: Rig,
): Promise<Outcome> {
  const monitor = new Ds389Monitor(server.port);
  await server.accessLog();
  const before = await monitor.quiet();
  const command = [
    "chroot",
    rootOf("ds389"),
    "/usr/bin/ldclt",
    "-h",
    "127.0.0.1",
    "-p",
    String(rig.port(name)),
  ];
  const isOver = (): Promise<void> => vi.waitFor(() => answered(name, rig, monitor, before), SETTLE);
  const runs = Array.from({ length: processes }, () =>
    untilThreadsEnd([...command, "-n", String(threads), ...options], threads, isOver),
  );
  const ended = await Promise.all(runs);
  const counted = ds389Between(before, await monitor.quiet());
  const scope = { protocol: "ldap", prefix: name } as const;
  const book = await settled(rig.envoy, counted.connectionseq, scope);
  return { ended, book, server: counted, log: readLog(await server.accessLog()) };
}

const SETTLE = { timeout: 20_000, interval: 50 };

/** Throws while the filter has not seen all that the server has sent: ldclt does not wait for the last answers. */
async function answered(name: string, rig: Rig, monitor: Ds389Monitor, before: Ds389Book): Promise<void> {
  const scope = { protocol: "ldap", prefix: name } as const;
  const { bytessent } = ds389Between(before, (await monitor.read()).book);
  const book = books(await samplesOf(rig.envoy, scope), scope);
  const seen = sum(book, "bytes_total", { from: "server" });
  const open = sum(book, "operations_active");
  if (seen !== bytessent || open > 0) throw new Error(`${seen} of ${bytessent} bytes, ${open} operations`);
}
