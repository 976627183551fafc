// deploy/Dockerfile: what it copies is there, and its commands, run without a container, make a filter of one's own.

import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadModule } from "../../host/index.ts";
import { PROJECT } from "../../host/envoy/project.ts";
import { CLI, freshFolder, runIn } from "../package/project.ts";
import { stagesOf, textsOf, type Stage } from "../support/dockerfile.ts";

const stages = stagesOf(readFileSync(join(PROJECT, "deploy/Dockerfile"), "utf8"));
const manifest = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")) as {
  version: string;
  license: string;
  scripts: Record<string, string>;
};

/** The compiler takes its time beside other tests. */
const COMPILE_TIMEOUT_MS = 180_000;

function stage(name: string): Stage {
  return stages.find((one) => one.name === name) ?? expect.fail(`no stage ${name}`);
}

describe("deploy/Dockerfile", () => {
  test.each(["module", "plugin"])("%s: nothing but plugin.wasm, in one layer", (name) => {
    const { base, instructions } = stage(name);
    expect(base).toBe("scratch");
    const made = instructions.filter((one) => one.name !== "LABEL");
    expect(made.map((one) => one.name)).toEqual(["COPY"]);
    expect(made[0]?.text).toMatch(/^--from=\w+ \/\S+\.wasm \/plugin\.wasm$/);
  });

  test("what is built when no stage is named is the module, with the project's version and license", () => {
    expect(stages.at(-1)?.name).toBe("module");
    const [labels = ""] = textsOf(stage("module"), "LABEL");
    expect(labels).toContain(`org.opencontainers.image.version="${manifest.version}"`);
    expect(labels).toContain(`org.opencontainers.image.licenses="${manifest.license}"`);
  });

  test("copies what is there, or what its commands make", () => {
    const [own = "", all] = textsOf(stage("build"), "COPY");
    for (const file of own.split(" ").slice(0, -1)) expect(existsSync(join(PROJECT, file)), file).toBe(true);
    expect(all).toBe(". .");
    expect(textsOf(stage("module"), "COPY")).toEqual([
      "--from=build /heirloom/build/heirloom.wasm /plugin.wasm",
    ]);
    expect(textsOf(stage("build"), "RUN")).toEqual(["npm ci", "npm run build"]);
    expect(manifest.scripts).toHaveProperty("build");
    const [entry = "[]"] = textsOf(stage("sdk"), "ENTRYPOINT");
    expect(JSON.parse(entry)).toEqual(["node", "/heirloom/dist/host/cli/heirloom.js"]);
  });

  test("waits for no stage that comes later, and calls the reader's own folder by no stage's name", () => {
    stages.forEach((one, at) => {
      const before = stages.slice(0, at).map(({ name }) => name);
      for (const text of textsOf(one, "COPY")) {
        const [, source = ""] = /^--from=(\w+)/.exec(text) ?? [];
        expect(["", "filter", ...before]).toContain(source);
      }
      expect(["node:20-slim", "scratch", ...before]).toContain(one.base);
    });
    expect(stages.map(({ name }) => name)).not.toContain("filter");
  });
});

test(
  "the commands of the stage compiled make plugin.wasm of a filter that `heirloom new` wrote",
  async () => {
    const folder = await freshFolder();
    try {
      expect((await runIn(folder, process.execPath, CLI, "new", "greeter")).code).toBe(0);
      const filter = join(folder, "greeter");
      for (const command of textsOf(stage("compiled"), "RUN")) {
        const here = command.replaceAll(/(?<= )\/heirloom(?=[ /])/g, PROJECT);
        const { code, text } = await runIn(filter, "sh", "-c", here);
        expect(code, `${here}\n${text}`).toBe(0);
      }
      const plugin = join(filter, "plugin.wasm");
      await expect(loadModule(plugin)).resolves.toBeDefined();
      const metrics = await runIn(filter, process.execPath, CLI, "metrics", "--filter", `greeter=${plugin}`);
      expect(metrics.text).toContain("filter_info");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  COMPILE_TIMEOUT_MS,
);
