/** Programs of the root file systems that setup.mjs made, run in them by chroot, in the foreground. */

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { vi } from "vitest";
import { isThere, rootOf, type ServerName } from "./recipes.mjs";

/** Why tests with the server `name` cannot run here; undefined when they can. */
export function missingServer(name: ServerName): string | undefined {
  if (!isThere(name)) return `${name} is needed: run node tests/envoy/servers/setup.mjs as root`;
  return process.getuid?.() === 0 ? undefined : `only root can run ${name} in its root file system`;
}

/** A folder for one run of a server, seen from outside its root file system and from inside. */
export interface Workplace {
  readonly outside: string;
  readonly inside: string;
  /** Writes a file there. */
  write(file: string, text: string): void;
  /** Reads a file there; empty when there is none. */
  read(file: string): string;
  folder(name: string, mode?: number): string;
  remove(): void;
}

const workplaces = new Set<string>();

/** Makes a fresh folder below /tmp of the root file system. */
export function workplace(name: ServerName): Workplace {
  const outside = mkdtempSync(join(rootOf(name), "tmp", "run-"));
  // Servers give up root's rights for most of their work.
  chmodSync(outside, 0o755);
  workplaces.add(outside);
  const inside = outside.slice(rootOf(name).length);
  return {
    outside,
    inside,
    write: (file, text) => writeFileSync(join(outside, file), text),
    read: (file) => {
      try {
        return readFileSync(join(outside, file), "utf8");
      } catch {
        return "";
      }
    },
    folder: (folder, mode = 0o755) => {
      mkdirSync(join(outside, folder), { recursive: true, mode });
      return join(inside, folder);
    },
    remove: () => {
      workplaces.delete(outside);
      rmSync(outside, { recursive: true, force: true });
    },
  };
}

/** A program that runs until it is stopped. */
export interface Daemon {
  /** What it has written to stdout and stderr. */
  readonly output: () => string;
  /** SIGTERM to it alone; its own children are its own business. */
  stop(): Promise<void>;
}

/** What `work` comes to; what was started for it does not stay behind when it fails. */
export async function orStop<T>(started: { stop(): Promise<void> }, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    await started.stop();
    throw error;
  }
}

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** A slow machine needs seconds. */
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGTERM");
  // Those of tests that failed.
  for (const folder of workplaces) rmSync(folder, { recursive: true, force: true });
});

function start(name: ServerName, command: readonly string[]): { child: ChildProcess; output: () => string } {
  const environment = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C", TZ: "UTC" };
  const child = spawn("chroot", [rootOf(name), ...command], {
    env: { ...environment, PATH: `${environment.PATH}:${process.env["PATH"] ?? ""}` },
    stdio: ["pipe", "pipe", "pipe"],
  });
  running.add(child);
  let text = "";
  const keep = (chunk: Buffer): void => {
    text += chunk.toString("utf8");
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  // A program that ends before it has read all is no concern of ours.
  child.stdin?.on("error", () => undefined);
  child.once("close", () => running.delete(child));
  return { child, output: () => text };
}

/** Where a server listens; a number is a port of 127.0.0.1. */
export type Place = number | { readonly host: string; readonly port: number };

/** Starts a server in the foreground and waits until all of `places` accept connections. */
export async function startDaemon(
  name: ServerName,
  command: readonly string[],
  places: readonly Place[],
): Promise<Daemon> {
  const { child, output } = start(name, command);
  child.stdin?.end();
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const stop = async (): Promise<void> => {
    if (isOver()) return;
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(late);
  };
  try {
    for (const place of places)
      await vi.waitFor(() => accepting(place, isOver), { timeout: START_TIMEOUT_MS, interval: 30 });
    if (isOver()) throw new Error("it ended at once");
  } catch (error) {
    await stop();
    throw new Error(`${name} did not start: ${output()}`, { cause: error });
  }
  return { output, stop };
}

/** Runs a program to its end with `input` on its stdin. */
export async function runInside(name: ServerName, command: readonly string[], input = ""): Promise<Ended> {
  const { child, output } = start(name, command);
  child.stdin?.end(input);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output: output() };
}

/** Throws while nothing accepts at `place`, unless that will never happen. */
async function accepting(place: Place, isOver: () => boolean): Promise<void> {
  if (!isOver() && !(await accepts(place))) throw new Error(`nothing accepts at ${JSON.stringify(place)}`);
}

function accepts(place: Place): Promise<boolean> {
  const { host, port } = typeof place === "number" ? { host: "127.0.0.1", port: place } : place;
  return new Promise((answer) => {
    const socket = connect(port, host);
    socket.once("connect", () => {
      socket.destroy();
      answer(true);
    });
    socket.once("error", () => answer(false));
  });
}
