import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's top folder: the one with package.json, seen from the sources as from dist/. */
export const PROJECT = projectFolder(dirname(fileURLToPath(import.meta.url)));

/** Where downloads are kept: with the project, or with the one that has Heirloom as a package, which may be installed anew. */
export const CACHE = join(PROJECT.includes("node_modules") ? process.cwd() : PROJECT, ".cache");

function projectFolder(from: string): string {
  if (existsSync(join(from, "package.json"))) return from;
  const parent = dirname(from);
  return parent === from ? process.cwd() : projectFolder(parent);
}
