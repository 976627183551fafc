// The recording rules and alerts that ship: promtool takes them, and each alert fires when it should and not else.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { describeWith } from "../support/requirements.ts";
import { promtool, RULES_FOLDER, rulesIn } from "./prometheus.ts";

interface RuleTests {
  readonly tests: readonly {
    readonly name: string;
    readonly input_series: readonly { readonly series: string }[];
    readonly promql_expr_test: readonly { readonly exp_samples: readonly unknown[] }[];
  }[];
}

describeWith(["server:prometheus"], "promtool", () => {
  test("takes the rules", async () => {
    const { code, output } = await promtool(["check", "rules"], ["recording.yaml", "alerts.yaml"]);
    expect(output).toContain("SUCCESS");
    expect(code, output).toBe(0);
  });

  test("finds each alert firing when it should, and silent when it should be", async () => {
    const { code, output } = await promtool(["test", "rules"], ["alerts.test.yaml"]);
    expect(code, output).toBe(0);
  });

  test("says so where an alert does not do what its test says", async () => {
    const wrong = readFileSync(join(RULES_FOLDER, "alerts.yaml"), "utf8").replace(
      "p95_5m > 5\n",
      "p95_5m > 5000\n",
    );
    const { code } = await promtool(["test", "rules"], ["alerts.test.yaml"], { "alerts.yaml": wrong });
    expect(code).toBe(1);
  });

  test("takes the demo's configuration", async () => {
    const configuration = readFileSync("demo/prometheus/prometheus.yml", "utf8");
    const { code, output } = await promtool(["check", "config"], ["prometheus.yml"], {
      "prometheus.yml": configuration.replaceAll("/etc/prometheus/", ""),
    });
    expect(code, output).toBe(0);
  });
});

describe.each(rulesIn("alerts.yaml"))("$name", ({ name: alert, expression }) => {
  const cases = (read("alerts.test.yaml") as RuleTests).tests.filter(({ name }) =>
    name.startsWith(`${alert}:`),
  );
  const fires = ({ promql_expr_test: [one] }: RuleTests["tests"][number]): boolean =>
    (one?.exp_samples.length ?? 0) > 0;

  test("has a case in which it fires and one in which it does not", () => {
    expect(new Set(cases.map(fires))).toEqual(new Set([true, false]));
  });

  test("fires for each filter that it asks for", () => {
    const shown = cases.filter(fires).flatMap(({ input_series }) => input_series.map(({ series }) => series));
    for (const [metric] of expression.matchAll(/\b(?:smtp|ldap|pop3)_\w+_(?:total|active)\b/g))
      expect(
        shown.some((series) => series.startsWith(`${metric}{`)),
        metric,
      ).toBe(true);
  });

  test("is explained: what it means, causes, what to look at", () => {
    const [, section = ""] = readFileSync("docs/alerts.md", "utf8").split(`\n### ${alert}\n`);
    const [text = ""] = section.split(/\n##/);
    expect(text.trim().split("**")[0]?.length).toBeGreaterThan(40);
    expect(text).toContain("**Causes:**");
    expect(text).toContain("**Look at**");
  });
});

function read(file: string): unknown {
  return parse(readFileSync(join(RULES_FOLDER, file), "utf8"));
}
