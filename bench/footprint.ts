/** What a module takes besides CPU: its size, memory per idle session, host calls per command. Measured in the TypeScript host. */

import { statSync } from "node:fs";
import { loadModule, Vm, type Plugin } from "../host/index.ts";

/** The figures of one module at one configuration. */
export interface Footprint {
  /** Size of the file in bytes. */
  readonly moduleBytes: number;
  /** Linear memory before the first session, in bytes. */
  readonly emptyBytes: number;
  /** Growth of linear memory after {@link IDLE_SESSIONS} sessions that are open and idle, per session, in bytes. */
  readonly bytesPerIdleSession: number;
  /**
   * The same without the memory that has been grown but not used yet: from one growth to the one after it, in bytes.
   * NaN when the memory did not grow often enough to tell.
   */
  readonly marginalBytesPerSession: number;
  /** All host calls per command, and those of them that fetch bytes. */
  readonly hostCallsPerCommand: number;
  readonly fetchesPerCommand: number;
}

/** Which filter is looked at. */
export interface Subject {
  readonly module: string;
  readonly rootId: string;
  readonly configuration: object;
}

/** As many idle sessions as a busy relay keeps. */
export const IDLE_SESSIONS = 2_000;

/** Up to here, sessions are opened to see the memory grow several times. */
const MOST_SESSIONS = 16_000;

/** Measures one module at one configuration. */
export async function footprint(subject: Subject): Promise<Footprint> {
  return {
    moduleBytes: statSync(subject.module).size,
    ...(await memory(subject)),
    ...(await hostCalls(subject)),
  };
}

type Connection = ReturnType<Plugin["newConnection"]>;

async function start(subject: Subject): Promise<{ vm: Vm; plugin: Plugin }> {
  const vm = new Vm(await loadModule(subject.module));
  const configuration = JSON.stringify(subject.configuration);
  return { vm, plugin: vm.startPlugin({ rootId: subject.rootId, configuration }) };
}

async function memory(
  subject: Subject,
): Promise<Pick<Footprint, "emptyBytes" | "bytesPerIdleSession" | "marginalBytesPerSession">> {
  const { vm, plugin } = await start(subject);
  const emptyBytes = vm.memoryBytes;
  const growths: { readonly sessions: number; readonly bytes: number }[] = [];
  let atIdle = emptyBytes;
  let last = emptyBytes;
  for (let sessions = 1; sessions <= MOST_SESSIONS; sessions++) {
    open(plugin);
    if (vm.memoryBytes > last) growths.push({ sessions, bytes: vm.memoryBytes - last });
    last = vm.memoryBytes;
    if (sessions === IDLE_SESSIONS) atIdle = last;
  }
  return {
    emptyBytes,
    bytesPerIdleSession: (atIdle - emptyBytes) / IDLE_SESSIONS,
    marginalBytesPerSession: marginal(growths),
  };
}

/** The last growth that was used up, divided by the sessions that used it up. */
function marginal(growths: readonly { readonly sessions: number; readonly bytes: number }[]): number {
  const [before, after] = growths.slice(-2);
  if (before === undefined || after === undefined) return Number.NaN;
  return before.bytes / (after.sessions - before.sessions);
}

/** An idle session has said hello and waits. */
function open(plugin: Plugin): Connection {
  const connection = plugin.newConnection();
  connection.upstream(bytes("220 mx.example ESMTP\r\n"));
  connection.downstream(bytes("HELO client.example\r\n"));
  connection.upstream(bytes("250 mx.example\r\n"));
  return connection;
}

const MESSAGES = 200;

async function hostCalls(
  subject: Subject,
): Promise<Pick<Footprint, "hostCallsPerCommand" | "fetchesPerCommand">> {
  const { vm, plugin } = await start(subject);
  const connection = open(plugin);
  transaction(connection);
  vm.tick();
  const before = count(vm.hostCalls);
  let commands = 0;
  for (let i = 0; i < MESSAGES; i++) commands += transaction(connection);
  vm.tick();
  const after = count(vm.hostCalls);
  return {
    hostCallsPerCommand: (after.all - before.all) / commands,
    fetchesPerCommand: (after.fetches - before.fetches) / commands,
  };
}

function count(calls: ReadonlyMap<string, number>): { all: number; fetches: number } {
  let all = 0;
  let fetches = 0;
  for (const [name, times] of calls) {
    all += times;
    if (name.endsWith("get_buffer_bytes")) fetches += times;
  }
  return { all, fetches };
}

/** One message of 1 kB, command by command as smtp-source sends it. Returns how many commands that were. */
function transaction(connection: Connection): number {
  const exchange = [
    ["MAIL FROM:<sender@client.example>\r\n", "250 2.1.0 Ok\r\n"],
    ["RCPT TO:<recipient@server.example>\r\n", "250 2.1.5 Ok\r\n"],
    ["DATA\r\n", "354 End data with <CR><LF>.<CR><LF>\r\n"],
    [`Subject: benchmark\r\n\r\n${"x".repeat(78)}\r\n`.padEnd(1000, "x") + "\r\n.\r\n", "250 2.0.0 Ok\r\n"],
  ];
  for (const [command = "", reply = ""] of exchange) {
    connection.downstream(bytes(command));
    connection.upstream(bytes(reply));
  }
  return exchange.length;
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}
