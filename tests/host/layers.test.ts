// The sources of the modules keep the rules that make them safe (docs/decisions.md):
//
// 1. No import points upwards. The SDK's layers: abi < bytes < host < config < extension < runtime. A filter's:
//    wire < session < stats < filter. Wire and session know of the SDK only `bytes`; the rest of a filter knows what
//    is public, that is the index besides. No filter imports another one.
// 2. Below the runtime nothing may trap: no `throw`, no `!`, no index without `unchecked()`. The gate
//    (`npm test -- gate`) shows the same of what the compiler makes of it, whole; this says where.
// 3. Host functions are declared in `abi` only, and called in `host` only.
//
// Specs and assembly/testing are free.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { LAYERS, problemsOf, type Source } from "../support/layers.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const SOURCES: readonly Source[] = ["assembly", "filters"].flatMap((top) =>
  readdirSync(join(ROOT, top), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"))
    .map((path) => `${top}/${path.replaceAll("\\", "/")}`)
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), "utf8") })),
);

test("the sources keep the rules", () => {
  expect(SOURCES.flatMap(problemsOf)).toEqual([]);
});

test("all layers are there", () => {
  for (const layer of LAYERS)
    expect(SOURCES.filter(({ path }) => path.startsWith(`assembly/${layer}/`))).not.toEqual([]);
});

describe("the rules refuse", () => {
  test.each<[string, string, string, string]>([
    [
      "a layer above",
      "assembly/bytes/a.ts",
      'import { Host } from "../host/host";',
      "import assembly/host/host.ts",
    ],
    [
      "config from host",
      "assembly/host/a.ts",
      'import { S } from "../config/struct";',
      "import assembly/config/struct.ts",
    ],
    [
      "a re-export",
      "assembly/host/a.ts",
      'export { P } from "../extension/plugin";',
      "import assembly/extension/plugin.ts",
    ],
    ["the index", "assembly/extension/a.ts", 'import { Host } from "..";', "import assembly/index.ts"],
    [
      "fakes in what ships",
      "assembly/runtime/a.ts",
      'import { F } from "../testing/fake-log";',
      "import assembly/testing/fake-log.ts",
    ],
    [
      "fakes in the index",
      "assembly/index.ts",
      'export { F } from "./testing/fake-log";',
      "import assembly/testing/fake-log.ts",
    ],
    [
      "filters in the SDK",
      "assembly/runtime/a.ts",
      'import { F } from "../../filters/smtp/filter";',
      "import filters/smtp/filter.ts",
    ],
    [
      "a package",
      "assembly/host/a.ts",
      'import { x } from "assemblyscript-json";',
      'imports "assemblyscript-json"',
    ],
    [
      "what is not public",
      "filters/smtp/filter.ts",
      'import { R } from "../../assembly/host/registry";',
      "import assembly/host/registry.ts",
    ],
    [
      "the proxy in wire",
      "filters/smtp/wire/a.ts",
      'import { Host } from "../../../assembly";',
      "import assembly/index.ts",
    ],
    [
      "session in wire",
      "filters/smtp/wire/a.ts",
      'import { S } from "../session/session";',
      "import filters/smtp/session/session.ts",
    ],
    [
      "stats in session",
      "filters/ldap/session/a.ts",
      'import { S } from "../stats";',
      "import filters/ldap/stats.ts",
    ],
    [
      "the filter in stats",
      "filters/ldap/stats.ts",
      'import { F } from "./filter";',
      "import filters/ldap/filter.ts",
    ],
    [
      "shared above",
      "filters/ldap/wire/a.ts",
      'import { F } from "../../shared/session/peers";',
      "import filters/shared/session/peers.ts",
    ],
    [
      "another filter",
      "filters/ldap/filter.ts",
      'import { F } from "../smtp/filter";',
      "import filters/smtp/filter.ts",
    ],
    [
      "a filter in shared",
      "filters/shared/filter.ts",
      'import { F } from "../smtp/filter";',
      "import filters/smtp/filter.ts",
    ],
    ["throw", "assembly/config/a.ts", 'throw new Error("x");', "throws"],
    ["throw in a filter", "filters/smtp/filter.ts", 'throw new Error("x");', "throws"],
    ["!", "assembly/host/a.ts", "const a = b!;", "not null"],
    ["!:", "assembly/host/a.ts", "class A { b!: B; }", "field is set"],
    ["an index", "assembly/bytes/a.ts", "const a = b[c];", "without unchecked()"],
    ["an index that is written", "filters/smtp/wire/a.ts", "a[unchecked(b[c])] = 1;", "without unchecked()"],
    [
      "@external",
      "assembly/host/a.ts",
      'class A { @external("env", "f") f(): void {} }',
      "declares a host function",
    ],
    [
      "declare",
      "filters/smtp/filter.ts",
      "export declare function proxy_log(): i32;",
      "declares a host function",
    ],
    [
      "calls past host",
      "assembly/extension/a.ts",
      'import { proxy_log } from "../abi/env";',
      "past assembly/host",
    ],
  ])("%s", (_, path, text, problem) => {
    const problems = problemsOf({ path, text });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${path}:1: .*`));
    expect(problems[0]).toContain(problem);
  });
});

describe("the rules allow", () => {
  test.each<[string, string, string]>([
    ["a layer below", "assembly/runtime/a.ts", 'import { Slice } from "../bytes/slice";'],
    ["the same layer", "assembly/bytes/a.ts", 'import { Slice } from "./slice";'],
    [
      "anything in a spec",
      "assembly/bytes/__tests__/a.spec.ts",
      'import { H } from "../../host/host"; a[0]!; throw 1;',
    ],
    [
      "anything in the fakes",
      "assembly/testing/a.ts",
      'import { H } from "../runtime/callbacks"; a[0]!; throw 1;',
    ],
    ["every layer in the index", "assembly/index.ts", 'export { Plugin } from "./extension/plugin";'],
    ["unchecked", "assembly/host/a.ts", "const a = unchecked(b[c[d]]);"],
    ["public things", "filters/smtp/stats.ts", 'import { Stats } from "../../assembly";'],
    ["bytes in wire", "filters/smtp/wire/a.ts", 'import { Slice } from "../../../assembly/bytes/slice";'],
    ["shared below", "filters/smtp/session/a.ts", 'import { P } from "../../shared/session/peers";'],
    ["all in the entry of all", "filters/index.ts", 'import { F } from "./smtp/factory";'],
    ["an example in another", "filters/examples/chain/index.ts", 'import { T } from "../trivial/index";'],
    ["the abort", "assembly/runtime/abort.ts", 'import { proxy_log } from "../abi/env";'],
  ])("%s", (_, path, text) => {
    expect(problemsOf({ path, text })).toEqual([]);
  });
});
