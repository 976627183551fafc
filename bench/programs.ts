/** Programs that a load needs: where they are, how they are started and stopped. */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, statSync } from "node:fs";
import { connect } from "node:net";
import { delimiter, join } from "node:path";

/** Places where distributions put what is not on everybody's PATH. */
const USUAL_PLACES = ["/usr/sbin", "/usr/libexec", "/usr/libexec/postfix", "/usr/local/sbin"];

/** The first executable of that name in PATH, the usual places and `more`; undefined if there is none. */
export function findProgram(
  name: string,
  environment: NodeJS.ProcessEnv = process.env,
  more: readonly string[] = [],
): string | undefined {
  const places = [...(environment["PATH"] ?? "").split(delimiter), ...USUAL_PLACES, ...more];
  return places.map((place) => join(place, name)).find(isExecutable);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    // A folder may be entered, not run.
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** A server that runs until it is stopped. */
export interface RunningServer {
  /** It accepts connections there, on 127.0.0.1. */
  readonly port: number;
  stop(): Promise<void>;
}

/** Waits until a server, just spawned with its stderr piped, accepts connections. Throws with what it said if it ends instead. */
export async function untilAccepting(
  name: string,
  child: ChildProcess,
  port: number,
): Promise<RunningServer> {
  let errors = "";
  child.stderr?.on("data", (text: Buffer) => (errors += text.toString()));
  while (child.exitCode === null && child.signalCode === null) {
    if (await accepts(port)) return { port, stop: () => stopped(child) };
    await new Promise((later) => setTimeout(later, 20));
  }
  throw new Error(`${name} did not start: ${errors.trim()}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      answer(true);
    });
    socket.once("error", () => {
      answer(false);
    });
  });
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
