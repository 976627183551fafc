// Whether modules can be reproduced: builds each in two clean copies of the sources, at different places, and compares.
//   node tools/reproduce.mjs [NAME …]     default: smtp ldap pop3 heirloom
//   … --built                             compares with what lies in build/, too
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** All that a module is made from, and what makes it. */
const SOURCES = ["assembly", "filters", "tools", "asconfig.json", "package.json"];

const words = process.argv.slice(2);
const named = words.filter((word) => !word.startsWith("--"));
const names = named.length > 0 ? named : ["smtp", "ldap", "pop3", "heirloom"];
const files = names.map((name) => `build/${name}.wasm`);

const copies = [cleanCopy(), cleanCopy()];
try {
  await Promise.all(copies.map((copy) => build(copy)));
  for (const file of files) report(file, words.includes("--built") ? [...copies, ROOT] : copies);
} finally {
  for (const copy of copies) rmSync(copy, { recursive: true });
}

function cleanCopy() {
  const copy = mkdtempSync(join(tmpdir(), "heirloom-copy-"));
  for (const source of SOURCES) cpSync(join(ROOT, source), join(copy, source), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  return copy;
}

async function build(copy) {
  await promisify(execFile)(process.execPath, [join(copy, "tools/build.mjs"), "--only", ...files], {
    cwd: copy,
  });
}

function report(file, places) {
  const sums = new Set(places.map((place) => sumOf(join(place, file))));
  if (sums.size > 1) process.exitCode = 1;
  for (const sum of sums) console.log(`${sum}  ${file}${sums.size > 1 ? "  DIFFERS" : ""}`);
}

function sumOf(path) {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
