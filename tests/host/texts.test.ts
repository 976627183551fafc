// Modules ship with their texts packed (tools/texts.mjs); once they have started, nothing tells.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packTexts } from "../../tools/texts.mjs";
import { DATA_COUNT_SECTION, DATA_SECTION, number, Reader, rewritten } from "../../tools/wasm.mjs";
const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const CODE_SECTION = 10;
/** Addresses of the packed texts, which only a packed module has. */
const ADDRESSES_BYTES = 12;
const MARK = "packed texts at:";

/** Static data of the example, and more that leaves no room behind it. */
const STATIC_BYTES = 10_000;
const FULL_AT = 50_000;
const FULL_BYTES = 15_000;

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

test("where a page has no room to unpack them, memory begins with one more", () => {
  const full = withData(plain, FULL_AT, Buffer.alloc(FULL_BYTES, 1));
  const expected = startedMemory(full);
  const found = startedMemory(packTexts(full));
  expect(found.length).toBe(2 * expected.length);
  // Up to the heap, which knows how much memory there is.
  const place = expected.indexOf(MARK) + MARK.length;
  found.fill(0, place, place + ADDRESSES_BYTES);
  expect(found.subarray(0, STATIC_BYTES).equals(expected.subarray(0, STATIC_BYTES))).toBe(true);
  expect(found.subarray(FULL_AT, FULL_AT + FULL_BYTES)).toEqual(Buffer.alloc(FULL_BYTES, 1));
});

test("the code stays where it is, so that the source map holds", () => {
  const from = sectionAt(plain, CODE_SECTION);
  expect(sectionAt(packed, CODE_SECTION)).toEqual(from);
  expect(packed.subarray(from.at, from.end).equals(plain.subarray(from.at, from.end))).toBe(true);
});

test("it is smaller", () => {
  expect(packed.length).toBeLessThan(plain.length - 2_000);
});

/** The module with another segment of data. */
function withData(module: Buffer, at: number, bytes: Buffer): Buffer {
  const segment = Buffer.concat([
    Buffer.from([0, I32_CONST]),
    signed(at),
    Buffer.from([END]),
    number(bytes.length),
    bytes,
  ]);
  return rewritten(module, (id, content) => {
    if (id !== DATA_SECTION && id !== DATA_COUNT_SECTION) return undefined;
    const reader = new Reader(content);
    const count = number(reader.number() + 1);
    const rest = content.subarray(reader.at);
    return id === DATA_SECTION ? Buffer.concat([count, rest, segment]) : count;
  });
}

const I32_CONST = 0x41;
const END = 0x0b;

/** LEB128, signed: of a number that is not negative. */
function signed(value: number): Buffer {
  return number(value, Math.ceil((value.toString(2).length + 1) / 7));
}

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
