// `heirloom new`: what it writes, and what it refuses.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CLI, freshFolder, runIn, type Ended } from "./project.ts";

let folder: string;
beforeEach(async () => {
  folder = await freshFolder();
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const heirloom = (...words: string[]): Promise<Ended> => runIn(folder, process.execPath, CLI, ...words);

function filesUnder(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe("heirloom new", () => {
  test("writes a project in which everything has the filter's name", async () => {
    const { code, text } = await heirloom("new", "my_pop3");
    expect(text).toMatch(/^my_pop3: \d+ files\nnext:\n {2}cd my_pop3\n {2}npm install\n {2}npm test\n/);
    expect(code).toBe(0);
    const project = join(folder, "my_pop3");
    for (const path of filesUnder(project)) {
      expect(path.slice(project.length)).not.toMatch(/myproto/i);
      expect(readFileSync(path, "utf8"), path).not.toMatch(/myproto/i);
    }
    expect(readFileSync(join(project, "filters/my_pop3/factory.ts"), "utf8")).toContain(
      "class MyPop3Factory",
    );
    expect(readFileSync(join(project, "my_pop3.envoy.yaml"), "utf8")).toContain("root_id: heirloom.my_pop3");
    expect(existsSync(join(project, ".gitignore"))).toBe(true);
  });

  test("a project depends on this Heirloom, and on the compiler it is tested with", async () => {
    await heirloom("new", "lines");
    const manifest: unknown = JSON.parse(readFileSync(join(folder, "lines/package.json"), "utf8"));
    const own = JSON.parse(readFileSync("package.json", "utf8")) as {
      version: string;
      devDependencies: Record<string, string>;
    };
    expect(manifest).toMatchObject({
      name: "lines",
      dependencies: { heirloom: `^${own.version}` },
      devDependencies: { assemblyscript: own.devDependencies["assemblyscript"] },
    });
  });

  test.each(["", "Pop3", "3pop", "pop-3", "../pop3", "a".repeat(33), "metrics"])(
    "refuses the name %j",
    async (name) => {
      const { code, text } = await heirloom("new", name);
      expect(text).toContain(
        `expected a name of a-z, 0-9 and _ that begins with a letter, at most 32, found "${name}"`,
      );
      expect(code).toBe(2);
      expect(readdirSync(folder)).toEqual([]);
    },
  );

  test("never writes over a file: where one is there, none is written", async () => {
    mkdirSync(join(folder, "lines"));
    writeFileSync(join(folder, "lines", "README.md"), "mine");
    const { code, text } = await heirloom("new", "lines");
    expect(text).toBe("lines/README.md is there already: nothing was written\n");
    expect(code).toBe(1);
    expect(filesUnder(join(folder, "lines"))).toHaveLength(1);
    expect(readFileSync(join(folder, "lines", "README.md"), "utf8")).toBe("mine");
  });

  test("adds a filter to a project, and nothing else", async () => {
    await heirloom("new", "lines");
    const before = readFileSync(join(folder, "lines/package.json"), "utf8");
    const { code, text } = await heirloom("new", "words", "--into", "lines");
    expect(text).toContain("asc filters/words/index.ts --target release --outFile build/words.wasm");
    expect(code).toBe(0);
    expect(readFileSync(join(folder, "lines/package.json"), "utf8")).toBe(before);
    expect(readdirSync(join(folder, "lines/filters"))).toEqual(["lines", "tsconfig.json", "words"]);
    expect(existsSync(join(folder, "lines/words.envoy.yaml"))).toBe(true);
  });

  test("in Heirloom itself a filter finds the SDK by its path", async () => {
    writeFileSync(join(folder, "package.json"), '{ "name": "heirloom" }');
    await heirloom("new", "words", "--into", ".");
    const text = readFileSync(join(folder, "filters/words/session/session.ts"), "utf8");
    expect(text).toContain('from "../../../assembly"');
  });

  test("--into wants a project", async () => {
    const { code, text } = await heirloom("new", "words", "--into", "nowhere");
    expect(text).toBe("--into: expected the folder of a project, found no package.json in nowhere\n");
    expect(code).toBe(2);
  });
});
