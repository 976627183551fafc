import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readBooks } from "../../demo/books.ts";
import {
  APPLICATIONS,
  ARCHIVE,
  BRANCH,
  PROVISIONING,
  service,
  SUFFIX,
  TAPES,
} from "../../demo/ldap/company.ts";
import { ClientsBook, CLIENTS_PREFIX } from "../../demo/ldap/clients/book.ts";
import { Caller } from "../../demo/ldap/clients/caller.ts";
import { callScenarios } from "../../demo/ldap/clients/calls.ts";
import { directoryClients } from "../../demo/ldap/clients/crowd.ts";
import { SCENARIOS } from "../../demo/ldap/clients/scenarios.ts";
import { refused, session, sessionAs } from "../../demo/ldap/clients/session.ts";
import { hangingUp, knock, lost } from "../../demo/ldap/clients/strangers.ts";
import { BOOK_PREFIX } from "../../demo/ldap/server/book.ts";
import { DirectoryServer } from "../../demo/ldap/server/server.ts";
import { parsePrometheus } from "../../host/metrics/parse.ts";
import { entriesOf } from "./support.ts";

const ANY = { host: "127.0.0.1", port: 0 };

let server: DirectoryServer;

beforeEach(async () => {
  server = await DirectoryServer.start(ANY);
});

afterEach(async () => {
  await server.stop();
});

function book(): Promise<Record<string, number>> {
  return entriesOf(server, BOOK_PREFIX);
}

/** Those entries of the book that begin so. */
async function bookOf(...beginnings: string[]): Promise<Record<string, number>> {
  const found = Object.entries(await book());
  return Object.fromEntries(found.filter(([key]) => beginnings.some((one) => key.startsWith(one))));
}

describe("the directory's book", () => {
  test("of a connection with one search, to the last byte", async () => {
    await session(server.address, async (client) => {
      await client.search("", { scope: "base", attributes: ["supportedLDAPVersion"] });
    });
    // Message, its ID, operation; ldapts counts from 2.
    const search = 2 + 3 + 2 + 2 + 3 * 2 + 1 + 1 + 1 + (1 + 1 + 1) + 3 + 2 + 11 + 2 + 2 + 20;
    const entry = 2 + 3 + 2 + 2 + 2 + 2 + (2 + 20) + 2 + (2 + 1);
    const done = 2 + 3 + 2 + 3 + 2 + 2;
    const unbind = 2 + 3 + 2;
    expect(await book()).toEqual({
      connections_total: 1,
      "connection_ends_total reason=unbind": 1,
      "messages_total from=client": 2,
      "messages_total from=server": 2,
      "requests_total op=search": 1,
      "requests_total op=unbind": 1,
      "responses_total op=search class=success": 1,
      "result_codes_total code=0": 1,
      "operations_total outcome=answered": 1,
      search_entries_total: 1,
      entries_per_search_count: 1,
      entries_per_search_sum: 1,
      "searches_total scope=base": 1,
      "search_filters_total shape=presence": 1,
      "search_traits_total trait=rootdse": 1,
      "clear_bytes_total from=client": search + unbind,
      "clear_bytes_total from=server": entry + done,
    });
  });

  test.each<[string, string, Record<string, number>]>([
    ["(uid=app1)", "sub", { eq: 1 }],
    ["(objectClass=*)", "sub", { presence: 1, unindexed_suspect: 1, whole_base: 1 }],
    ["(objectClass=*)", "base", { presence: 1 }],
    ["(uid=app1*)", "one", { substr_initial: 1 }],
    ["(uid=*1)", "one", { substr_leading: 1, unindexed_suspect: 1 }],
    ["(uid>=a)", "sub", { range: 1, unindexed_suspect: 1 }],
    ["(!(uid=a))", "sub", { not_only: 1, unindexed_suspect: 1 }],
    ["(|(uid=a)(mail=*))", "sub", { compound_eq: 1 }],
    ["(&(!(uid=a))(mail=*))", "sub", { compound_no_eq: 1, unindexed_suspect: 1 }],
  ])("of a search for %s, scope %s", async (filter, scope, expected) => {
    await session(server.address, async (client) => {
      await client.search(SUFFIX, { scope: scope as "sub", filter, attributes: ["uid"] });
    });
    const found = Object.entries(await bookOf("search_filters", "search_traits"));
    expect(Object.fromEntries(found.map(([key, n]) => [key.split("=")[1], n]))).toEqual(expected);
  });

  test("of pages: one is the first, the others go on", async () => {
    await sessionAs(service("backup"), server.address, async (client) => {
      const { searchEntries } = await client.search(`ou=applications,${SUFFIX}`, {
        scope: "one",
        filter: "(uid=*)",
        paged: { pageSize: 25 },
      });
      expect(searchEntries).toHaveLength(APPLICATIONS);
    });
    expect(await bookOf("search_traits_total trait=paged", "controls", "entries_per_search")).toEqual({
      "search_traits_total trait=paged": 3,
      "search_traits_total trait=paged_continuation": 2,
      "controls_total control=paged from=client": 3,
      "controls_total control=paged from=server": 3,
      entries_per_search_count: 3,
      entries_per_search_sum: APPLICATIONS,
    });
  });

  test("of binds", async () => {
    await session(server.address, async (client) => {
      await client.bind("", "");
      await refused(49, client.bind(PROVISIONING, "guess"));
      await refused(53, client.bind(PROVISIONING, ""));
      await refused(49, client.bind(`cn=printer-1,ou=printers,${SUFFIX}`, "demo-password"));
    });
    expect(await bookOf("bind", "cleartext")).toEqual({
      "binds_total method=anonymous": 1,
      "binds_total method=simple": 2,
      "binds_total method=unauthenticated": 1,
      "bind_results_total result=success": 1,
      "bind_results_total result=invalid_credentials": 2,
      "bind_results_total result=unwilling": 1,
      "cleartext_binds_total method=simple": 2,
    });
  });

  test("of a bind that is repeated: who was there before is not there any more", async () => {
    await sessionAs(PROVISIONING, server.address, async (client) => {
      await client.bind("", "");
      await refused(50, client.del(TAPES));
    });
  });

  test("of StartTLS, which ldapjs does not have, and of referrals", async () => {
    await session(server.address, async (client) => {
      await refused(2, client.startTLS());
      await refused(10, client.search(BRANCH, { scope: "base" }));
      await client.search(SUFFIX, { scope: "sub", filter: "(cn=vpn)" });
    });
    expect(await bookOf("starttls", "extended", "referrals", "search_references")).toEqual({
      "starttls_total event=requested": 1,
      "starttls_total event=refused": 1,
      "extended_total name=starttls": 1,
      "referrals_total kind=final": 1,
      "referrals_total kind=continuation": 1,
      search_references_total: 1,
    });
  });

  test.each([
    [ARCHIVE, {}],
    [TAPES, { late_responses_total: 2 }],
  ])("of what is abandoned in %s", async (base, late) => {
    const caller = await Caller.open(server.address);
    await caller.abandon(await caller.begin(base, { scope: "base" }));
    await caller.search("", { scope: "base" });
    await caller.unbind();
    expect(await bookOf("operations_total", "late")).toEqual({
      "operations_total outcome=abandoned": 1,
      "operations_total outcome=answered": 1,
      ...late,
    });
  });

  test("of what a bind drops", async () => {
    const caller = await Caller.open(server.address);
    await caller.begin(ARCHIVE, { scope: "base" });
    await caller.bind(service("vpn"));
    await caller.unbind();
    expect(await bookOf("operations_total", "late")).toEqual({
      "operations_total outcome=dropped_by_bind": 1,
      "operations_total outcome=answered": 1,
    });
  });

  test.each([
    ["without a byte", knock, { "connection_ends_total reason=empty": 1 }],
    [
      "while something goes on",
      hangingUp,
      {
        "connection_ends_total reason=client_close": 1,
        "operations_total outcome=answered": 1,
        "operations_total outcome=unanswered": 1,
      },
    ],
    [
      "because it is no LDAP",
      lost(new ClientsBook()),
      { "connection_ends_total reason=server_close": 1, unreadable_total: 1 },
    ],
  ])("of a connection that ends %s", async (_, scenario, expected) => {
    await scenario(server.address);
    expect(await bookOf("connection_ends", "operations_total", "unreadable")).toEqual(expected);
  });

  test("of a connection that is still open has its bytes", async () => {
    const socket = connect(server.address);
    // An anonymous bind.
    socket.write(Buffer.from("300c020101600702010304008000", "hex"));
    while (server.openConnections === 0) await delay(5);
    for (;;) {
      const samples = parsePrometheus(await readBooks([server]));
      const bytes = samples.filter(({ name }) => name === `${BOOK_PREFIX}clear_bytes_total`);
      if (bytes.length === 2 && bytes.every(({ value }) => value === 14)) break;
      await delay(5);
    }
    socket.destroy();
  });
});

