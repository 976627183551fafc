import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's top folder: the one with package.json, seen from the sources as from dist/. */
export const PROJECT = projectFolder(dirname(fileURLToPath(import.meta.url)));

function projectFolder(from: string): string {
  if (existsSync(join(from, "package.json"))) return from;
  const parent = dirname(from);
  return parent === from ? process.cwd() : projectFolder(parent);
}
