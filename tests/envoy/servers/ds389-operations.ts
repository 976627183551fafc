/** Operations of all kinds that OpenLDAP's clients ask 389-DS for, and what is counted of them. */

import { SUFFIX } from "./ds389.ts";
import { ANN, BASE, client, PASSWORD, user, type Ds389Scenario } from "./ds389-scenarios.ts";
import { sessions } from "./ldap/scenarios.ts";

export const OPERATIONS: readonly Ds389Scenario[] = [
  {
    name: "binds",
    title: "binds of all sorts",
    play: async (port) => {
      await client(port, 0, "ldapwhoami", ["-D", ""]);
      await client(port, 0, "ldapwhoami", ["-D", ANN, "-w", PASSWORD]);
      await client(port, 49, "ldapwhoami", ["-D", ANN, "-w", "wrong"]);
      await client(port, 49, "ldapwhoami", ["-D", `uid=nobody,${SUFFIX}`, "-w", "wrong"]);
      await client(port, 53, "ldapwhoami", ["-D", ANN, "-w", ""]);
      await client(port, 0, "ldapsearch", ["-P", "2", ...BASE, "-s", "base"]);
    },
    // That of looking for somebody who is not there.
    more: { errors: 1 },
    logged: "all",
    book: {
      "anomalies version_not_3": 1,
      "bind_results invalid_credentials": 2,
      "bind_results success": 3,
      "bind_results unwilling": 1,
      "binds anonymous": 1,
      "binds simple": 3,
      "binds unauthenticated": 1,
      "binds v2": 1,
      "cleartext_binds simple": 4,
      "connection_ends unbind": 6,
      "extended whoami": 2,
      "operations answered": 9,
      "requests bind": 6,
      "requests extended": 2,
      "requests search": 1,
      "requests unbind": 6,
      "responses security bind": 2,
      "responses server bind": 1,
      "responses success bind": 3,
      "responses success extended": 2,
      "responses success search": 1,
      "result_codes 0": 6,
      "result_codes 49": 2,
      "result_codes 53": 1,
      search_entries: 1,
      "search_filters presence": 1,
      "search_traits all_attributes": 1,
      "searches base": 1,
    },
  },
  {
    name: "searches",
    title: "scopes, filters and limits",
    play: async (port) => {
      for (const scope of ["base", "one", "sub"])
        await client(port, 0, "ldapsearch", [...BASE, "-s", scope, "(uid=u1)", "1.1"]);
      await client(port, 2, "ldapsearch", [...BASE, "-s", "children", "(uid=u1)"]);
      await client(port, 32, "ldapsearch", ["-b", `ou=nowhere,${SUFFIX}`]);
      await client(port, 4, "ldapsearch", [...BASE, "-z", "2", "(uid=*)"]);
      await client(port, 12, "ldapsearch", [...BASE, "-E", "!1.2.3.4=:x", "(uid=u1)"]);
      await client(port, 0, "ldapsearch", ["-b", "", "-s", "base"]);
      await client(port, 0, "ldapsearch", [...BASE, "-A", "(&(uid=u*)(!(sn=u3)))", "*"]);
    },
    book: {
      ...sessions(9),
      "controls other client": 1,
      critical_controls: 1,
      "operations answered": 18,
      "referrals continuation": 3,
      "requests search": 9,
      "responses invalid search": 2,
      "responses limit search": 1,
      "responses not_found search": 1,
      "responses success search": 5,
      "result_codes 0": 14,
      "result_codes 12": 1,
      "result_codes 2": 1,
      "result_codes 32": 1,
      "result_codes 4": 1,
      search_entries: 10,
      "search_filters compound_no_eq": 1,
      "search_filters eq": 5,
      "search_filters presence": 3,
      search_references: 3,
      "search_traits all_attributes": 6,
      "search_traits no_attributes": 3,
      "search_traits rootdse": 1,
      "search_traits types_only": 1,
      "search_traits unindexed_suspect": 3,
      "search_traits whole_base": 1,
      "searches base": 2,
      "searches one": 1,
      "searches sub": 5,
      "searches subordinate": 1,
    },
    notes: { U: 2 },
  },
  {
    name: "indexes",
    title: "what 389-DS says of indexes, and what filters look like",
    play: async (port) => {
      const who = ["-D", ANN, "-w", PASSWORD];
      // It has indexes of uid and cn, which take three characters or more, and none of description.
      for (const filter of [
        "(uid=u1)",
        "(cn=u*)",
        "(cn=*1)",
        "(uid=*)",
        "(description=x)",
        "(description=*)",
        "(!(cn=u1))",
        "(uid>=u3)",
      ])
        await client(port, 0, "ldapsearch", [...who, ...BASE, filter, "1.1"]);
    },
    book: {
      ...sessions(8),
      "operations answered": 16,
      "referrals continuation": 8,
      "requests search": 8,
      "responses success search": 8,
      "result_codes 0": 16,
      search_entries: 24,
      "search_filters eq": 2,
      "search_filters not_only": 1,
      "search_filters presence": 2,
      "search_filters range": 1,
      "search_filters substr_initial": 1,
      "search_filters substr_leading": 1,
      search_references: 8,
      "search_traits no_attributes": 8,
      "search_traits unindexed_suspect": 5,
      "searches sub": 8,
    },
    notes: { U: 5 },
  },
  {
    name: "writes",
    title: "changes, made and refused",
    play: async (port) => {
      const [one, two] = [`uid=one,${SUFFIX}`, `uid=two,${SUFFIX}`];
      await client(port, 0, "ldapadd", [], user("one"));
      await client(port, 68, "ldapadd", [], user("one"));
      await client(port, 50, "ldapadd", ["-D", ANN, "-w", PASSWORD], user("two"));
      await client(port, 0, "ldapmodify", [], `dn: ${one}\nchangetype: modify\nreplace: sn\nsn: x\n`);
      await client(port, 65, "ldapmodify", [], `dn: ${one}\nchangetype: modify\ndelete: sn\n`);
      await client(port, 0, "ldapmodrdn", [one, "uid=two"]);
      await client(port, 6, "ldapcompare", [two, "sn:x"]);
      await client(port, 5, "ldapcompare", [two, "sn:y"]);
      await client(port, 0, "ldapdelete", [two]);
      await client(port, 32, "ldapdelete", [two]);
    },
    book: {
      ...sessions(10),
      "operations answered": 20,
      "requests add": 3,
      "requests compare": 2,
      "requests delete": 2,
      "requests moddn": 1,
      "requests modify": 2,
      "responses invalid add": 1,
      "responses invalid modify": 1,
      "responses not_found delete": 1,
      "responses security add": 1,
      "responses success add": 1,
      "responses success compare": 2,
      "responses success delete": 1,
      "responses success moddn": 1,
      "responses success modify": 1,
      "result_codes 0": 14,
      "result_codes 32": 1,
      "result_codes 5": 1,
      "result_codes 50": 1,
      "result_codes 6": 1,
      "result_codes 65": 1,
      "result_codes 68": 1,
    },
  },
  {
    name: "controls",
    title: "pages, sorting, rights, referrals",
    play: async (port) => {
      await client(port, 0, "ldapsearch", [...BASE, "-E", "pr=2/noprompt", "(uid=*)", "uid"]);
      await client(port, 0, "ldapsearch", [...BASE, "-E", "sss=-uid", "(uid=*)", "uid"]);
      await client(port, 0, "ldapsearch", [...BASE, "-E", "accountUsability", "(uid=u1)", "uid"]);
      await client(port, 0, "ldapsearch", [...BASE, "-M", "(ou=elsewhere)", "ref"]);
      await client(port, 10, "ldapsearch", ["-b", "dc=elsewhere", "-s", "base"]);
      await client(port, 10, "ldapdelete", ["dc=elsewhere"]);
    },
    book: {
      ...sessions(6),
      "controls account_usable client": 1,
      "controls account_usable server": 1,
      "controls manage_dsa_it client": 1,
      "controls paged client": 4,
      "controls paged server": 4,
      "controls sort client": 1,
      "controls sort server": 1,
      critical_controls: 1,
      "operations answered": 15,
      page_size_count: 4,
      "referrals continuation": 3,
      "referrals final": 2,
      "requests delete": 1,
      "requests search": 8,
      "responses referral delete": 1,
      "responses referral search": 1,
      "responses success search": 7,
      "result_codes 0": 13,
      "result_codes 10": 2,
      search_entries: 14,
      "search_filters eq": 2,
      "search_filters presence": 6,
      search_references: 3,
      "search_traits all_attributes": 1,
      "search_traits paged": 4,
      "search_traits paged_continuation": 3,
      "search_traits sorted": 1,
      "search_traits unindexed_suspect": 5,
      "searches base": 1,
      "searches sub": 7,
    },
    notes: { U: 6, P: 4 },
  },
];
