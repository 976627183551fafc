// docs/security.md: behind each claim stands a test, by its title; it has to be there.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROOT } from "../support/modules.ts";

const PAGE = join(ROOT, "docs", "security.md");

/** Sections that claim nothing: what is to be protected, and what is not. */
const WITHOUT_CLAIMS = ["What is protected", "What remains"];

interface Proof {
  readonly title: string;
  readonly file: string;
}

/** Links to tests. */
function proofsIn(text: string): Proof[] {
  const links = text.matchAll(/\[([^\]]+)\]\(\.\.\/([^)]+(?:\.test|\.spec|\/work)\.ts)\)/g);
  return [...links].map(([, title = "", file = ""]) => ({ title: title.replace(/\s+/g, " "), file }));
}

/** Claims by section: each is an item of a list. */
function claimsIn(page: string): { readonly section: string; readonly claim: string }[] {
  return page
    .split(/^## /m)
    .slice(1)
    .flatMap((text) => {
      const [section = "", ...lines] = text.split("\n");
      const items = lines.join("\n").split(/^- /m).slice(1);
      return items.map((claim) => ({ section, claim }));
    })
    .filter(({ section }) => !WITHOUT_CLAIMS.includes(section));
}

/** Whether a file has a test, or a group of tests, of that title. */
function hasTitle({ title, file }: Proof): boolean {
  const source = readFileSync(join(ROOT, file), "utf8");
  return ['"', "`"].some((quote) =>
    source
      .split(`${quote}${title}${quote}`)
      .slice(0, -1)
      .some((before) => /\b(?:test|it|describe|describeWith)\b[^;{]*$/.test(before)),
  );
}

const page = readFileSync(PAGE, "utf8");

test("has claims, and tests for them", () => {
  expect(claimsIn(page).length).toBeGreaterThan(40);
  expect(proofsIn(page).length).toBeGreaterThan(80);
});

test("names a test for each claim", () => {
  const without = claimsIn(page).filter(({ claim }) => proofsIn(claim).length === 0);
  expect(without.map(({ section, claim }) => `${section}: ${claim.slice(0, 60)}`)).toEqual([]);
});

test("names tests that are there", () => {
  const missing = proofsIn(page).filter((proof) => !existsSync(join(ROOT, proof.file)) || !hasTitle(proof));
  expect(missing).toEqual([]);
});

describe("finds out", () => {
  const proof = proofsIn(page)[0] ?? { title: "", file: "" };

  test("a title that no test has", () => {
    expect(hasTitle(proof)).toBe(true);
    expect(hasTitle({ ...proof, title: `${proof.title} more` })).toBe(false);
    // A word of a test is not its title.
    expect(hasTitle({ title: "docs", file: join("tests", "docs", "security-links.test.ts") })).toBe(false);
  });

  test("a claim without a test", () => {
    const claims = claimsIn(`# x\n\n## A\n\n- One. [t](../${dirname(proof.file)}/a.test.ts)\n- Two.\n`);
    expect(claims.map(({ claim }) => proofsIn(claim).length)).toEqual([1, 0]);
  });
});
