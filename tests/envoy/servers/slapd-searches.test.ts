// OpenLDAP's clients search through Envoy in every way they know; what the filter has counted is what slapd has.

import { expect } from "vitest";
import { describeScenarios } from "./ldap/described.ts";
import {
  ADMIN,
  CODES,
  ELSEWHERE,
  LIMITED,
  PASSWORD,
  PEOPLE,
  person,
  PHOTO,
  SUFFIX,
} from "./ldap/directory.ts";
import { compact, sessions, type Scenario } from "./ldap/scenarios.ts";

const ann = ["-x", "-D", person("ann"), "-w", PASSWORD];
const search = (...more: readonly string[]): string[] => ["ldapsearch", ...ann, "-LLL", ...more];

const scenarios: Scenario[] = [
  {
    name: "shapes",
    title: "filters of every shape, one search after the other",
    play: async ({ run }) => {
      const filters = [
        ...["(uid=u001)", "(uid=*)", "(uid=u00*)", "(uid=*01)", "(uid=*0*)", "(uid>=u199)", "(uid<=u001)"],
        ...["(uid~=ann)", "(uid:caseExactMatch:=ann)", "(!(uid=ann))", "(&(objectClass=*)(uid=ann))"],
        ...["(|(uid=u00*)(uid=u01*))", "(&)", "(|)", "(objectClass=*)", "(&(!(uid=ann))(cn=b*n))"],
      ];
      for (const filter of filters) await run(0, search("-b", PEOPLE, filter, "uid"));
    },
    book: {
      ...sessions(16),
      "operations answered": 32,
      "requests search": 16,
      "responses success search": 16,
      "result_codes 0": 32,
      search_entries: 974,
      "search_filters approx": 1,
      "search_filters compound_eq": 1,
      "search_filters compound_no_eq": 2,
      "search_filters eq": 1,
      "search_filters ext": 1,
      "search_filters not_only": 1,
      "search_filters presence": 2,
      "search_filters range": 2,
      "search_filters substr_initial": 1,
      "search_filters substr_leading": 2,
      "search_filters true_false": 2,
      "search_traits unindexed_suspect": 11,
      "search_traits whole_base": 1,
      "searches sub": 16,
    },
  },
  {
    name: "scopes",
    title: "scopes, the root entry, types only, no attributes, all of them",
    play: async ({ run }) => {
      await run(0, search("-b", "", "-s", "base"));
      await run(0, search("-b", SUFFIX, "-s", "base", "-A"));
      await run(0, search("-b", SUFFIX, "-s", "one", "(ou=people)", "1.1"));
      await run(0, search("-b", SUFFIX, "-s", "children", "(uid=ann)", "*"));
      await run(32, search("-b", `ou=nowhere,${SUFFIX}`));
    },
    book: {
      ...sessions(5),
      "operations answered": 10,
      "referrals continuation": 2,
      "requests search": 5,
      "responses not_found search": 1,
      "responses success search": 4,
      "result_codes 0": 9,
      "result_codes 32": 1,
      search_entries: 4,
      "search_filters eq": 2,
      "search_filters presence": 3,
      search_references: 2,
      "search_traits all_attributes": 4,
      "search_traits no_attributes": 1,
      "search_traits rootdse": 1,
      "search_traits types_only": 1,
      "search_traits unindexed_suspect": 1,
      "search_traits whole_base": 1,
      "searches base": 2,
      "searches one": 1,
      "searches sub": 1,
      "searches subordinate": 1,
    },
  },
  {
    name: "pages",
    title: "pages of 50",
    play: async ({ run }) => {
      await run(0, search("-b", PEOPLE, "-E", "pr=50/noprompt", "(uid=u*)", "uid"));
    },
    book: {
      ...sessions(1),
      "controls paged client": 4,
      "controls paged server": 4,
      "operations answered": 5,
      page_size_count: 4,
      "requests search": 4,
      "responses success search": 4,
      "result_codes 0": 5,
      search_entries: 200,
      "search_filters substr_initial": 4,
      "search_traits paged": 4,
      "search_traits paged_continuation": 3,
      "searches sub": 4,
    },
  },
  {
    name: "sorted",
    title: "sorted, and through a window of the list",
    play: async ({ run }) => {
      await run(0, search("-b", PEOPLE, "-E", "sss=-uid:caseIgnoreOrderingMatch", "(uid=u00*)", "uid"));
      const window = ["-E", "!sss=uid:caseIgnoreOrderingMatch", "-E", "!vlv=0/49/1/0"];
      await unlessBusy(() =>
        run(76, search("-b", PEOPLE, ...window, "(uid=u*)", "uid"), { input: "\n".repeat(9) }),
      );
    },
    // How often slapd was busy differs; its own book has to be equalled all the same.
    check: (found) => {
      const book = compact(found);
      const searches = book["requests search"] ?? 0;
      expect(searches).toBeGreaterThanOrEqual(7);
      expect(book["search_entries"]).toBeGreaterThanOrEqual(214);
      expect(book).toMatchObject({
        "controls sort client": searches,
        "controls vlv client": searches - 1,
        "result_codes 76": 1,
        "search_filters substr_initial": searches,
        "search_traits sorted": searches,
        "search_traits vlv": searches - 1,
      });
    },
  },
  {
    name: "limits",
    title: "limits of size and time, and the administrator's",
    configuration: { slow_operations_ms: { search: 900 } },
    play: async ({ run }) => {
      await run(4, search("-b", PEOPLE, "-z", "7", "uid"));
      await run(3, search("-b", `cn=slow,${CODES}`));
      const max = ["-x", "-D", person(LIMITED), "-w", PASSWORD];
      await run(11, ["ldapsearch", ...max, "-b", PEOPLE, "(description=one*)", "uid"]);
    },
    book: {
      ...sessions(3),
      "operations answered": 6,
      "requests search": 3,
      "responses limit search": 3,
      "result_codes 0": 3,
      "result_codes 11": 1,
      "result_codes 3": 1,
      "result_codes 4": 1,
      search_entries: 7,
      "search_filters presence": 2,
      "search_filters substr_initial": 1,
      "search_traits all_attributes": 1,
      "search_traits unindexed_suspect": 2,
      "search_traits whole_base": 2,
      "searches sub": 3,
      "slow_operations search": 1,
    },
    records: [{ entries: 7, operations: { bind: { success: 1 }, search: { limit: 1 } } }],
  },
  {
    name: "codes",
    title: "results of a server in trouble",
    play: async ({ run }) => {
      const codes = { busy: 51, unavailable: 52, other: 80, loop: 54 };
      for (const [name, code] of Object.entries(codes)) await run(code, search("-b", `cn=${name},${CODES}`));
    },
    book: {
      ...sessions(4),
      "operations answered": 8,
      "requests search": 4,
      "responses invalid search": 1,
      "responses server search": 3,
      "result_codes 0": 4,
      "result_codes 51": 1,
      "result_codes 52": 1,
      "result_codes 54": 1,
      "result_codes 80": 1,
      "search_filters presence": 4,
      "search_traits all_attributes": 4,
      "search_traits unindexed_suspect": 4,
      "search_traits whole_base": 4,
      "searches sub": 4,
    },
  },
  {
    name: "notice",
    title: "a server that says it leaves",
    play: async ({ run }) => {
      await run(52, search("-b", `cn=leaving,${CODES}`));
    },
    book: {
      "bind_results success": 1,
      "binds simple": 1,
      "cleartext_binds simple": 1,
      "connection_ends notice": 1,
      "operations answered": 1,
      "operations unanswered": 1,
      "requests bind": 1,
      "requests search": 1,
      "requests unbind": 1,
      "responses success bind": 1,
      "result_codes 0": 1,
      "search_filters presence": 1,
      "search_traits all_attributes": 1,
      "search_traits unindexed_suspect": 1,
      "search_traits whole_base": 1,
      "searches sub": 1,
      "unsolicited disconnect": 1,
    },
    records: [{ end: "notice", operations: { bind: { success: 1 }, search: { unanswered: 1 } } }],
  },
  {
    name: "referrals",
    title: "references of a search, and referrals instead of results",
    play: async ({ run }) => {
      await run(0, search("-b", SUFFIX, "-s", "one", "(objectClass=*)", "1.1"));
      await run(10, search("-b", ELSEWHERE));
      await run(0, search("-M", "-b", ELSEWHERE, "-s", "base"));
      await run(10, ["ldapdelete", "-x", "-D", ADMIN.name, "-w", ADMIN.password, `cn=a,${ELSEWHERE}`]);
    },
    book: {
      ...sessions(4),
      "controls manage_dsa_it client": 1,
      "operations answered": 8,
      "referrals continuation": 1,
      "referrals final": 2,
      "requests delete": 1,
      "requests search": 3,
      "responses referral delete": 1,
      "responses referral search": 1,
      "responses success search": 2,
      "result_codes 0": 6,
      "result_codes 10": 2,
      search_entries: 5,
      "search_filters presence": 3,
      search_references: 1,
      "search_traits all_attributes": 2,
      "search_traits no_attributes": 1,
      "search_traits unindexed_suspect": 2,
      "search_traits whole_base": 2,
      "searches base": 1,
      "searches one": 1,
      "searches sub": 1,
    },
  },
  {
    name: "photo",
    title: "an entry of 60 kB, four times",
    play: async ({ run }) => {
      for (let i = 0; i < 4; i++) await run(0, search("-b", PHOTO));
    },
    book: {
      ...sessions(4),
      "operations answered": 8,
      "requests search": 4,
      "responses success search": 4,
      "result_codes 0": 8,
      search_entries: 4,
      "search_filters presence": 4,
      "search_traits all_attributes": 4,
      "search_traits unindexed_suspect": 4,
      "search_traits whole_base": 4,
      "searches sub": 4,
    },
  },
  {
    name: "controls",
    title: "controls that slapd knows",
    play: async ({ run }) => {
      const asked = [
        ...[
          ["-E", "subentries=true"],
          ["-E", "mv=(uid=ann)"],
          ["-E", "!dontUseCopy"],
          ["-E", "domainScope"],
        ],
        ...[
          ["-e", "manageDSAit"],
          ["-e", "!assert=(objectClass=*)"],
          ["-e", "ppolicy"],
          ["-e", "noop"],
        ],
        ...[
          ["-e", "sessiontracking"],
          ["-e", "chaining=chainingPreferred"],
          ["-e", "relax"],
        ],
      ];
      for (const options of asked) await run(0, search(...options, "-b", SUFFIX, "-s", "base", "dc"));
    },
    book: {
      ...sessions(11),
      "controls assertion client": 1,
      "controls chaining client": 1,
      "controls domain_scope client": 1,
      "controls dont_use_copy client": 1,
      "controls manage_dsa_it client": 1,
      "controls matched_values client": 1,
      "controls other client": 2,
      "controls ppolicy client": 2,
      "controls ppolicy server": 1,
      "controls session_tracking client": 2,
      "controls subentries client": 1,
      critical_controls: 2,
      "operations answered": 22,
      "requests search": 11,
      "responses success search": 11,
      "result_codes 0": 22,
      search_entries: 10,
      "search_filters presence": 11,
      "searches base": 11,
    },
  },
];

/**
 * Plays `window` again when slapd was busy (51): its sssvlv refuses a window while the thread that sent the one before
 * is not quite done, and ldapsearch asks for the next at once.
 */
async function unlessBusy(window: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await window();
      return;
    } catch (error) {
      if (tries === 20 || !String(error).includes("ended with 51")) throw error;
    }
  }
}

describeScenarios("Searches with slapd", scenarios);
