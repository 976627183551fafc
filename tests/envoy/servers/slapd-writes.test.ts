// OpenLDAP's clients change, compare and ask through Envoy; what the filter has counted is what slapd has.

import { describeScenarios } from "./ldap/described.ts";
import { ADMIN, CODES, newcomer, PASSWORD, PEOPLE, person, SUFFIX } from "./ldap/directory.ts";
import { sessions, type Scenario } from "./ldap/scenarios.ts";

const admin = ["-x", "-D", ADMIN.name, "-w", ADMIN.password];
const ann = ["-x", "-D", person("ann"), "-w", PASSWORD];

const replaced = (uid: string, value: string): string =>
  `dn: ${person(uid)}\nchangetype: modify\nreplace: description\ndescription: ${value}\n-\nadd: title\ntitle: ${value}\n\n`;

const scenarios: Scenario[] = [
  {
    name: "writes",
    title: "entries added, changed, renamed and deleted",
    configuration: { access_log: { record: true, identities: "plain" } },
    play: async ({ run }) => {
      const people = ["new1", "new2", "new3"];
      await run(0, ["ldapadd", ...admin], { input: people.map((uid) => newcomer(uid)).join("\n") });
      await run(0, ["ldapmodify", ...admin], { input: people.map((uid) => replaced(uid, "seen")).join("") });
      await run(0, ["ldapmodrdn", ...admin, "-r", person("new1"), "uid=newer"]);
      await run(0, ["ldapmodrdn", ...admin, "-s", `ou=groups,${SUFFIX}`, person("new2"), "uid=new2"]);
      await run(0, ["ldapdelete", ...admin, person("newer"), person("new3")]);
      await run(0, ["ldapdelete", ...admin, "-r", `ou=groups,${SUFFIX}`]);
    },
    book: {
      ...sessions(6),
      "operations answered": 20,
      "requests add": 3,
      "requests delete": 4,
      "requests moddn": 2,
      "requests modify": 3,
      "requests search": 2,
      "responses success add": 3,
      "responses success delete": 4,
      "responses success moddn": 2,
      "responses success modify": 3,
      "responses success search": 2,
      "result_codes 0": 20,
      search_entries: 1,
      "search_filters presence": 2,
      "search_traits no_attributes": 2,
      "search_traits types_only": 2,
      "search_traits unindexed_suspect": 2,
      "search_traits whole_base": 2,
      "searches one": 2,
    },
    records: [
      {
        bind: { method: "simple", result: "success", name: ADMIN.name },
        operations: { bind: { success: 1 }, add: { success: 3 } },
      },
      { entries: 1, operations: { bind: { success: 1 }, search: { success: 2 }, delete: { success: 2 } } },
    ],
  },
  {
    name: "refused",
    title: "changes that slapd refuses",
    play: async ({ run }) => {
      await run(68, ["ldapadd", ...admin], { input: newcomer("ann") });
      await run(32, ["ldapmodify", ...admin], { input: replaced("nobody", "seen") });
      await run(50, ["ldapmodify", ...ann], { input: replaced("ben", "seen") });
      await run(66, ["ldapdelete", ...admin, PEOPLE]);
      await run(65, ["ldapadd", ...admin], { input: `dn: ${person("x")}\nobjectClass: person\nuid: x\n` });
      await run(19, ["ldapmodify", ...admin], {
        input: `dn: ${SUFFIX}\nchangetype: modify\nreplace: modifyTimestamp\nmodifyTimestamp: 20200101000000Z\n`,
      });
      await run(53, ["ldapmodrdn", ...admin, "-r", `cn=a,cn=b`, "cn=c"]);
      await run(51, ["ldapdelete", ...admin, `cn=busy,${CODES}`]);
      await run(51, ["ldapcompare", ...admin, `cn=busy,${CODES}`, "cn:busy"]);
    },
    book: {
      ...sessions(9),
      "operations answered": 18,
      "requests add": 2,
      "requests compare": 1,
      "requests delete": 2,
      "requests moddn": 1,
      "requests modify": 3,
      "responses invalid add": 2,
      "responses invalid delete": 1,
      "responses invalid modify": 1,
      "responses not_found modify": 1,
      "responses security modify": 1,
      "responses server compare": 1,
      "responses server delete": 1,
      "responses server moddn": 1,
      "result_codes 0": 9,
      "result_codes 19": 1,
      "result_codes 32": 1,
      "result_codes 50": 1,
      "result_codes 51": 2,
      "result_codes 53": 1,
      "result_codes 65": 1,
      "result_codes 66": 1,
      "result_codes 68": 1,
    },
  },
  {
    name: "compared",
    title: "comparisons: true, false, and without an answer",
    play: async ({ run }) => {
      await run(6, ["ldapcompare", ...ann, person("ann"), "uid:ann"]);
      await run(5, ["ldapcompare", ...ann, person("ann"), "uid:ben"]);
      await run(16, ["ldapcompare", ...ann, person("ann"), "title:x"]);
    },
    book: {
      ...sessions(3),
      "operations answered": 6,
      "requests compare": 3,
      "responses invalid compare": 1,
      "responses success compare": 2,
      "result_codes 0": 3,
      "result_codes 16": 1,
      "result_codes 5": 1,
      "result_codes 6": 1,
    },
  },
  {
    name: "extended",
    title: "extended operations",
    play: async ({ run }) => {
      await run(0, ["ldapwhoami", ...ann]);
      await run(0, ["ldapwhoami", ...admin, "-e", `!authzid=dn:${person("ben")}`]);
      await run(0, ["ldapexop", ...ann, "whoami"]);
      await run(1, ["ldapexop", ...ann, "cancel", "7"]);
      await run(1, ["ldapexop", ...ann, "1.3.6.1.4.1.9999.1"]);
      await run(0, ["ldappasswd", ...admin, "-s", "other", person("u000")]);
      await run(0, ["ldappasswd", ...admin, person("u001")]);
      await run(1, ["ldappasswd", ...admin, "-s", "other", person("nobody")]);
    },
    book: {
      ...sessions(8),
      "controls proxy_authz client": 1,
      critical_controls: 1,
      "extended cancel": 1,
      "extended other": 1,
      "extended passwd_modify": 3,
      "extended whoami": 3,
      "operations answered": 16,
      "requests extended": 8,
      "responses invalid extended": 2,
      "responses not_found extended": 1,
      "responses success extended": 5,
      "result_codes 0": 13,
      "result_codes 119": 1,
      "result_codes 2": 1,
      "result_codes 32": 1,
    },
  },
  {
    name: "transactions",
    title: "a transaction that is committed, and one that is not",
    play: async ({ run }) => {
      const changes = replaced("u002", "one") + replaced("u003", "two");
      await run(0, ["ldapmodify", ...admin, "-E", "txn=commit"], { input: changes });
      await run(0, ["ldapmodify", ...admin, "-E", "!txn=abort"], { input: changes });
    },
    book: {
      ...sessions(2),
      "controls txn_spec client": 4,
      critical_controls: 4,
      "extended txn_end": 2,
      "extended txn_start": 2,
      "operations answered": 10,
      "requests extended": 4,
      "requests modify": 4,
      "responses success extended": 4,
      "responses success modify": 4,
      "result_codes 0": 10,
    },
  },
  {
    name: "reads",
    title: "controls of changes: what was there before, and is there afterwards",
    play: async ({ run }) => {
      await run(0, ["ldapmodify", ...admin, "-e", "preread=description", "-e", "!postread=description"], {
        input: replaced("u004", "seen"),
      });
      await run(122, ["ldapmodify", ...admin, "-e", "!assert=(title=other)"], {
        input: replaced("u004", "x"),
      });
      await run(0, ["ldapmodify", ...admin, "-M", "-e", "relax"], { input: replaced("u005", "seen") });
      await run(12, ["ldapdelete", ...admin, "-e", "!1.3.6.1.4.1.9999.2", person("u005")]);
    },
    book: {
      ...sessions(4),
      "controls assertion client": 1,
      "controls manage_dsa_it client": 1,
      "controls other client": 2,
      "controls post_read client": 1,
      "controls post_read server": 1,
      "controls pre_read client": 1,
      "controls pre_read server": 1,
      critical_controls: 3,
      "operations answered": 8,
      "requests delete": 1,
      "requests modify": 3,
      "responses invalid delete": 1,
      "responses invalid modify": 1,
      "responses success modify": 2,
      "result_codes 0": 6,
      "result_codes 12": 1,
      "result_codes 122": 1,
    },
  },
];

describeScenarios("Changes with slapd", scenarios);
