// What docs/agreement.md says of Zeek's captures is what the tests of them have written down; they need not be there.

import { expect, test } from "vitest";
import { CASES as LDAP } from "../corpus/zeek-ldap-cases.ts";
import { CASES as SMTP } from "../corpus/zeek-smtp-cases.ts";
import { tableOf } from "./agreement.ts";

test.each([
  ["zeek-smtp", SMTP],
  ["zeek-ldap", LDAP],
] as const)("%s: as many agree, and differ for each reason, as docs/agreement.md says", (name, cases) => {
  const reasons = cases.map(({ differences = {} }) => Object.keys(differences));
  const numbers = [...new Set(reasons.flat())].sort();
  expect(tableOf(name)).toEqual([
    ["Agree", String(reasons.filter(({ length }) => length === 0).length)],
    ...numbers.map((number) => [number, String(reasons.filter((all) => all.includes(number)).length)]),
    ["All", String(cases.length)],
  ]);
});
