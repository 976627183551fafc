// Modules of bench/modules that read messages, and what the links of messages.ts said they were shown.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "./modules.ts";

/** Compiles the module `name` of bench/modules to a file in `folder`; returns its path. */
export function compileMessages(folder: string, name = "messages"): string {
  const path = join(folder, `${name}.wasm`);
  const asc = join(ROOT, "node_modules/assemblyscript/bin/asc.js");
  const args = [asc, `bench/modules/${name}.ts`, "--config", "asconfig.json", "--target", "release"];
  const { status, stderr } = spawnSync(process.execPath, [...args, "--outFile", path], {
    cwd: ROOT,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return path;
}

/** What a link was shown of a direction, chunk by chunk; `/` is a line end, `!` the end of stream. */
export function shownTo(link: "before" | "after", from: "client" | "server", log: string): string[] {
  const mark = `~~${link} ${from} `;
  return log
    .split("\n")
    .filter((line) => line.includes(mark))
    .map((line) => line.slice(line.indexOf(mark) + mark.length));
}

/** Lines of all lengths around the cap, some of which are not wanted whole; the same for the same seed. */
export function linesOf(seed: number, count: number, cap: number): string {
  let state = seed;
  const next = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return Array.from({ length: count }, (_, i) => {
    const length = next(4) === 0 ? cap - 10 + next(20) : next(80);
    return `${next(5) === 0 ? "big" : ""}${i} ${"x".repeat(length)}\n`;
  }).join("");
}
