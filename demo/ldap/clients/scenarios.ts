import { Attribute, Change } from "ldapts";
import type { Scenario } from "../../crowd.ts";
import { anyOf, integer } from "../../material.ts";
import { CODE, WHO_AM_I } from "../codes.ts";
import {
  application,
  APPLICATIONS,
  BRANCH,
  DEVICES,
  PRINTERS,
  printer,
  PROVISIONING,
  service,
  SUFFIX,
} from "../company.ts";
import { expectCount, refused, session, sessionAs } from "./session.ts";

const APPLICATION_UNIT = `ou=applications,${SUFFIX}`;

/** An application that looks up what it needs. */
export const lookUp: Scenario = (server) =>
  sessionAs(application(integer(1, APPLICATIONS)), server, async (client) => {
    for (let left = integer(2, 8); left > 0; left--) {
      const number = integer(1, APPLICATIONS);
      const filter = anyOf(
        `(uid=app${number})`,
        `(&(objectClass=account)(uid=app${number}))`,
        `(|(uid=app${number})(mail=nothing@demo.test))`,
      );
      const attributes = anyOf(["mail"], ["uid", "description"], []);
      const { searchEntries } = await client.search(SUFFIX, { scope: "sub", filter, attributes });
      expectCount("entries", searchEntries.length, 1);
    }
  });

/** The mail gateway asks whether addresses exist: some do not. */
export const addresses: Scenario = (server) =>
  sessionAs(service("mail-gateway"), server, async (client) => {
    for (const number of [integer(1, APPLICATIONS), 0]) {
      const { searchEntries } = await client.search(APPLICATION_UNIT, {
        scope: "one",
        filter: `(mail=app${number}@demo.test)`,
        attributes: ["1.1"],
      });
      expectCount("entries", searchEntries.length, number === 0 ? 0 : 1);
    }
  });

/** Searches that no index is of use for, of one kind each. */
const unindexed: Scenario = (server) =>
  session(server, async (client) => {
    for (const filter of [
      "(objectClass=*)",
      "(mail=*@demo.test)",
      "(uid=app1*)",
      "(serialNumber>=40006)",
      "(!(objectClass=account))",
      "(&(mail=*)(departmentNumber>=103))",
    ]) {
      await client.search(SUFFIX, { scope: "sub", filter, attributes: ["*"] });
    }
    const names = await client.search(SUFFIX, {
      scope: "sub",
      filter: "(objectClass=device)",
      returnAttributeValues: false,
    });
    if (names.searchEntries.length < PRINTERS) throw new Error("printers are missing");
    for (const filter of ["(cn~=printer-1)", "(cn:caseExactMatch:=backup)"]) {
      await refused(CODE.inappropriateMatching, client.search(SUFFIX, { scope: "sub", filter }));
    }
  });

/** A filter as tools write them: deep. */
const deep: Scenario = (server) =>
  session(server, async (client) => {
    const filter = Array.from({ length: 10 }, (_, i) => i).reduce(
      (inner, i) => (i % 2 === 0 ? `(&(objectClass=account)${inner})` : `(|(uid=none)${inner})`),
      "(uid=app7)",
    );
    const { searchEntries } = await client.search(SUFFIX, { scope: "sub", filter });
    expectCount("entries", searchEntries.length, 1);
  });

/** All applications, page by page. */
const pages: Scenario = (server) =>
  sessionAs(service("backup"), server, async (client) => {
    const { searchEntries } = await client.search(APPLICATION_UNIT, {
      scope: "one",
      filter: "(objectClass=account)",
      paged: { pageSize: anyOf(7, 20, 25) },
    });
    expectCount("entries", searchEntries.length, APPLICATIONS);
  });

/** More than it wants to know. */
const cut: Scenario = (server) =>
  session(server, async (client) => {
    const { searchEntries } = await client.search(APPLICATION_UNIT, {
      scope: "one",
      filter: "(objectClass=account)",
      sizeLimit: 5,
    });
    expectCount("entries", searchEntries.length, 5);
  });

