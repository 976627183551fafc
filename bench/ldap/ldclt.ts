/** 389-DS's load generator. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import type { Program } from "./programs.ts";
import { MANAGER, PASSWORD, SUFFIX } from "./slapd.ts";

/** What an ldclt run is told to do. */
export interface LdcltOptions {
  readonly port: number;
  /** Connections, each with a thread of ldclt's. */
  readonly threads: number;
  /** Searches of each of them. */
  readonly searches: number;
  /** The folder (`ou`) that is searched for one random user. */
  readonly folder: string;
  /** Letter in front of the three digits of a user, and how many users there are. */
  readonly letter: string;
  readonly users: number;
  /** Requests that may wait for their response on a connection. Default: one at a time. */
  readonly pending?: number;
}

/** How an ldclt run ended. */
export interface LdcltResult {
  readonly code: number | null;
  /** Everything it said. */
  readonly output: string;
}

/** ldclt itself says that it is done only at the end of its sampling interval of 10 s. */
const LOOK_EVERY_MILLISECONDS = 3;

/** The arguments of ldclt for `options`. */
export function ldcltArguments(options: LdcltOptions): string[] {
  const { port, threads, searches, folder, letter, users, pending } = options;
  const list = ["-h", "127.0.0.1", "-p", String(port), "-D", MANAGER, "-w", PASSWORD];
  list.push("-b", `ou=${folder},${SUFFIX}`, "-f", `uid=${letter}XXX`, "-e", "esearch,random");
  list.push("-r", "0", "-R", String(users - 1), "-n", String(threads), "-T", String(searches));
  return pending === undefined ? list : [...list, "-a", String(pending)];
}

/** Runs ldclt until all of its threads are done. */
export function runLdclt(ldclt: Program, options: LdcltOptions): Promise<LdcltResult> {
  return untilThreadsEnd([...ldclt.command, ...ldcltArguments(options)], options.threads);
}

/**
 * Runs ldclt, with its arguments, until the `threads` that it is told to have are done and `settled` resolves; until
 * then its connections stay open, with the requests on them that its threads did not wait for.
 */
export async function untilThreadsEnd(
  [program = "", ...args]: readonly string[],
  threads: number,
  settled: () => Promise<void> = () => Promise.resolve(),
): Promise<LdcltResult> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const keep = (text: Buffer): void => {
    output += text.toString();
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const { pid = 0 } = child;
  let most = 0;
  const watch = setInterval(() => {
    const now = threadsOf(pid);
    most = Math.max(most, now);
    if (most <= threads || now !== 1) return;
    clearInterval(watch);
    // It prints its totals and exits with what it found.
    const end = (): boolean => child.kill("SIGINT");
    void settled().then(end, end);
  }, LOOK_EVERY_MILLISECONDS);
  const [code] = (await once(child, "close")) as [number | null];
  clearInterval(watch);
  return { code, output };
}

function threadsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).length;
  } catch {
    return 0;
  }
}
