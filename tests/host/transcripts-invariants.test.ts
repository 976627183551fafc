// Invariants that nothing can break test nothing: each is about metrics that there are, and is found when it is broken.

import { beforeAll, describe, expect, test } from "vitest";
import { StatStore, Vm, parseMetricName, type HostModule, type Stat } from "../../host/index.ts";
import type { Scalar } from "../../host/metrics/store.ts";
import { isMeant, type Term } from "../../host/testing/invariants.ts";
import { STATEMENTS, checkerOf, invariantsOf } from "../support/invariants.ts";
import { builtModule } from "../support/modules.ts";

/** Every metric that a configuration can have; slow operations are counted only with a threshold. */
const CONFIGURATIONS: Readonly<Record<string, string>> = {
  smtp: '{"verbosity": "high", "slow_commands_ms": {"default": 1}}',
  ldap: '{"verbosity": "high", "slow_operations_ms": {"default": 1}}',
  pop3: '{"verbosity": "high", "slow_commands_ms": {"default": 1}}',
};

/** Defined on first use. */
const LAZY: Readonly<Record<string, readonly string[]>> = {
  smtp: [],
  ldap: ["ldap.default.operation_result_codes_total.op.bind.code.0"],
  pop3: [],
};

/** A statement is broken by this much, by which no other metric can mend it. */
const MUCH = 1_000_000n;

describe.each(Object.keys(STATEMENTS))("%s", (protocol) => {
  let module: HostModule;
  beforeAll(async () => {
    module = await builtModule(protocol);
  });

  /** A store in which all metrics are, with the value 0. */
  function fresh(): StatStore {
    const stats = new StatStore();
    const vm = new Vm(module, { stats });
    vm.startPlugin({ rootId: `heirloom.${protocol}`, configuration: CONFIGURATIONS[protocol] });
    for (const name of LAZY[protocol] ?? []) stats.define("counter", name);
    return stats;
  }

  const meantBy = (stats: StatStore, term: Term): Stat[] =>
    stats.all().filter(({ fullName }) => {
      const name = parseMetricName(fullName);
      return name.protocol === protocol && isMeant(term, name.metric, new Map(name.labels));
    });

  const found = (stats: StatStore, name: string): string[] =>
    checkerOf(stats)
      .violations("closed")
      .filter((text) => text.startsWith(`${name} (`));

  const add = (stat: Stat, term: Term): void => {
    if (stat.kind !== "histogram") stat.add(MUCH);
    else stat.record(term.what === "sum" ? MUCH : 0n);
  };

  test("has names that tell its invariants apart", () => {
    const names = invariantsOf(protocol).map(({ name }) => name);
    expect(names.length).toBeGreaterThan(20);
    expect(new Set(names).size).toBe(names.length);
  });

  test("nothing is wrong where nothing happened", () => {
    expect(checkerOf(fresh()).violations("closed")).toEqual([]);
  });

  test.each(invariantsOf(protocol).map((one) => [one.name, one] as const))("%s", (name, invariant) => {
    const { left, right, relation, unless } = invariant;
    for (const term of [...left, ...right, ...unless]) {
      expect(meantBy(fresh(), term), `${term.metric} of: ${invariant.statement}`).not.toEqual([]);
    }
    // More on the right is wrong whatever the relation; more on the left where both have to be equal.
    const broken = relation === ">=" ? right : [...left, ...right];
    for (const term of broken) {
      const stats = fresh();
      const stat = meantBy(stats, term).at(-1);
      if (stat === undefined) throw new Error("no such metric");
      add(stat, term);
      expect(found(stats, name), `${stat.fullName}: ${invariant.statement}`).toHaveLength(1);
      for (const excuse of unless) {
        for (const one of meantBy(stats, excuse)) add(one, excuse);
        expect(found(stats, name)).toEqual([]);
      }
    }
  });
});

describe("the checker", () => {
  const add = (stats: StatStore, name: string, by = 1n): void => {
    (stats.define("counter", `smtp.default.${name}`) as Scalar).add(by);
  };

  test("lets what is outstanding settle until all is closed", () => {
    const stats = new StatStore();
    add(stats, "commands_total.verb.mail");
    add(stats, "replies_total.verb.mail.class.2xx", 0n);
    add(stats, "commands_unanswered_total.verb.mail", 0n);
    const checker = checkerOf(stats);
    expect(checker.violations("open")).toEqual([]);
    expect(checker.violations("closed")).toHaveLength(1);
    add(stats, "replies_total.verb.mail.class.2xx", 2n);
    expect(checker.violations("open")).toHaveLength(1);
  });

  test("sees metrics that are defined later", () => {
    const stats = new StatStore();
    const checker = checkerOf(stats);
    expect(checker.violations("open")).toEqual([]);
    add(stats, "filter_errors_total.kind.host_call");
    expect(checker.violations("open")).toHaveLength(1);
  });
});
