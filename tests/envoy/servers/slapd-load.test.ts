// Thousands of operations of every kind over many connections at a time, by ldapts, ldapjs and a client that does not
// wait: the filter's counters, slapd's and the clients' own are the same.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { key, settled, sum, type Books } from "../support/books.ts";
import { ldapViolations } from "../support/ldap-books.ts";
import { describeWith } from "../support/requirements.ts";
import { ldap, startRig, type Rig } from "../support/rig.ts";
import { ADMIN } from "./ldap/directory.ts";
import { load, type Tally } from "./ldap/load.ts";
import { between, Monitor, type MonitorBook } from "./ldap/monitor.ts";
import { seenBy, totalsOf, withoutPhantoms } from "./ldap/scenarios.ts";
import { startSlapd, type Slapd } from "./ldap/slapd.ts";

/** How many connections of each client there are at a time, and rounds of each. */
const CLIENTS = 8;
const ROUNDS = 20;
const MIN_OPERATIONS = 2_000;

describeWith(["envoy", "server:slapd"], "Load on slapd", () => {
  let slapd: Slapd;
  let monitor: Monitor;

  beforeAll(async () => {
    slapd = await startSlapd();
    monitor = await Monitor.connect(slapd.port, ADMIN.name, ADMIN.password);
  });
  afterAll(async () => {
    monitor.leave();
    await slapd.stop();
  });

  describe.each([1, 2])("with %i workers", (workers) => {
    let rig: Rig;

    beforeAll(async () => {
      const listeners = VERBOSITIES.map((verbosity) => ({
        name: verbosity,
        upstream: slapd.port,
        filters: [ldap({ stat_prefix: verbosity, verbosity })],
      }));
      rig = await startRig({ listeners, workers });
    });
    afterAll(() => rig.envoy.stop());

    test.each(workers === 1 ? (["low"] as const) : (["standard", "high"] as const))(
      "at verbosity %s",
      async (verbosity) => {
        const before = await monitor.quiet();
        const tally = await load({ port: rig.port(verbosity), clients: CLIENTS, rounds: ROUNDS });
        const counted = between(before, await monitor.quiet());
        const book = await settled(rig.envoy, tally.connections, { protocol: "ldap", prefix: verbosity });
        expect(tally.operations).toBeGreaterThanOrEqual(MIN_OPERATIONS);
        expect(ldapViolations(book)).toEqual([]);
        agree(book, counted, tally);
        if (verbosity !== "low") timed(book);
      },
    );
  });
});

const VERBOSITIES = ["low", "standard", "high"] as const;

/** Field by field, as slapd's cn=Monitor has them, and the clients. */
function agree(book: Books, slapd: MonitorBook, tally: Tally): void {
  const seen = seenBy(book);
  const abandoned = tally.requests.abandon ?? 0;
  expect(seen).toEqual(withoutPhantoms(totalsOf(slapd), seen, abandoned));
  expect(slapd.completed).toEqual(slapd.initiated);
  expect(slapd.initiated).toMatchObject(tally.requests);
  expect(seen).toMatchObject({ connections: tally.connections, entries: tally.entries });
  expect(sum(book, "anomalies_total")).toBe(0);
  expect(sum(book, "opaque_connections_total")).toBe(0);
  expect(sum(book, "operations_total", { outcome: "unanswered" })).toBe(0);
  expect(sum(book, "connection_ends_total", { reason: "unbind" })).toBe(tally.requests.unbind);
  expect(book).toMatchObject({
    [key("bind_results_total", { result: "invalid_credentials" })]: CLIENTS,
    [key("responses_total", { op: "compare", class: "success" })]: tally.requests.compare,
    [key("responses_total", { op: "delete", class: "not_found" })]: CLIENTS * ROUNDS,
    [key("responses_total", { op: "search", class: "not_found" })]: CLIENTS * ROUNDS,
  });
}

/** Every answered operation was timed, and every search measured. */
function timed(book: Books): void {
  const answered = sum(book, "operations_total", { outcome: "answered" });
  expect(sum(book, "request_duration_us_count")).toBe(answered);
  expect(sum(book, "operation_duration_us_count")).toBe(answered);
  expect(sum(book, "entries_per_search_count")).toBe(sum(book, "responses_total", { op: "search" }));
  expect(sum(book, "message_bytes_count")).toBe(sum(book, "messages_total"));
}
