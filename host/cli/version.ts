import { readFile } from "node:fs/promises";
import { refused } from "./failure.ts";
import { unreadable } from "./inputs.ts";

/** The custom section that holds a module's version, as `wasm-tools metadata` names it. */
const SECTION = "version";

/** `heirloom version`: the versions of modules, one line each, as their files say. */
export async function version(files: readonly string[]): Promise<void> {
  const width = Math.max(...files.map((file) => file.length));
  for (const file of files) process.stdout.write(`${file.padEnd(width)}  ${await versionOf(file)}\n`);
}

async function versionOf(file: string): Promise<string> {
  const [section] = WebAssembly.Module.customSections(await compiled(file), SECTION);
  if (section === undefined) throw refused(`${file}: a module without a version`);
  return Buffer.from(section).toString("utf8");
}

async function compiled(file: string): Promise<WebAssembly.Module> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(await readFile(file));
  } catch (error) {
    throw unreadable(file, error);
  }
  try {
    return await WebAssembly.compile(bytes);
  } catch {
    throw refused(`${file}: no WebAssembly module`);
  }
}
