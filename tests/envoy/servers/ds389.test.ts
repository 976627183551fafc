// 389-DS and OpenLDAP's clients through Envoy: what the filter counted is what 389-DS counted and logged.

import { afterAll, beforeAll, expect, test } from "vitest";
import { anyPort } from "../../../host/envoy/ports.ts";
import { settled, type Books } from "../support/books.ts";
import { ldapViolations } from "../support/ldap-books.ts";
import { describeWith } from "../support/requirements.ts";
import { ldap, startRig, type Rig } from "../support/rig.ts";
import { startDs389, type Ds389 } from "./ds389.ts";
import { Ds389Monitor, ds389Agreed, ds389Between, type Ds389Book } from "./ds389-books.ts";
import { logDisagreements, readLog, type Ds389Log } from "./ds389-log.ts";
import { OPERATIONS } from "./ds389-operations.ts";
import { DIRECTORY, type Ds389Scenario } from "./ds389-scenarios.ts";
import { SESSIONS } from "./ds389-sessions.ts";
import { compact, withEitherEnd } from "./ldap/scenarios.ts";

/** A scenario as 389-DS saw it. */
interface Played {
  readonly server: Ds389Book;
  readonly log: Ds389Log;
  /** Why it did not go as it should. */
  readonly failure: unknown;
}

const SCENARIOS = [...OPERATIONS, ...SESSIONS];

const START_TIMEOUT_MS = 120_000;

describeWith(["envoy", "server:ds389"], "389-DS", () => {
  const played = new Map<Ds389Scenario, Played>();
  let server: Ds389 | undefined;
  let rig: Rig | undefined;

  beforeAll(async () => {
    server = await startDs389(await anyPort(), { ldif: DIRECTORY, accessLog: "on" });
    const { port: upstream } = server;
    await new Ds389Monitor(upstream).walked();
    rig = await startRig({
      listeners: SCENARIOS.map(({ name }) => ({
        name,
        upstream,
        filters: [ldap({ stat_prefix: name, verbosity: "high" })],
      })),
    });
    for (const scenario of SCENARIOS) played.set(scenario, await play(scenario, server, rig));
  }, START_TIMEOUT_MS);
  afterAll(async () => {
    await rig?.envoy.stop();
    await server?.stop();
  });

  test.each(SCENARIOS.map((scenario) => [scenario.title, scenario] as const))("%s", async (_, scenario) => {
    const { server: counted, log, failure } = played.get(scenario) ?? expect.fail("it was not played");
    if (failure !== undefined) throw failure;
    const book = await bookOf(scenario, counted.connectionseq);
    expect(ldapViolations(book)).toEqual([]);
    const { requests: pipelined, more, unseenUnbinds = 0 } = scenario;
    const circumstances = { pipelined, more, unseenUnbinds };
    expect(counted).toEqual(ds389Agreed(book, counted, log.emptyReads, circumstances));
    if (scenario.more === undefined || scenario.logged === "all")
      expect(logDisagreements(book, log)).toEqual([]);
    expect(log.notes).toEqual(scenario.notes ?? {});
    expect(unseenUnbinds > 0 ? withEitherEnd(compact(book)) : compact(book)).toEqual(scenario.book);
  });

  async function bookOf({ name: prefix }: Ds389Scenario, connections: number): Promise<Books> {
    if (rig === undefined) return expect.fail("there is no Envoy");
    return settled(rig.envoy, connections, { protocol: "ldap", prefix });
  }
});

async function play(scenario: Ds389Scenario, server: Ds389, rig: Rig): Promise<Played> {
  const monitor = new Ds389Monitor(server.port);
  await server.accessLog();
  const before = await monitor.quiet();
  const failure: unknown = await scenario.play(rig.port(scenario.name), rig).then(
    () => undefined,
    (error: unknown) => error,
  );
  const counted = ds389Between(before, await monitor.quiet());
  return { server: counted, log: readLog(await server.accessLog()), failure };
}
