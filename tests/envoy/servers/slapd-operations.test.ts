// Operations between a client and slapd that are not asked and answered in turn: abandoned, cancelled, persistent,
// overtaken, dropped and never answered.

import { expect, vi } from "vitest";
import { bindRequest } from "../../../bench/ldap/messages.ts";
import { sum } from "../support/books.ts";
import { LdapWire } from "./ldap/client.ts";
import { describeScenarios } from "./ldap/described.ts";
import { ADMIN, PASSWORD, PEOPLE, person, SUFFIX } from "./ldap/directory.ts";
import { abandon, cancel, persistent, RESTING, search, talk, unbind, whoami } from "./ldap/requests.ts";
import { compact, sessions, type Scenario } from "./ldap/scenarios.ts";

const ann = ["-x", "-D", person("ann"), "-w", PASSWORD];

const scenarios: Scenario[] = [
  {
    name: "abandoned",
    title: "operations abandoned: one under way, one that was answered, one that never was",
    play: async ({ port }) => {
      const wire = await LdapWire.connect(port);
      wire.send(whoami(1));
      await wire.result(1);
      wire.send(search(2, RESTING), abandon(3, 2), abandon(4, 1), abandon(5, 99), whoami(6));
      await wire.result(6);
      wire.leave();
      await wire.rest();
    },
    book: {
      "connection_ends client_close": 1,
      "extended whoami": 2,
      "operations abandoned": 1,
      "operations answered": 2,
      "requests abandon": 3,
      "requests extended": 2,
      "requests search": 1,
      "responses success extended": 2,
      "result_codes 0": 2,
      "search_filters presence": 1,
      "search_traits unindexed_suspect": 1,
      "search_traits whole_base": 1,
      "searches sub": 1,
    },
  },
  {
    name: "abandoned_entries",
    title: "searches abandoned while their entries come",
    phantoms: 21,
    play: async ({ port }) => {
      const wire = await LdapWire.connect(port);
      for (let id = 1; id <= 41; id += 2) {
        wire.send(search(id, SUFFIX));
        await wire.answer();
        wire.send(abandon(id + 1, id));
      }
      wire.send(whoami(99));
      await wire.result(99);
      wire.leave();
      await wire.rest();
    },
    check: (book) => {
      expect(compact(book)).toMatchObject({
        "requests abandon": 21,
        "requests search": 21,
        "searches sub": 21,
      });
      // Behind each Abandon there were entries on the way.
      expect(sum(book, "responses_unmatched_total", { kind: "late" })).toBeGreaterThan(21);
      expect(sum(book, "responses_unmatched_total")).toBe(
        sum(book, "responses_unmatched_total", { kind: "late" }),
      );
    },
  },
  {
    name: "overtaken",
    title: "many at a time on one connection, answered out of order",
    play: async ({ port }) => {
      const fast = Array.from({ length: 20 }, (_, i) => search(i + 2, person(`u00${i % 10}`), 0));
      await talk(port, [search(1, RESTING), ...fast], 21);
    },
    book: {
      "connection_ends client_close": 1,
      "operations answered": 21,
      "requests search": 21,
      "responses success search": 21,
      "result_codes 0": 21,
      search_entries: 20,
      "search_filters presence": 21,
      "search_traits unindexed_suspect": 1,
      "search_traits whole_base": 1,
      "searches base": 20,
      "searches sub": 1,
    },
  },
  {
    name: "dropped",
    title: "a bind while a search is under way",
    play: async ({ port }) => {
      await talk(port, [search(1, RESTING), bindRequest(2, person("ann"), PASSWORD), whoami(3)], 2);
    },
    book: {
      "bind_results success": 1,
      "binds simple": 1,
      "cleartext_binds simple": 1,
      "connection_ends client_close": 1,
      "extended whoami": 1,
      "operations answered": 2,
      "operations dropped_by_bind": 1,
      "requests bind": 1,
      "requests extended": 1,
      "requests search": 1,
      "responses success bind": 1,
      "responses success extended": 1,
      "result_codes 0": 2,
      "search_filters presence": 1,
      "search_traits unindexed_suspect": 1,
      "search_traits whole_base": 1,
      "searches sub": 1,
    },
    records: [
      { operations: { bind: { success: 1 }, search: { dropped_by_bind: 1 }, extended: { success: 1 } } },
    ],
  },
  {
    name: "unfinished",
    title: "a connection ended while a search is under way",
    play: async ({ port }) => {
      await talk(port, [search(1, RESTING), whoami(2)], 1);
    },
    book: {
      "connection_ends client_close": 1,
      "extended whoami": 1,
      "operations answered": 1,
      "operations unanswered": 1,
      "requests extended": 1,
      "requests search": 1,
      "responses success extended": 1,
      "result_codes 0": 1,
      "search_filters presence": 1,
      "search_traits unindexed_suspect": 1,
      "search_traits whole_base": 1,
      "searches sub": 1,
    },
  },
  {
    name: "unbound",
    title: "Unbind while a search is under way",
    play: async ({ port }) => {
      await talk(port, [search(1, RESTING), unbind(2)]);
    },
    book: {
      "connection_ends unbind": 1,
      "operations unanswered": 1,
      "requests search": 1,
      "requests unbind": 1,
      "search_filters presence": 1,
      "search_traits unindexed_suspect": 1,
      "search_traits whole_base": 1,
      "searches sub": 1,
    },
  },
  {
    name: "canceled",
    title: "a persistent search that is cancelled",
    play: async ({ port }) => {
      const wire = await LdapWire.connect(port);
      wire.send(persistent(1, PEOPLE));
      await refreshed(wire);
      wire.send(cancel(2, 1));
      for (const id of [1, 2]) await wire.result(id);
      wire.send(unbind(3));
      await wire.rest();
    },
    book: {
      "connection_ends unbind": 1,
      "controls sync client": 1,
      "controls sync server": 205,
      "extended cancel": 1,
      "intermediate_responses sync_info": 1,
      "operations answered": 1,
      "operations canceled": 1,
      "requests extended": 1,
      "requests search": 1,
      "requests unbind": 1,
      "responses invalid search": 1,
      "responses success extended": 1,
      "result_codes 0": 1,
      "result_codes 118": 1,
      search_entries: 205,
      "search_filters presence": 1,
      "search_traits persistent": 1,
      "search_traits unindexed_suspect": 1,
      "search_traits whole_base": 1,
      "searches sub": 1,
    },
    records: [{ operations: { search: { invalid: 1 }, extended: { success: 1 } } }],
  },
  {
    name: "persistent",
    title: "a persistent search that sees changes, until its client is ended",
    play: async ({ run, port, now }) => {
      const wire = await LdapWire.connect(port);
      wire.send(persistent(1, PEOPLE));
      await refreshed(wire);
      for (let i = 0; i < 3; i++) {
        await run(0, ["ldapmodify", "-x", "-D", ADMIN.name, "-w", ADMIN.password], { input: changed(i) });
        expect((await wire.answer())?.tag).toBe(0x64);
      }
      await vi.waitFor(
        async () =>
          expect(await now()).toMatchObject({
            connections_active: 1,
            operations_active: 1,
            persistent_operations_active: 1,
          }),
        { timeout: 20_000 },
      );
      wire.leave();
      await wire.rest();
    },
    book: {
      ...sessions(3),
      "connection_ends client_close": 1,
      "controls sync client": 1,
      "controls sync server": 208,
      "intermediate_responses sync_info": 1,
      "operations answered": 6,
      "operations unanswered": 1,
      "requests modify": 3,
      "requests search": 1,
      "responses success modify": 3,
      "result_codes 0": 6,
      search_entries: 208,
      "search_filters presence": 1,
      "search_traits persistent": 1,
      "search_traits unindexed_suspect": 1,
      "search_traits whole_base": 1,
      "searches sub": 1,
    },
    records: [{ end: "client_close", entries: 208, operations: { search: { unanswered: 1 } } }],
  },
  {
    name: "refreshed",
    title: "what has changed since the last time",
    play: async ({ run }) => {
      await run(0, ["ldapsearch", ...ann, "-b", PEOPLE, "-E", "sync=ro", "(uid=u00*)", "uid"]);
    },
    book: {
      ...sessions(1),
      "controls sync client": 1,
      "controls sync server": 11,
      "operations answered": 2,
      "requests search": 1,
      "responses success search": 1,
      "result_codes 0": 2,
      search_entries: 10,
      "search_filters substr_initial": 1,
      "searches sub": 1,
    },
  },
];

/** Everything that is there was sent, and that it was (refreshDone). */
async function refreshed(wire: LdapWire): Promise<void> {
  for (;;) {
    const answer = await wire.answer();
    if (answer === undefined || answer.tag === 0x79) return;
  }
}

function changed(i: number): string {
  return `dn: ${person("ben")}\nchangetype: modify\nreplace: title\ntitle: ${i}\n`;
}

describeScenarios("Operations with slapd", scenarios);
