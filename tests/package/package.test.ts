// Heirloom as an npm package: what is in it, and that a project outside of the tree can be made, built and tested with it.

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith } from "../envoy/support/requirements.ts";
import { CLI, filesIn, freshFolder, install, packInto, runIn, type Ended } from "./project.ts";

/** Installing, and compiling five modules, on a slow machine. */
const PATIENCE_MS = 600_000;

/** A filter in one file, as somebody writes it who only wants to count. */
const OWN_FILTER = `
export * from "heirloom/assembly/exports";
import { Counter, DownstreamChunk, FilterFactory, Module, NetworkFilter, Plugin, Settings, Stats } from "heirloom/assembly";

class OwnFactory extends FilterFactory {
  constructor() {
    super("own");
  }
  configure(settings: Settings): Plugin {
    return new OwnPlugin(Stats.of("own", settings.name("stat_prefix", "default")));
  }
}

class OwnPlugin extends Plugin {
  readonly chunks: Counter;
  constructor(stats: Stats) {
    super();
    this.chunks = stats.counter("chunks_total");
  }
  newFilter(): NetworkFilter {
    return new OwnFilter(this);
  }
}

class OwnFilter extends NetworkFilter {
  constructor(private readonly plugin: OwnPlugin) {
    super();
  }
  onDownstreamData(_chunk: DownstreamChunk, _endOfStream: bool): void {
    this.plugin.chunks.inc();
  }
}

Module.register(new OwnFactory());
`;

/** What runs it, by the two ways into the package. */
const OWN_SCRIPT = `
import { Vm, loadModule, toText } from "heirloom";
import { TestProxy } from "heirloom/testing";

const vm = new Vm(await loadModule("build/own.wasm"));
vm.startPlugin({ rootId: "own" }).newConnection().downstream(Buffer.from("a"));
vm.tick();
console.log(toText(vm.stats).includes("chunks_total"));
const proxy = await TestProxy.start("build/own.wasm");
const connection = proxy.connect();
connection.clientSends("a");
connection.clientSends("b");
console.log(proxy.metric("chunks_total"), connection.serverSaw);
`;

describeWith(["envoy"], "the npm package", () => {
  let folder: string;
  let project: string;
  let archive: string;
  const inProject = (program: string, ...words: string[]): Promise<Ended> =>
    runIn(project, program, ...words);
  const bin = (name: string): string => join(project, "node_modules", ".bin", name);

  beforeAll(async () => {
    folder = await freshFolder();
    archive = await packInto(folder);
    await runIn(folder, process.execPath, CLI, "new", "lines");
    project = join(folder, "lines");
    await install(project, archive);
  }, PATIENCE_MS);
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test("holds the SDK, the host, the modules and the templates, and no specs, tests or maps", async () => {
    const files = await filesIn(archive);
    for (const path of [
      "assembly/index.ts",
      "assembly/testing/index.ts",
      "build/smtp.wasm",
      "build/ldap.schema.json",
      "dist/host/cli/heirloom.js",
      "dist/host/testing/index.d.ts",
      "templates/filter/filters/myproto/index.ts",
      "templates/project/package.json",
      "tools/heirloom.mjs",
      "tools/unit.mjs",
      "README.md",
      "CHANGELOG.md",
      "LICENSE",
    ])
      expect(files).toContain(path);
    const tops = new Set(files.map((path) => path.split("/", 1)[0]));
    expect([...tops].sort()).toEqual([
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "as-pect.config.js",
      "assembly",
      "build",
      "dist",
      "package.json",
      "templates",
      "tools",
    ]);
    expect(files.filter((path) => /^assembly\/.*\.spec\.ts$|\.map$|^dist\/(?!host\/)/.test(path))).toEqual(
      [],
    );
  });

  test("has a file behind every way into it", async () => {
    const files = await filesIn(archive);
    const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as {
      exports: Record<string, string | Record<string, string>>;
    };
    const targets = Object.values(exports).flatMap((way) =>
      typeof way === "string" ? [way] : Object.values(way),
    );
    expect(targets.length).toBeGreaterThan(5);
    for (const target of targets.filter((path) => !path.includes("*")))
      expect(files).toContain(target.slice(2));
  });

  test(
    "makes a project that passes its own tests, in a real Envoy too",
    { timeout: PATIENCE_MS },
    async () => {
      const { code, text } = await inProject("npm", "test");
      expect(text).toMatch(/lines\.wasm: nothing outside ~lib\/rt\/ can abort/);
      expect(text).toMatch(/9 passed, 0 failed/);
      expect(text).toMatch(/6 passed \(6\)/);
      expect(code, text).toBe(0);
      expect((await inProject(bin("tsc"))).text).toBe("");
      expect((await inProject(bin("tsc"), "-p", "filters")).text).toBe("");
    },
  );

  test(
    "a filter of one's own is built by plain asc, and runs in the host",
    { timeout: PATIENCE_MS },
    async () => {
      writeFileSync(join(project, "own.ts"), OWN_FILTER);
      writeFileSync(join(project, "own.mjs"), OWN_SCRIPT);
      const built = await inProject(
        bin("asc"),
        "own.ts",
        "--target",
        "release",
        "--outFile",
        "build/own.wasm",
      );
      expect(built).toEqual({ code: 0, text: "" });
      expect(await inProject(process.execPath, "own.mjs")).toEqual({ code: 0, text: "true\n2 ab\n" });
    },
  );

  test(
    "its command line knows the filters that ship, and those of one's own",
    { timeout: PATIENCE_MS },
    async () => {
      const shipped = await inProject(bin("heirloom"), "metrics", "--filter", "smtp");
      expect(shipped.text).toContain("smtp_sessions_total");
      expect(shipped.code).toBe(0);
      const added = await inProject(bin("heirloom"), "new", "words", "--into", ".");
      expect(added.code, added.text).toBe(0);
      const asc = ["filters/words/index.ts", "--target", "release", "--outFile", "build/words.wasm"];
      expect(await inProject(bin("asc"), ...asc)).toEqual({ code: 0, text: "" });
      const own = await inProject(bin("heirloom"), "metrics", "--filter", "words=build/words.wasm");
      expect(own.text).toContain("words_requests_total");
    },
  );
});
