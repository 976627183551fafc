import { describe, expect, test } from "vitest";
import { ldcltArguments } from "../../bench/ldap/ldclt.ts";
import { integer, searchEntry } from "../../bench/ldap/messages.ts";
import { LDAP } from "../../bench/ldap/protocol.ts";
import { everyday } from "../../bench/ldap/traffic.ts";
import { variantsOf } from "../../bench/protocol.ts";
import { exchangeOnce, open, start, type Subject } from "../../bench/subject.ts";

async function standard(): Promise<Subject> {
  const variant = variantsOf(LDAP).find(({ name }) => name === "ldap standard");
  if (variant === undefined) throw new Error("no such variant");
  return start(LDAP, variant);
}

describe("messages", () => {
  test.each([
    [0, "020100"],
    [127, "02017f"],
    [128, "02020080"],
    [32_767, "02027fff"],
    [32_768, "0203008000"],
  ])("%i has the shortest form", (value, hex) => {
    expect(integer(value).toString("hex")).toBe(hex);
  });

  test("long values have long lengths", () => {
    const head = searchEntry(1, "", [["a", "x".repeat(60_000)]]).subarray(0, 8);
    expect(head.toString("hex")).toBe("3082ea7c02010164");
  });
});

describe("an exchange", () => {
  test.each(LDAP.exchanges.map((exchange) => [exchange.name, exchange] as const))(
    "%s is read to its last byte: every request answered, nothing odd, and it can be repeated",
    async (_, exchange) => {
      const subject = await standard();
      const connection = open(subject);
      const value = (name: string): number => subject.vm.stats.value(`ldap.default.${name}`) ?? 0;
      subject.vm.tick();
      const before = value("messages_total.from.client") + value("messages_total.from.server");
      exchangeOnce(connection, exchange);
      exchangeOnce(connection, exchange);
      subject.vm.tick();
      const after = value("messages_total.from.client") + value("messages_total.from.server");
      expect(after - before).toBe(2 * exchange.units);
      expect(value("operations_active")).toBe(0);
      const odd = subject.vm.stats
        .all()
        .filter(({ fullName }) =>
          /anomalies|opaque|unmatched|limits_reached|outcome.(?!answered)/.test(fullName),
        );
      expect(odd.length).toBeGreaterThan(20);
      expect(odd.filter((stat) => "value" in stat && stat.value > 0n)).toEqual([]);
    },
  );
});

test("an everyday entry has about 300 bytes", () => {
  const entries = everyday(1).flatMap(({ responses }) => responses.slice(0, -1));
  for (const { length } of entries) expect(Math.abs(length - 300)).toBeLessThan(40);
  expect(entries.length).toBeGreaterThan(0);
});

test("ldclt is told how many threads search how often for whom", () => {
  const words = ldcltArguments({
    port: 1,
    threads: 4,
    searches: 10,
    folder: "people",
    letter: "u",
    users: 1_000,
  });
  const text = words.join(" ");
  expect(text).toContain("-n 4 -T 10");
  expect(text).toContain("-b ou=people,dc=example,dc=com -f uid=uXXX");
  expect(text).toContain("-r 0 -R 999");
  expect(text).not.toContain("-a ");
});
