/** Postfix's load generator and its counterpart, as processes. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { findProgram, isExecutable, untilAccepting, type RunningServer } from "./programs.ts";

/** Where the two programs are, and what their environment needs. */
export interface PostfixTools {
  readonly source: string;
  readonly sink: string;
}

/** Where `.ci/run` unpacks the package without installing it, relative to the project. */
const UNPACKED = join(".cache", "postfix", "usr", "sbin");

/** The line to print where the programs are missing. */
export const MISSING_POSTFIX =
  "smtp-source and smtp-sink are needed (Debian package postfix): put them on PATH or set SMTP_SOURCE and SMTP_SINK";

/** Finds smtp-source and smtp-sink: `$SMTP_SOURCE` and `$SMTP_SINK`, then PATH, the usual places, the project's cache. */
export function findPostfix(environment: NodeJS.ProcessEnv = process.env): PostfixTools | undefined {
  const source = environment["SMTP_SOURCE"] ?? findProgram("smtp-source", environment, [resolve(UNPACKED)]);
  const sink = environment["SMTP_SINK"] ?? findProgram("smtp-sink", environment, [resolve(UNPACKED)]);
  if (source === undefined || sink === undefined) return undefined;
  return isExecutable(source) && isExecutable(sink) ? { source, sink } : undefined;
}

/** The libraries of an unpacked package lie beside its programs; an installed one finds them by itself. */
export function environmentFor(program: string): NodeJS.ProcessEnv {
  const libraries = resolve(program, "../../lib");
  const beside = join(libraries, "postfix");
  if (libraries === "/usr/lib" || !existsSync(beside)) return process.env;
  // With the package came those it depends on, if the system had them not.
  const others = readdirSync(libraries).filter((name) => name.includes("-linux-"));
  const folders = [beside, ...others.map((name) => join(libraries, name)), process.env["LD_LIBRARY_PATH"]];
  return { ...process.env, LD_LIBRARY_PATH: folders.filter((one) => one !== undefined).join(delimiter) };
}

/** What a smtp-source run is told to do. */
export interface SourceOptions {
  readonly port: number;
  /** Messages in all. */
  readonly messages: number;
  /** Sessions at the same time. Default 1. */
  readonly parallel?: number;
  /** Payload of a message in bytes; smtp-source's header comes on top. Default: its own short text. */
  readonly bytes?: number;
  /** Recipients of each message. Default 1. */
  readonly recipients?: number;
  /** `perMessage`: a new connection for each message (default); `kept`: `parallel` connections for all. */
  readonly connections?: "perMessage" | "kept";
  /** Address of the (first) recipient. Default: one at server.example. */
  readonly recipient?: string;
  /** `lmtp`: LHLO, and a reply for each recipient behind a message. Default `smtp`. */
  readonly dialect?: "smtp" | "lmtp";
  /** `abort`: an unexpected reply ends the run (default); `goOn`: the next message is tried. */
  readonly onError?: "abort" | "goOn";
}

/** How a smtp-source run ended. */
export interface SourceResult {
  readonly code: number | null;
  /** Everything it said on stderr. */
  readonly errors: string;
}

/** The arguments of smtp-source for `options`. It speaks HELO or LHLO, never EHLO, and never pipelines. */
export function sourceArguments(options: SourceOptions): string[] {
  const list = ["-4", "-s", String(options.parallel ?? 1), "-m", String(options.messages)];
  if (options.bytes !== undefined) list.push("-l", String(options.bytes));
  if (options.recipients !== undefined) list.push("-r", String(options.recipients));
  if (options.connections === "kept") list.push("-d");
  if (options.onError === "goOn") list.push("-A");
  if (options.dialect === "lmtp") list.push("-L");
  // A full listen queue is no reason to fail.
  list.push(
    "-C",
    "20",
    "-M",
    "client.example",
    "-f",
    "sender@client.example",
    "-t",
    options.recipient ?? "recipient@server.example",
  );
  return [...list, `inet:127.0.0.1:${options.port}`];
}

/** Runs smtp-source to its end. */
export async function runSource(tools: PostfixTools, options: SourceOptions): Promise<SourceResult> {
  const child = spawn(tools.source, sourceArguments(options), {
    env: environmentFor(tools.source),
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (text: Buffer) => (errors += text.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, errors };
}

/** A smtp-sink that runs until it is stopped. */
export type RunningSink = RunningServer;

/** More than any run opens at once: beyond its limit, smtp-sink leaves connections in the listen queue. */
const SINK_SESSIONS = 2_000;

/** Starts smtp-sink on 127.0.0.1 and waits until it accepts. `options` are its own, e.g. `["-f", "RCPT"]`. */
export async function startSink(
  tools: PostfixTools,
  port: number,
  options: readonly string[] = [],
): Promise<RunningSink> {
  // It refuses to run with the superuser's rights.
  const user = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
  const place = [`inet:127.0.0.1:${port}`, String(SINK_SESSIONS)];
  const child = spawn(tools.sink, ["-4", "-m", String(SINK_SESSIONS), ...user, ...options, ...place], {
    env: environmentFor(tools.sink),
    stdio: ["ignore", "ignore", "pipe"],
  });
  return untilAccepting("smtp-sink", child, port);
}
