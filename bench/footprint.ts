/** What a module takes besides CPU: its size, its memory, its host calls. Measured in the TypeScript host. */

import { statSync } from "node:fs";
import type { Connection } from "../host/index.ts";
import { marginalBytes } from "./growth.ts";
import type { Protocol, Variant } from "./protocol.ts";
import { exchangeOnce, open, start } from "./subject.ts";

/** The figures of one module at one configuration. */
export interface Footprint {
  /** Size of the file in bytes. */
  readonly moduleBytes: number;
  /** Linear memory before the first session, in bytes. */
  readonly emptyBytes: number;
  /** Linear memory that a session takes that is open and idle, in bytes. */
  readonly idleBytes: number;
  /** Linear memory that a request takes that waits for its response, in bytes; NaN where there are none. */
  readonly outstandingBytes: number;
  /** All host calls per unit of the protocol's first exchange, and those of them that fetch bytes. */
  readonly hostCalls: number;
  readonly fetches: number;
}

/** Measures the module of one variant. */
export async function footprint(protocol: Protocol, variant: Variant): Promise<Footprint> {
  const { vm } = await start(protocol, variant);
  return {
    moduleBytes: statSync(variant.filter?.module ?? "").size,
    emptyBytes: vm.memoryBytes,
    idleBytes: await idleBytes(protocol, variant),
    outstandingBytes: await outstandingBytes(protocol, variant),
    ...(await hostCalls(protocol, variant)),
  };
}

async function idleBytes(protocol: Protocol, variant: Variant): Promise<number> {
  const subject = await start(protocol, variant);
  return marginalBytes(subject.vm, () => open(subject));
}

/** Requests of one connection: below what filters keep at most by default. */
const REQUESTS = 1_000;
/** Enough for the growths that are waited for. */
const CONNECTIONS = 500;
const GROWTHS = 4;

async function outstandingBytes(protocol: Protocol, variant: Variant): Promise<number> {
  const { unanswered } = protocol;
  if (unanswered === undefined) return NaN;
  const requests = Array.from({ length: REQUESTS }, (_, i) => unanswered(i + 1));
  const subject = await start(protocol, variant);
  // Opened before, as they would take part of what grows.
  const connections: Connection[] = Array.from({ length: CONNECTIONS }, () => open(subject));
  let sent = 0;
  const add = (): void => {
    const request = requests[sent % REQUESTS];
    const connection = connections[Math.floor(sent / REQUESTS)];
    if (request === undefined || connection === undefined) throw new Error("requests take no memory");
    connection.downstream(request);
    sent++;
  };
  return marginalBytes(subject.vm, add, GROWTHS);
}

const TIMES = 200;

async function hostCalls(
  protocol: Protocol,
  variant: Variant,
): Promise<Pick<Footprint, "hostCalls" | "fetches">> {
  const [exchange] = protocol.exchanges;
  if (exchange === undefined) return { hostCalls: NaN, fetches: NaN };
  const subject = await start(protocol, variant);
  const connection = open(subject);
  exchangeOnce(connection, exchange);
  subject.vm.tick();
  const before = count(subject.vm.hostCalls);
  for (let i = 0; i < TIMES; i++) exchangeOnce(connection, exchange);
  subject.vm.tick();
  const after = count(subject.vm.hostCalls);
  const units = TIMES * exchange.units;
  return {
    hostCalls: (after.all - before.all) / units,
    fetches: (after.fetches - before.fetches) / units,
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
