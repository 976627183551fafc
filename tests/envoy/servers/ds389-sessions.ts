/** Sessions with 389-DS that are more than one request after the other, and what is counted of them. */

import { expect, vi } from "vitest";
import { bindRequest, element, equals, message, searchRequest, text } from "../../../bench/ldap/messages.ts";
import { books, samplesOf, sum } from "../support/books.ts";
import { MANAGER, SUFFIX } from "./ds389.ts";
import { ANN, BASE, client, PASSWORD, user, type Ds389Scenario } from "./ds389-scenarios.ts";
import { startDaemon } from "./installed.ts";
import { codeOf, LdapWire } from "./ldap/client.ts";
import { sessions } from "./ldap/scenarios.ts";

export const SESSIONS: readonly Ds389Scenario[] = [
  {
    name: "extended",
    title: "extended operations; StartTLS refused, and on in the clear",
    play: async (port) => {
      await client(port, 0, "ldapwhoami");
      await client(port, 1, "ldapexop", ["1.2.3.4"]);
      await client(port, 1, "ldappasswd", ["-s", PASSWORD, ANN]);
      await client(port, 0, "ldapsearch", ["-Z", ...BASE, "-s", "base"]);
    },
    book: {
      ...sessions(4),
      "extended other": 1,
      "extended passwd_modify": 1,
      "extended starttls": 1,
      "extended whoami": 1,
      "operations answered": 9,
      "requests extended": 4,
      "requests search": 1,
      "responses invalid extended": 2,
      "responses security extended": 1,
      "responses success extended": 1,
      "responses success search": 1,
      "result_codes 0": 6,
      "result_codes 13": 1,
      "result_codes 2": 2,
      search_entries: 1,
      "search_filters presence": 1,
      "search_traits all_attributes": 1,
      "searches base": 1,
      "starttls refused": 1,
      "starttls requested": 1,
    },
  },
  {
    name: "digest",
    title: "DIGEST-MD5, without a layer and with one",
    play: async (port) => {
      const digest = ["-Y", "DIGEST-MD5", "-U", "u1", "-w", PASSWORD];
      await client(port, 0, "ldapsearch", ["-O", "maxssf=0", ...digest, ...BASE, "(uid=u1)", "uid"]);
      await client(port, 0, "ldapsearch", [...digest, ...BASE, "(uid=u1)", "uid"]);
    },
    more: {
      // The second search and its answers are in the layer; each answer has 20 octets around it that are not counted.
      ...{ inops: 1, searchops: 1, wholesubtreesearchops: 1, entriesreturned: 1, entriessent: 1 },
      ...{ referralsreturned: 1, bytessent: -60, monitorbytessent: -60 },
      // That one, and one of each search for the user that a name belongs to.
      referrals: 3,
    },
    unseenUnbinds: 1,
    book: {
      connection_ends: 1,
      "bind_mechanisms digest_md5": 2,
      "bind_results success": 2,
      "binds sasl": 2,
      "connection_ends unbind": 1,
      "opaque_connections sasl_unknown": 1,
      "operations answered": 5,
      "referrals continuation": 1,
      "requests bind": 4,
      "requests search": 1,
      "requests unbind": 1,
      "responses continue bind": 2,
      "responses success bind": 2,
      "responses success search": 1,
      "result_codes 0": 3,
      "result_codes 14": 2,
      "sasl_buffers client unknown": 1,
      search_entries: 1,
      "search_filters eq": 1,
      search_references: 1,
      "searches sub": 1,
    },
  },
  {
    name: "persistent",
    title: "a search that stays open, left without a word",
    play: async (port, rig) => {
      const bind = ["-x", "-D", MANAGER.name, "-w", MANAGER.password, "-H", `ldap://127.0.0.1:${port}`];
      const command = ["/usr/bin/ldapsearch", ...bind, ...BASE, "-E", "ps=15/1/1", "(uid=*)", "uid"];
      const watching = await startDaemon("ds389", command, []);
      const scope = { protocol: "ldap", prefix: "persistent" } as const;
      await vi.waitFor(
        async () => {
          const book = books(await samplesOf(rig.envoy, scope), scope);
          expect(sum(book, "persistent_operations_active")).toBe(1);
        },
        { timeout: 20_000, interval: 50 },
      );
      await client(port, 0, "ldapadd", [], user("new"));
      await vi.waitFor(() => expect(watching.output()).toContain("uid: new"), { timeout: 20_000 });
      await watching.stop();
      await client(port, 0, "ldapdelete", [`uid=new,${SUFFIX}`]);
    },
    book: {
      "bind_results success": 3,
      "binds simple": 3,
      "cleartext_binds simple": 3,
      "connection_ends client_close": 1,
      "connection_ends unbind": 2,
      "controls persistent_search client": 1,
      "controls persistent_search server": 1,
      "operations answered": 5,
      "operations unanswered": 1,
      "requests add": 1,
      "requests bind": 3,
      "requests delete": 1,
      "requests search": 1,
      "requests unbind": 2,
      "responses success add": 1,
      "responses success bind": 3,
      "responses success delete": 1,
      "result_codes 0": 5,
      search_entries: 1,
      "search_filters presence": 1,
      "search_traits persistent": 1,
      "search_traits unindexed_suspect": 1,
      "searches sub": 1,
    },
  },
  {
    name: "pipelined",
    title: "StartTLS with a search behind it, an operation that is none, an Abandon of nothing",
    requests: "pipelined",
    play: async (port) => {
      const wire = await LdapWire.connect(port);
      wire.send(bindRequest(1, MANAGER.name, MANAGER.password));
      expect(codeOf(await wire.result(1))).toBe(0);
      wire.send(
        message(2, element(0x77, text("1.3.6.1.4.1.1466.20037", 0x80))),
        searchRequest(3, { base: SUFFIX, scope: 2, filter: equals("uid", "u1"), attributes: ["uid"] }),
        message(4, Buffer.from("500109", "hex")),
        message(5, Buffer.from("5e020400", "hex")),
        searchRequest(6, { base: SUFFIX, scope: 2, filter: equals("uid", "u2"), attributes: ["uid"] }),
      );
      for (let i = 0; i < 3; i++) await wire.result();
      wire.send(message(7, element(0x42)));
      await wire.rest();
      wire.leave();
    },
    book: {
      "anomalies unknown_op": 1,
      "bind_results success": 1,
      "binds simple": 1,
      "cleartext_binds simple": 1,
      "connection_ends unbind": 1,
      "extended starttls": 1,
      "operations answered": 4,
      "operations unanswered": 1,
      "referrals continuation": 2,
      "requests abandon": 1,
      "requests bind": 1,
      "requests extended": 1,
      "requests search": 2,
      "requests unbind": 1,
      "requests unknown": 1,
      "responses invalid extended": 1,
      "responses success bind": 1,
      "responses success search": 2,
      "result_codes 0": 3,
      "result_codes 2": 1,
      search_entries: 2,
      "search_filters eq": 2,
      search_references: 2,
      "searches sub": 2,
      "starttls pipelined": 1,
      "starttls refused": 1,
      "starttls requested": 1,
    },
  },
];
