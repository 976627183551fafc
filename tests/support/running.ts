import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./modules.ts";

/** `heirloom` as a process of its own. */
export interface Running {
  readonly process: ChildProcess;
  /** What it printed, line by line. */
  readonly lines: readonly string[];
  readonly err: () => string;
  readonly exit: Promise<number | null>;
}

/** Starts `heirloom run` with these options. */
export function startRun(...words: readonly string[]): Running {
  return startHeirloom(["run", ...words]);
}

/** Starts `heirloom` with these words; `environment` is added to that of this process. */
export function startHeirloom(words: readonly string[], environment: NodeJS.ProcessEnv = {}): Running {
  const script = join(ROOT, "dist", "host", "cli", "heirloom.js");
  if (!existsSync(script)) throw new Error("dist/host/cli/heirloom.js is missing: npm run build");
  const child = spawn(process.execPath, [script, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  const lines: string[] = [];
  let [rest, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const exit = new Promise<number | null>((resolve) => child.on("close", (code) => resolve(code)));
  return { process: child, lines, err: () => err, exit };
}

/** What the first line that matches has in its first group, once there is one. */
export async function printed(running: Running, pattern: RegExp): Promise<string> {
  for (;;) {
    for (const line of running.lines) {
      const match = pattern.exec(line);
      if (match !== null) return match[1] ?? match[0];
    }
    if (running.process.exitCode !== null) throw new Error(`it ended: ${running.err()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
