/** How much a filter reads per second in the TypeScript host, on one core. */

import { setFlagsFromString } from "node:v8";
import { ownCpuMicroseconds } from "./cpu.ts";
import type { Exchange, Protocol, Variant } from "./protocol.ts";
import { exchangeOnce, open, start } from "./subject.ts";

/** Runs of an exchange, of which the fastest counts, and how long each takes at least. */
const RUNS = 15;
const RUN_MICROSECONDS = 60_000;

/** Units per second for each exchange of the protocol, by name. The host's own work is in it. */
export async function throughput(protocol: Protocol, variant: Variant): Promise<Record<string, number>> {
  // As Envoy runs it: optimised from the start.
  setFlagsFromString("--no-liftoff");
  const found: Record<string, number> = {};
  for (const exchange of protocol.exchanges)
    found[exchange.name] = await fastest(protocol, variant, exchange);
  return found;
}

async function fastest(protocol: Protocol, variant: Variant, exchange: Exchange): Promise<number> {
  const connection = open(await start(protocol, variant));
  let best = 0;
  for (let run = 0; run < RUNS; run++) {
    const before = ownCpuMicroseconds();
    let used = 0;
    let units = 0;
    while (used < RUN_MICROSECONDS) {
      // Reading the counter takes as long as some exchanges.
      for (let i = 0; i < 20; i++) exchangeOnce(connection, exchange);
      units += 20 * exchange.units;
      used = ownCpuMicroseconds() - before;
    }
    best = Math.max(best, (units / used) * 1e6);
  }
  return best;
}
