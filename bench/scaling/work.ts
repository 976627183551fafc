/** How much a filter has to do for a conversation: counted in the module, the same on every machine. */

import { readFileSync } from "node:fs";
import { compile, Driver, type Code } from "../../tests/fuzz/driver.ts";
import { ledgerModule } from "../../tests/fuzz/ledger.ts";
import { countingWork } from "../../tests/fuzz/prepare.ts";
import type { Turn } from "../lockstep.ts";
import { SEGMENT_BYTES } from "../protocol.ts";
import type { Dimension } from "./dimensions.ts";

/** What one size of a dimension takes, from the first connection's begin to the last one's end. */
export interface Work {
  /** Functions entered, turns of loops, bytes that were copied. */
  readonly steps: number;
  readonly hostCalls: number;
  readonly bytesFetched: number;
}

/** A filter that counts its work. */
export function countedFilter(protocol: Dimension["protocol"]): Code {
  return compile(countingWork(readFileSync(`build/${protocol}.wasm`)), ledgerModule());
}

/** Lets the filter see the conversation at that size. Throws when it saw another one. */
export function workOf(code: Code, dimension: Dimension, size: number): Work {
  const driver = new Driver(code);
  const root = driver.startRoot("{}");
  const { opening, turns } = dimension.script(size);
  const length = dimension.connections?.(size) ?? 1;
  const before = counted(driver);
  const ids = Array.from({ length }, () => driver.newConnection(root, new Map()));
  for (const id of ids) for (const turn of [...opening, ...turns]) take(driver, id, turn);
  for (const id of ids) driver.close(id, 2, new Map());
  driver.tick(root);
  driver.settle();
  const after = counted(driver);
  const [counter, value] = dimension.proof(size);
  const found = driver.stats.value(`${dimension.protocol}.default.${counter}`);
  if (found !== value)
    throw new Error(`${dimension.title}, ${size}: ${counter} is ${found}, expected ${value}`);
  return {
    steps: after.steps - before.steps,
    hostCalls: after.hostCalls - before.hostCalls,
    bytesFetched: after.bytesFetched - before.bytesFetched,
  };
}

function counted(driver: Driver): Work {
  return { steps: driver.work, hostCalls: driver.hostCalls, bytesFetched: driver.fetched };
}

function take(driver: Driver, id: number, { request, response }: Turn): void {
  deliver(driver, id, "downstream", request);
  deliver(driver, id, "upstream", response);
}

function deliver(driver: Driver, id: number, direction: "downstream" | "upstream", bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += SEGMENT_BYTES) {
    driver.deliver(direction, id, bytes, at, Math.min(SEGMENT_BYTES, bytes.length - at), false);
  }
}
