// Modules ship with their texts packed (tools/texts.mjs); once they have started, nothing tells.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packTexts } from "../../tools/texts.mjs";
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const CODE_SECTION = 10;
/** Addresses of the packed texts, which only a packed module has. */
const ADDRESSES_BYTES = 12;
const MARK = "packed texts at:";

let folder: string;
let plain: Buffer;
let packed: Buffer;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "heirloom-texts-"));
  const out = join(folder, "plain.wasm");
  const asc = join(ROOT, "node_modules", "assemblyscript", "bin", "asc.js");
  const entry = "filters/examples/trivial/index.ts";
  const options = ["--config", "asconfig.json", "--target", "release", "--outFile", out];
  execFileSync(process.execPath, [asc, entry, ...options], { cwd: ROOT });
  plain = readFileSync(out);
  packed = packTexts(plain);
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Memory once the module has started. */
function startedMemory(module: Buffer): Buffer {
  const compiled = new WebAssembly.Module(new Uint8Array(module));
  const imports: WebAssembly.Imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(compiled)) {
    imports[from] = { ...imports[from], [name]: () => 0 };
  }
  const { exports } = new WebAssembly.Instance(compiled, imports);
  const start = exports["_initialize"] as () => void;
  start();
  return Buffer.from((exports["memory"] as WebAssembly.Memory).buffer);
}

test("memory is what it would have been", () => {
  const expected = startedMemory(plain);
  const found = startedMemory(packed);
  const place = expected.indexOf(MARK) + MARK.length;
  expect(found.readUInt32LE(place)).toBeGreaterThan(0);
  found.fill(0, place, place + ADDRESSES_BYTES);
  expect(found.equals(expected)).toBe(true);
});

test("the code stays where it is, so that the source map holds", () => {
  const from = sectionAt(plain, CODE_SECTION);
  expect(sectionAt(packed, CODE_SECTION)).toEqual(from);
  expect(packed.subarray(from.at, from.end).equals(plain.subarray(from.at, from.end))).toBe(true);
});

test("it is smaller", () => {
  expect(packed.length).toBeLessThan(plain.length - 2_000);
});

function sectionAt(module: Buffer, wanted: number): { at: number; end: number } {
  let at = 8;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = module[at++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < module.length) {
    const id = module[at++];
    const end = number() + at;
    if (id === wanted) return { at, end };
    at = end;
  }
  throw new Error(`no section ${wanted}`);
}