/** A monitor: is the server there, and who am I. */
const monitor: Scenario = (server) =>
  session(server, async (client) => {
    await client.search("", { scope: "base" });
    await client.bind("", "");
    const nobody = await client.exop(WHO_AM_I);
    if (nobody.value) throw new Error(`expected to be nobody, was ${nobody.value}`);
    await client.bind(service("monitoring"), "demo-password");
    await client.exop(WHO_AM_I);
    await refused(CODE.protocolError, client.exop("1.3.6.1.1.8"));
  });

/** Names and passwords that do not belong together. */
export const badLogins: Scenario = (server) =>
  session(server, async (client) => {
    await refused(CODE.invalidCredentials, client.bind(application(1), "guess"));
    await refused(CODE.invalidCredentials, client.bind(`uid=nothing,${APPLICATION_UNIT}`, "guess"));
    // No password at all: a classic mistake, which must not count as a login.
    await refused(CODE.unwillingToPerform, client.bind(application(1), ""));
  });

let devices = 0;

/** An entry from its beginning to its end, and what can go wrong on the way. */
export const provisioning: Scenario = (server) =>
  sessionAs(PROVISIONING, server, async (client) => {
    const number = ++devices;
    const first = `cn=scanner-${number},${DEVICES}`;
    const second = `cn=copier-${number},${DEVICES}`;
    const entry = { objectClass: ["device"], cn: [`scanner-${number}`] };
    await client.add(first, entry);
    await refused(CODE.entryAlreadyExists, client.add(first, entry));
    const description = new Attribute({ type: "description", values: ["new"] });
    await client.modify(first, new Change({ operation: "add", modification: description }));
    await client.modifyDN(first, second);
    await refused(CODE.noSuchObject, client.modifyDN(first, second));
    await client.modify(second, new Change({ operation: "delete", modification: description }));
    await refused(CODE.notAllowedOnNonLeaf, client.del(DEVICES));
    await client.del(second);
    await refused(CODE.noSuchObject, client.del(second));
  });

/** Not everybody may write. */
export const mayNot: Scenario = (server) =>
  sessionAs(service("vpn"), server, async (client) => {
    const description = new Attribute({ type: "description", values: ["mine"] });
    await refused(
      CODE.insufficientAccessRights,
      client.modify(printer(1), new Change({ operation: "replace", modification: description })),
    );
  });

/** Groups and their members. */
export const comparisons: Scenario = (server) =>
  sessionAs(service("vpn"), server, async (client) => {
    const group = `cn=administrators,ou=groups,${SUFFIX}`;
    if (!(await client.compare(group, "member", application(4)))) throw new Error("a member is missing");
    if (await client.compare(group, "member", application(5))) throw new Error("a member too many");
    await refused(CODE.noSuchAttribute, client.compare(group, "owner", application(5)));
    await refused(CODE.noSuchObject, client.compare(`cn=none,${SUFFIX}`, "member", application(5)));
  });

/** What another server knows. */
const branch: Scenario = (server) =>
  session(server, async (client) => {
    await refused(CODE.referral, client.search(BRANCH, { scope: "base" }));
    const { searchReferences } = await client.search(SUFFIX, { scope: "sub", filter: "(cn=vpn)" });
    expectCount("references", searchReferences.length, 1);
    await refused(CODE.noSuchObject, client.search(`ou=nowhere,${SUFFIX}`, { scope: "sub" }));
  });

/** Would encrypt if the server could, and goes on in clear. */
const startTls: Scenario = (server) =>
  session(server, async (client) => {
    await refused(CODE.protocolError, client.startTLS());
    await client.bind(application(2), "demo-password");
    await client.search(application(2), { scope: "base" });
  });

/** ldapts, in every kind of session; the usual ones more often. */
export const SCENARIOS: readonly Scenario[] = [
  ...[lookUp, lookUp, lookUp, lookUp, addresses, addresses, pages, monitor, provisioning],
  ...[unindexed, deep, cut, badLogins, mayNot, comparisons, branch, startTls],
];