describe("the directory's clients", () => {
  const clients = new ClientsBook();
  const all = [...SCENARIOS, ...callScenarios(clients), knock, hangingUp, lost(clients)];

  test.each(all.map((scenario, i) => [i, scenario] as const))(
    "session %i ends as it should, and the book balances",
    async (_, scenario) => {
      await scenario(server.address);
      const found = await book();
      const sum = (beginning: string): number =>
        Object.entries(found).reduce((total, [key, n]) => (key.startsWith(beginning) ? total + n : total), 0);
      const unanswerable = sum("requests_total op=abandon") + sum("requests_total op=unbind");
      expect(found.connections_total).toBe(1);
      expect(sum("connection_ends_total")).toBe(1);
      expect(sum("operations_total")).toBe(sum("requests_total") - unanswerable);
      expect(sum("responses_total")).toBe(sum("operations_total outcome=answered"));
      expect(sum("result_codes_total")).toBe(sum("responses_total"));
      expect(sum("bind_results_total")).toBe(sum("binds_total"));
    },
  );

  test("work side by side until they are stopped, without a complaint", async () => {
    const crowd = directoryClients(server.address);
    while (crowd.finished < 60) await delay(20);
    await crowd.stop();
    expect(crowd.complaints).toEqual([]);
    const found = await book();
    const [abandoned] = parsePrometheus(await readBooks(crowd.book ? [crowd.book] : [])).filter(
      ({ name }) => name === `${CLIENTS_PREFIX}operations_total`,
    );
    expect(abandoned?.value).toBe(found["operations_total outcome=abandoned"]);
    expect(found["connection_ends_total reason=unbind"]).toBeGreaterThan(0);
  });

  test("complain, in one line each, when nobody answers", async () => {
    const crowd = directoryClients({ host: "127.0.0.1", port: 1 });
    while (crowd.complaints.length < 5) await delay(5);
    await crowd.stop();
    for (const line of crowd.complaints) expect(line).toMatch(/^\S.*ECONNREFUSED/);
  });
});
