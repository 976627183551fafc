// Grafana's dashboards: what Grafana itself would not complain about, and their readers would.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { dashboards, type Panel } from "../envoy/prometheus/dashboards.ts";

const ALL = dashboards();

/** Of what Grafana 11 calls units; a misspelt one is shown as it is. */
const UNITS = new Set(["short", "ops", "s", "µs", "bytes", "Bps", "percentunit"]);

test("each has an id and a title of its own", () => {
  expect(ALL.length).toBeGreaterThanOrEqual(3);
  expect(new Set(ALL.map(({ uid }) => uid)).size).toBe(ALL.length);
  expect(new Set(ALL.map(({ title }) => title)).size).toBe(ALL.length);
});

describe.each(ALL)("$file", ({ file, panels, templating }) => {
  const shown = panels.filter(({ type }) => type !== "row");

  test("chooses data source, Envoys and filters by variables", () => {
    expect(templating.list.map(({ name, type }) => [name, type])).toEqual([
      ["datasource", "datasource"],
      ["instance", "query"],
      ["stat_prefix", "query"],
    ]);
    for (const { datasource, targets = [] } of shown) {
      expect(datasource?.uid).toBe("${datasource}");
      for (const target of targets) expect(target.datasource.uid).toBe("${datasource}");
    }
  });

  test("has panels with ids of their own, none empty, each with a unit and a word of what it means", () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { title, description = "", targets = [], fieldConfig } of shown) {
      expect(description.length, title).toBeGreaterThan(20);
      expect(UNITS, title).toContain(fieldConfig?.defaults.unit);
      expect(targets.length, title).toBeGreaterThan(0);
      for (const { expr, legendFormat } of targets)
        expect(expr.length * legendFormat.length).toBeGreaterThan(0);
    }
  });

  test("has rows and panels that docs/dashboards.md has questions for", () => {
    const page = readFileSync("docs/dashboards.md", "utf8");
    const [, section = ""] = page.split(`\n### \`${file}\`\n`);
    const [text = ""] = section.split(/\n##/);
    for (const { title, type } of panels) if (type === "row") expect(text).toContain(`**${title}**`);
    const titles = panels.map(({ title }) => title);
    const named = [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(5);
    for (const name of named) expect(titles).toContain(name);
  });

  test("asks only for what is chosen", () => {
    for (const { title, targets = [] } of shown) {
      for (const { expr } of targets.filter(({ expr: one }) => /(smtp|ldap|pop3)_/.test(one))) {
        const asked = expr.match(/\{[^}]*\}/g)?.filter((selector) => !selector.includes("{{")) ?? [];
        expect(asked.length, title).toBeGreaterThan(0);
        for (const selector of asked) {
          expect(selector, title).toContain('instance=~"$instance"');
          expect(selector, title).toContain('stat_prefix=~"$stat_prefix"');
        }
      }
    }
  });

  test("lays nothing over something else, and within the width of 24", () => {
    const taken = new Map<string, string>();
    for (const panel of panels) {
      expect(panel.gridPos.x + panel.gridPos.w).toBeLessThanOrEqual(24);
      for (const cell of cellsOf(panel)) {
        expect(taken.get(cell), `${panel.title} at ${cell}`).toBeUndefined();
        taken.set(cell, panel.title);
      }
    }
  });
});

function cellsOf({ gridPos: { x, y, w, h } }: Panel): string[] {
  return Array.from({ length: w * h }, (_, i) => `${x + (i % w)}/${y + Math.floor(i / w)}`);
}
