/** slapd and ldclt: the machine's own, or those that tests/envoy/servers/setup.mjs has fetched. */

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { findProgram } from "../programs.ts";

/** A program, and the root file system that it runs in. */
export interface Program {
  /** What to spawn in front of the program's arguments. */
  readonly command: readonly string[];
  /** Empty for the machine's own. */
  readonly root: string;
}

/** The fetched server that each program comes with, and its place there. */
const FETCHED = {
  slapd: { server: "slapd", path: "/usr/sbin/slapd" },
  ldclt: { server: "ds389", path: "/usr/bin/ldclt" },
} as const;

/** Finds `$SLAPD` or `$LDCLT`, then the fetched one (only root can run it), then one in PATH. Throws with what to do. */
export function requireProgram(name: keyof typeof FETCHED, environment = process.env): Program {
  const named = environment[name.toUpperCase()];
  if (named !== undefined) return { command: [named], root: "" };
  const { server, path } = FETCHED[name];
  const root = resolve(".cache", "servers", server);
  const isFetched = existsSync(join(root, ".complete")) && existsSync(join(root, path));
  if (isFetched && process.getuid?.() === 0) return { command: ["chroot", root, path], root };
  const own = findProgram(name, environment);
  if (own !== undefined) return { command: [own], root: "" };
  throw new Error(
    `${name} is needed: run node tests/envoy/servers/setup.mjs ${server} as root, or put it on PATH, or set ${name.toUpperCase()}`,
  );
}

/** A fresh folder that a program can reach, by its path outside and inside of the root file system. */
export function workplace({ root }: Program): { outside: string; inside: string; remove(): void } {
  const outside = mkdtempSync(join(root === "" ? tmpdir() : join(root, "tmp"), "bench-"));
  return {
    outside,
    inside: outside.slice(root.length),
    remove: () => {
      rmSync(outside, { recursive: true, force: true });
    },
  };
}
