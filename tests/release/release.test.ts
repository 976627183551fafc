// A release as tools/release.mjs puts it together, and that its modules can be made again, byte for byte.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { heirloom } from "../support/heirloom.ts";
import { ROOT } from "../support/modules.ts";

const run = promisify(execFile);
/** npm, and two compilers side by side, on a slow machine. */
const PATIENCE_MS = 180_000;

const MODULES = ["heirloom.wasm", "ldap.wasm", "pop3.wasm", "smtp.wasm"];
const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };

const folder = mkdtempSync(join(tmpdir(), "heirloom-release-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("a release", () => {
  beforeAll(async () => {
    await run(process.execPath, ["tools/release.mjs", folder], { cwd: ROOT });
  }, PATIENCE_MS);

  test("has modules, schemas, the npm package, the bill of materials, and a checksum of each", () => {
    const files = [
      "LICENSE",
      ...MODULES,
      `heirloom-${version}.cdx.json`,
      `heirloom-${version}.tgz`,
      ...["ldap", "pop3", "smtp"].map((name) => `${name}.schema.json`),
    ].sort();
    expect(readdirSync(folder).sort()).toEqual([...files, "SHA256SUMS"].sort());
    const sums = files.map((file) => `${sumOf(join(folder, file))}  ${file}\n`);
    expect(readFileSync(join(folder, "SHA256SUMS"), "utf8")).toBe(sums.join(""));
  });

  test("has the modules that were built, each with its version", async () => {
    for (const file of MODULES) {
      expect(sumOf(join(folder, file))).toBe(sumOf(join(ROOT, "build", file)));
      const path = join(folder, file);
      expect(await heirloom("version", path)).toEqual({ code: 0, out: `${path}  ${version}\n`, err: "" });
    }
  });

  test("lists in its bill of materials what is needed to run it and, marked, what it is built with", () => {
    const text = readFileSync(join(folder, `heirloom-${version}.cdx.json`), "utf8");
    const bill = JSON.parse(text) as Bill;
    expect(bill).toMatchObject({
      bomFormat: "CycloneDX",
      metadata: { component: { name: "heirloom", purl: `pkg:npm/heirloom@${version}` } },
    });
    const isForDevelopment = ({ properties = [] }: Bill["components"][number]): boolean =>
      properties.some(({ name }) => name === "cdx:npm:package:development");
    const builtWith = new Set(bill.components.filter(isForDevelopment).map(({ name }) => name));
    const needed = new Set(bill.components.filter((one) => !isForDevelopment(one)).map(({ name }) => name));
    const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;
    for (const name of Object.keys(manifest.dependencies)) expect(needed).toContain(name);
    for (const name of Object.keys(manifest.devDependencies)) expect(builtWith).toContain(name);
    expect(text).not.toContain(ROOT);
  });
});

test("modules come out the same in two clean copies of the sources", { timeout: PATIENCE_MS }, async () => {
  const { stdout } = await run(process.execPath, ["tools/reproduce.mjs", "pop3"], { cwd: ROOT });
  expect(stdout).toMatch(/^[0-9a-f]{64} {2}build\/pop3\.wasm\n$/);
});

test("there is no release where a module says another version", async () => {
  const copy = mkdtempSync(join(tmpdir(), "heirloom-stale-"));
  try {
    for (const name of [
      "tools",
      "build",
      "assembly/runtime/version.ts",
      "package.json",
      "package-lock.json",
      "CHANGELOG.md",
    ])
      cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    const file = join(copy, "build/smtp.wasm");
    const bytes = readFileSync(file);
    // The section is the last of the module.
    writeFileSync(file, Buffer.concat([bytes.subarray(0, -1), Buffer.from("9")]));
    const refusal = run(process.execPath, ["tools/release.mjs", join(copy, "release")], { cwd: copy });
    await expect(refusal).rejects.toMatchObject({
      stderr: expect.stringMatching(
        /^release: build\/smtp\.wasm says \S+9, package\.json says \S+\n$/,
      ) as string,
    });
  } finally {
    rmSync(copy, { recursive: true });
  }
});

test("heirloom version: what is no module, or has no version, or is not there", async () => {
  const plain = join(folder, "plain.wasm");
  writeFileSync(plain, Buffer.from("\0asm\x01\0\0\0", "latin1"));
  expect(await heirloom("version", plain)).toMatchObject({
    code: 1,
    err: `${plain}: a module without a version\n`,
  });
  expect(await heirloom("version", "package.json")).toMatchObject({
    code: 1,
    err: "package.json: no WebAssembly module\n",
  });
  expect(await heirloom("version", "nowhere.wasm")).toMatchObject({
    code: 2,
    err: "no file nowhere.wasm\n",
  });
});

interface Bill {
  readonly components: readonly {
    readonly name: string;
    readonly properties?: readonly { readonly name: string }[];
  }[];
}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

function sumOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
