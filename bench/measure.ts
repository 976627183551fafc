/** The measurement itself: Envoy's CPU per unit of load, variant by variant, again and again. */

import { cpuMicroseconds } from "./cpu.ts";
import type { Load, Protocol, Variant } from "./protocol.ts";
import { alternate, withRigs, type Rig } from "./rigs.ts";

/** How much is measured of one protocol. */
export interface Plan<P extends Served = Protocol> {
  readonly protocol: P;
  readonly variants: readonly Variant[];
  readonly loads: readonly Load[];
  readonly repetitions: number;
  /** How often each variant is measured in a repetition: A B C, B C A …, each a slice. */
  readonly slices: number;
}

/** What a measurement needs to know of a protocol. */
export type Served = Pick<Protocol, "title" | "startServer">;

/** CPU per unit in microseconds: `samples[load][variant]`, one figure per slice, all variants in the same order. */
export type Samples = Record<string, Record<string, number[]>>;

/** Units before the first measured one: pools grow, the allocator and the kernel settle. */
const WARM_UP_UNITS = 300;

/** How long Envoy may still be busy with the last connections' ends after the load is gone. */
const SETTLE_MILLISECONDS = 50;

/** Carries out a plan. `progress` is told in words what was just done. Throws when a load is not served. */
export async function measure(plan: Plan<Served>, progress: (text: string) => void): Promise<Samples> {
  const samples: Samples = {};
  const server = await plan.protocol.startServer();
  try {
    for (let repetition = 1; repetition <= plan.repetitions; repetition++) {
      await repeat(plan, server.port, samples);
      progress(`${plan.protocol.title}: repetition ${repetition} of ${plan.repetitions}`);
    }
  } finally {
    await server.stop();
  }
  return samples;
}

/** One repetition: fresh Envoys, so that the luck of one process's memory layout is not the luck of the whole run. */
async function repeat(plan: Plan<Served>, serverPort: number, samples: Samples): Promise<void> {
  await withRigs(plan.variants, serverPort, async (rigs) => {
    for (const load of plan.loads) {
      const ofLoad = (samples[load.name] ??= {});
      for (const rig of rigs) await send(rig, load, WARM_UP_UNITS);
      await alternate(plan.slices, rigs, async (rig) => {
        (ofLoad[rig.variant.name] ??= []).push((await send(rig, load, load.units)) / load.units);
      });
    }
  });
}

/** Sends so many units and returns the CPU time that Envoy took for them, in microseconds. */
async function send(rig: Rig, load: Load, units: number): Promise<number> {
  const before = cpuMicroseconds(rig.envoy.pid);
  try {
    await load.send(rig.port, units);
  } catch (error) {
    throw new Error(`"${load.name}" through "${rig.variant.name}"`, { cause: error });
  }
  await new Promise((later) => setTimeout(later, SETTLE_MILLISECONDS));
  return cpuMicroseconds(rig.envoy.pid) - before;
}
