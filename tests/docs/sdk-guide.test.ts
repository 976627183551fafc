// What docs/sdk.md says is tried: its files and commands as a reader would, its fragments, and its table of AssemblyScript.

import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeWords, readMarkdown, tablesOf, type MarkdownBlock } from "../../tools/docs/markdown.mjs";
import { compile, fileOf, moduleOf } from "../support/guide.ts";
import { ROOT } from "../support/modules.ts";

const page = readMarkdown(join(ROOT, "docs/sdk.md"));
const guides = [page, readMarkdown(join(ROOT, "docs/migrate.md"))];

/** Names that the SDK exports. */
const exported = [
  ...readFileSync(join(ROOT, "assembly/index.ts"), "utf8").matchAll(/[{,]\s*(\w+)(?=[\s,}])/g),
].map(([, name = ""]) => name);

/** A reader's: without what npm and vitest tell those they start, nor the old npm that as-pect brings. */
const environment = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:npm_|vitest|node_)/i.test(name)),
  ),
  PATH: (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => !folder.endsWith("node_modules/.bin"))
    .join(delimiter),
  npm_config_loglevel: "error",
};

describe("the guide, followed", () => {
  const folder = mkdtempSync(join(tmpdir(), "heirloom-guide-"));
  const project = join(folder, "first");

  /** A project as `heirloom new` makes it, in which this Heirloom is installed. */
  beforeAll(() => {
    const command = [join(ROOT, "dist/host/cli/heirloom.js"), "new", "first"];
    expect(spawnSync(process.execPath, command, { cwd: folder }).status).toBe(0);
    const modules = join(project, "node_modules");
    mkdirSync(join(modules, ".bin"), { recursive: true });
    for (const name of readdirSync(join(ROOT, "node_modules")))
      if (name !== ".bin") symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
    symlinkSync(ROOT, join(modules, "heirloom"));
    const commands = { asc: "assemblyscript/bin/asc.js", vitest: "vitest/vitest.mjs" };
    for (const [name, path] of Object.entries({
      ...commands,
      heirloom: "heirloom/tools/heirloom.mjs",
    }))
      symlinkSync(join(modules, path), join(modules, ".bin", name));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const steps = page.blocks.filter((block) => block.mark === "run" || fileOf(block) !== undefined);
  test.each(steps.map((block) => [titleOf(block), block] as const))("%s", (_title, block) => {
    const file = fileOf(block);
    if (file === undefined) run(block);
    else {
      mkdirSync(dirname(join(project, file.path)), { recursive: true });
      writeFileSync(join(project, file.path), file.text);
    }
  });

  function titleOf(block: MarkdownBlock): string {
    const file = fileOf(block);
    return file === undefined ? (block.lines[0] ?? "") : `write ${file.path}`;
  }

  /** Runs the commands of a block, which have to succeed, or to print what the block says. */
  function run({ language, lines, text }: MarkdownBlock): void {
    if (language === "sh") {
      const { status, output } = execute(text);
      expect(output).not.toContain("ERROR");
      expect(status, output).toBe(0);
      if (text.startsWith("npm run unit")) expect(output).toMatch(/[1-9]\d* passed, 0 failed/);
      return;
    }
    const [prompt = "", ...expected] = lines;
    expect(execute(prompt.replace("$ ", "")).output.trimEnd().split("\n")).toEqual(expected);
  }

  function execute(command: string): { status: number | null; output: string } {
    const options = { cwd: project, encoding: "utf8", env: environment } as const;
    const { status, stdout, stderr } = spawnSync("bash", ["-e", "-c", command], options);
    return { status, output: stderr + stdout };
  }
});

describe("fragments", () => {
  test("compile, and cannot trap", async () => {
    const sources = new Map<string, string>();
    const fragments = guides.flatMap(({ blocks }) =>
      blocks.filter((block) => block.language === "ts" && fileOf(block) === undefined),
    );
    for (const [i, { text }] of fragments.entries()) sources.set(`fragment${i}.ts`, moduleOf(text, exported));
    const names = [...sources.keys()].map((name) => `export * from "./${name.replace(".ts", "")}";`);
    sources.set("entry.ts", names.join("\n"));
    const { errors, imports, traps } = await compile(sources);
    expect(errors).toBe("");
    expect(imports).toEqual([]);
    expect(traps.filter((name) => name.startsWith("fragment"))).toEqual([]);
    expect(fragments.length).toBeGreaterThan(10);
  });
});

describe("what of AssemblyScript works in a filter", () => {
  const [rows = []] = tablesOf(page, "assemblyscript");

  test.each(rows.map((row) => [row["You write"] ?? "", row["Verdict"] ?? ""]))(
    "%s: %s",
    async (cell, verdict) => {
      const code = /^`(.*)`$/.exec(cell)?.[1]?.replaceAll("\\|", "|") ?? "";
      const { errors, imports, traps } = await compile(new Map([["entry.ts", code]]));
      const found =
        errors !== ""
          ? "does not compile"
          : imports.length > 0
            ? "import"
            : traps.length > 0
              ? "traps"
              : "works";
      expect(found, [errors, ...imports, ...traps].join("\n")).toBe(verdict);
    },
  );

  test("says something", () => {
    expect(rows.length).toBeGreaterThan(25);
    expect(codeWords("`a b`")).toEqual(["a", "b"]);
  });
});
