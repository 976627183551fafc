import { describe, expect, test } from "vitest";
import { LDAP } from "../../bench/ldap/protocol.ts";
import { report, verdicts, type Results } from "../../bench/report.ts";
import { SMTP } from "../../bench/smtp/protocol.ts";

const footprint = {
  moduleBytes: 41_000,
  emptyBytes: 131_072,
  idleBytes: 900,
  outstandingBytes: 65,
  hostCalls: 2.25,
  fetches: 1.5,
};

function smtp(): Results {
  const cpu = { plain: [60, 61], noop: [61, 62], readfloor: [70, 70], "smtp standard": [77, 77] };
  return {
    protocol: SMTP,
    samples: { "1 kB, kept connection": cpu },
    footprints: { "smtp standard": footprint },
    throughputs: {},
  };
}

function ldap(perSecond: number): Results {
  const segments = LDAP.promises?.throughput?.exchange ?? "";
  return {
    protocol: LDAP,
    samples: {},
    footprints: { "ldap standard": footprint },
    throughputs: { "ldap standard": { [segments]: perSecond } },
  };
}

test("targets are met, missed or not measured", () => {
  expect(verdicts(smtp()).map(({ found }) => found)).toEqual([1.1, NaN, 900, 41_000]);
  const text = report(smtp());
  expect(text).toMatch(/1 kB, kept connection +\| +at most 1\.120 \| +1\.100 \| +met/);
  expect(text).toMatch(/100 kB, kept connection +\| +at most 1\.120 \| +– \| +not measured/);
  expect(text).toMatch(/module +\| +at most 40,960 bytes \| +41,000 bytes \| +missed/);
});

test("throughput is to be at least what is promised, memory at most", () => {
  expect(report(ldap(2_100_000))).toMatch(/at least 2,000,000 PDUs\/s \| 2,100,000 PDUs\/s \| +met/);
  expect(report(ldap(1_900_000))).toMatch(/at least 2,000,000 PDUs\/s \| 1,900,000 PDUs\/s \| +missed/);
  expect(report(ldap(0))).toMatch(/outstanding request +\| +at most 64 bytes \| +65 bytes \| +missed/);
});

test("each variant is compared to the baselines that cost less than it", () => {
  const row = report(smtp())
    .split("\n")
    .find((line) => line.startsWith("| noop"));
  expect(row?.match(/\d\.\d{3} \(/g)).toHaveLength(1);
});

describe("a run of both protocols", () => {
  test("heads every table with its protocol", () => {
    const heads = [smtp(), ldap(1)].map((results) => report(results).match(/^#### (SMTP|LDAP): /gm));
    expect(heads).toEqual([
      ["#### SMTP: ", "#### SMTP: ", "#### SMTP: "],
      ["#### LDAP: ", "#### LDAP: ", "#### LDAP: "],
    ]);
  });
});
