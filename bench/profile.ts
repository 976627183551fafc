/** Where the filter's own time goes: its functions under V8's profiler, in the TypeScript host. */

import { Session, type Profiler } from "node:inspector/promises";
import { setFlagsFromString } from "node:v8";
import { loadModule, Vm } from "../host/index.ts";
import type { Subject } from "./footprint.ts";
import { table } from "./table.ts";

/** Envoy's reads: at most that much of a message comes in one chunk. */
const CHUNK = 16_384;

/** Between two samples, in microseconds: each run has some ten thousand of them. */
const INTERVAL = 100;

/** Messages of a run, and their size in bytes. */
export interface Exchange {
  readonly name: string;
  readonly messages: number;
  readonly bytes: number;
}

/** The two loads that the targets are about. */
export const EXCHANGES: readonly Exchange[] = [
  { name: "1 kB messages", messages: 60_000, bytes: 1_000 },
  { name: "100 kB messages", messages: 4_000, bytes: 100_000 },
];

/** Functions below this share of the time are left out. */
const LEAST_SHARE = 0.01;

/** The module's functions by their own time, as Markdown; the host's side is one row. */
export async function profile(subject: Subject, exchange: Exchange): Promise<string> {
  // As Envoy runs it: optimised from the start.
  setFlagsFromString("--no-liftoff");
  const vm = new Vm(await loadModule(subject.module));
  const plugin = vm.startPlugin({
    rootId: subject.rootId,
    configuration: JSON.stringify(subject.configuration),
  });
  const connection = plugin.newConnection();
  const say = (command: string, reply: string): void => {
    for (let at = 0; at < command.length; at += CHUNK) {
      connection.downstream(Buffer.from(command.slice(at, at + CHUNK), "latin1"));
    }
    connection.upstream(Buffer.from(reply, "latin1"));
  };
  const body = `${"x".repeat(78)}\r\n`.repeat(Math.ceil(exchange.bytes / 80)).slice(0, exchange.bytes);
  say("HELO client.example\r\n", "220 mx.example ESMTP\r\n250 mx.example\r\n");
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: INTERVAL });
  await session.post("Profiler.start");
  for (let i = 0; i < exchange.messages; i++) {
    say("MAIL FROM:<sender@client.example>\r\n", "250 2.1.0 Ok\r\n");
    say("RCPT TO:<recipient@server.example>\r\n", "250 2.1.5 Ok\r\n");
    say("DATA\r\n", "354 End data with <CR><LF>.<CR><LF>\r\n");
    say(`Subject: profile\r\n\r\n${body}\r\n.\r\n`, "250 2.0.0 Ok\r\n");
  }
  const { profile: recorded } = await session.post("Profiler.stop");
  session.disconnect();
  return rows(recorded, exchange.messages);
}

function rows(recorded: Profiler.Profile, messages: number): string {
  const own = new Map<string, number>();
  let module = 0;
  for (const { id, microseconds } of timeByNode(recorded)) {
    const frame = recorded.nodes.find((node) => node.id === id)?.callFrame;
    if (frame?.url.startsWith("wasm:") !== true) continue;
    module += microseconds;
    own.set(frame.functionName, (own.get(frame.functionName) ?? 0) + microseconds);
  }
  const list = [...own]
    .filter(([, microseconds]) => microseconds >= module * LEAST_SHARE)
    .sort(([, a], [, b]) => b - a)
    .map(([name, microseconds]) => [
      name,
      (microseconds / messages).toFixed(3),
      `${((100 * microseconds) / module).toFixed(1)} %`,
    ]);
  const total = ["all of the module", (module / messages).toFixed(3), "100 %"];
  return table(["function", "µs/message", "share"], [total, ...list]);
}

function timeByNode({
  samples = [],
  timeDeltas = [],
}: Profiler.Profile): { id: number; microseconds: number }[] {
  const time = new Map<number, number>();
  samples.forEach((id, i) => time.set(id, (time.get(id) ?? 0) + (timeDeltas[i] ?? 0)));
  return [...time].map(([id, microseconds]) => ({ id, microseconds }));
}
