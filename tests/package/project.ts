/** Projects outside of the tree that use Heirloom as an npm package. */

import { execFile } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { locateEnvoy } from "../../host/envoy/find.ts";
import { ROOT } from "../support/modules.ts";

const run = promisify(execFile);

/** Far more than a failing npm says. */
const MAX_OUTPUT = 64 * 1024 * 1024;

/** The command line as it is built here. */
export const CLI = join(ROOT, "dist", "host", "cli", "heirloom.js");

/** How a program ended. */
export interface Ended {
  readonly code: number;
  /** What it wrote, both ways. */
  readonly text: string;
}

/** An empty folder that nothing of the tree is above of. */
export function freshFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "heirloom-package-"));
}

/** What npm and vitest, which run this, tell their children about themselves; settings such as the registry stay. */
const OURS =
  /^(npm_(package|lifecycle|command|config_local_prefix)|vitest|node_env|node_options|init_cwd|force_color)/i;
const { path: ENVOY } = await locateEnvoy({ download: false });
const ENVIRONMENT = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.test(name))),
  NO_COLOR: "1",
  ENVOY,
};

/** Runs a program in a folder to its end. */
export async function runIn(folder: string, program: string, ...words: string[]): Promise<Ended> {
  try {
    const { stdout, stderr } = await run(program, words, {
      cwd: folder,
      env: ENVIRONMENT,
      maxBuffer: MAX_OUTPUT,
    });
    return { code: 0, text: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout?: string; stderr?: string };
    return { code, text: `${stdout ?? ""}${stderr ?? ""}` };
  }
}

/** Packs Heirloom into `folder`; the archive's path. */
export async function packInto(folder: string): Promise<string> {
  const { code, text } = await runIn(
    ROOT,
    "npm",
    "pack",
    "--ignore-scripts",
    "--json",
    "--pack-destination",
    folder,
  );
  const name = /"filename": "([^"]+)"/.exec(text)?.[1];
  if (code !== 0 || name === undefined) throw new Error(`npm pack failed:\n${text}`);
  return join(folder, name);
}

/** Paths of the files in an archive, without npm's `package/`. */
export async function filesIn(archive: string): Promise<string[]> {
  const { text } = await runIn(ROOT, "tar", "-tzf", archive);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replace(/^package\//, ""))
    .sort();
}

/** Installs an archive and all that the project there needs. What `npm ci` has brought here is not fetched again. */
export async function install(project: string, archive: string): Promise<void> {
  const options = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  const { code, text } = await runIn(project, "npm", "install", ...options, archive);
  if (code !== 0) throw new Error(`npm install failed:\n${text}`);
}
