import { expect, test } from "vitest";
import { plansOf } from "../../bench/plan.ts";

const all = { repetitions: 7 };

test("by default every variant of every protocol is measured under every load", () => {
  const plans = plansOf(all);
  expect(plans.map(({ protocol }) => protocol.name)).toEqual(["smtp", "ldap", "chain"]);
  expect(plans.map(({ variants }) => variants.length)).toEqual([7, 7, 7]);
  expect(plans.map(({ loads }) => loads.length)).toEqual([3, 3, 2]);
});

test("protocols, variants and loads are chosen by name; a protocol that is left without any is left out", () => {
  expect(plansOf({ ...all, protocols: ["ldap"] }).map(({ protocol }) => protocol.name)).toEqual(["ldap"]);
  const [plan, ...others] = plansOf({ ...all, rows: ["readfloor", "ldap high"], traffic: ["60 kB"] });
  expect(others).toEqual([]);
  expect(plan?.variants.map(({ name }) => name)).toEqual(["readfloor", "ldap high"]);
  expect(plan?.loads.map(({ name }) => name)).toEqual(["entry with a value of 60 kB"]);
});

test("a name that fits nothing is named, with those that do", () => {
  expect(() => plansOf({ ...all, protocols: ["pop3"] })).toThrow('there is no "pop3", but smtp, ldap');
  expect(() => plansOf({ ...all, rows: ["ldap loud"] })).toThrow(/no variant "ldap loud", but plain, noop/);
  expect(() => plansOf({ ...all, traffic: ["1 MB"] })).toThrow(/no load is named so: 1 kB, kept/);
});

test("a quick run sends less of the same", () => {
  const [load] = plansOf({ ...all, quick: true, protocols: ["ldap"] })[0]?.loads ?? [];
  expect(load?.units).toBeLessThan(plansOf({ ...all, protocols: ["ldap"] })[0]?.loads[0]?.units ?? 0);
});
