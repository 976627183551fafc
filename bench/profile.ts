/** Where the filter's own time goes: its functions under V8's profiler, in the TypeScript host. */

import { Session, type Profiler } from "node:inspector/promises";
import { setFlagsFromString } from "node:v8";
import type { Exchange, Protocol, Variant } from "./protocol.ts";
import { exchangeOnce, open, start } from "./subject.ts";
import { table } from "./table.ts";

/** Between two samples, in microseconds: each run has some ten thousand of them. */
const INTERVAL = 100;

/** How long a run takes. */
const RUN_MILLISECONDS = 4_000;

/** Functions below this share of the time are left out. */
const LEAST_SHARE = 0.01;

/** The module's functions by their own time, as Markdown; the host's side is one row. */
export async function profile(protocol: Protocol, variant: Variant, exchange: Exchange): Promise<string> {
  // As Envoy runs it: optimised from the start.
  setFlagsFromString("--no-liftoff");
  const connection = open(await start(protocol, variant));
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: INTERVAL });
  await session.post("Profiler.start");
  let times = 0;
  for (const until = performance.now() + RUN_MILLISECONDS; performance.now() < until; times++) {
    exchangeOnce(connection, exchange);
  }
  const { profile: recorded } = await session.post("Profiler.stop");
  session.disconnect();
  return rows(recorded, times * exchange.units, protocol.hostUnit);
}

function rows(recorded: Profiler.Profile, units: number, unit: string): string {
  const own = new Map<string, number>();
  let module = 0;
  let host = 0;
  for (const { id, microseconds } of timeByNode(recorded)) {
    const frame = recorded.nodes.find((node) => node.id === id)?.callFrame;
    if (frame?.url.startsWith("wasm:") !== true) {
      host += microseconds;
      continue;
    }
    module += microseconds;
    own.set(frame.functionName, (own.get(frame.functionName) ?? 0) + microseconds);
  }
  const list = [...own]
    .filter(([, microseconds]) => microseconds >= module * LEAST_SHARE)
    .sort(([, a], [, b]) => b - a)
    .map(([name, microseconds]) => [
      name,
      (microseconds / units).toFixed(3),
      `${((100 * microseconds) / module).toFixed(1)} %`,
    ]);
  const total = ["all of the module", (module / units).toFixed(3), "100 %"];
  const beside = ["the host beside it", (host / units).toFixed(3), ""];
  return table(["function", `µs/${unit}`, "share"], [total, ...list, beside]);
}

function timeByNode({
  samples = [],
  timeDeltas = [],
}: Profiler.Profile): { id: number; microseconds: number }[] {
  const time = new Map<number, number>();
  samples.forEach((id, i) => time.set(id, (time.get(id) ?? 0) + (timeDeltas[i] ?? 0)));
  return [...time].map(([id, microseconds]) => ({ id, microseconds }));
}
