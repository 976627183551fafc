/** The measurement itself: Envoy's CPU per unit of load, variant by variant, again and again. */

import { startEnvoy, type RunningEnvoy } from "../host/envoy/process.ts";
import { cpuMicroseconds } from "./cpu.ts";
import { envoyConfig } from "../host/envoy/bootstrap.ts";
import type { Load, Protocol, Variant } from "./protocol.ts";

/** How much is measured of one protocol. */
export interface Plan {
  readonly protocol: Protocol;
  readonly variants: readonly Variant[];
  readonly loads: readonly Load[];
  readonly repetitions: number;
  /** How often each variant is measured in a repetition: A B C, B C A …, each a slice. */
  readonly slices: number;
}

/** CPU per unit in microseconds: `samples[load][variant]`, one figure per slice, all variants in the same order. */
export type Samples = Record<string, Record<string, number[]>>;

/** Units before the first measured one: pools grow, the allocator and the kernel settle. */
const WARM_UP_UNITS = 300;

/** How long Envoy may still be busy with the last connections' ends after the load is gone. */
const SETTLE_MILLISECONDS = 50;

/** Carries out a plan. `progress` is told in words what was just done. Throws when a load is not served. */
export async function measure(plan: Plan, progress: (text: string) => void): Promise<Samples> {
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
async function repeat(plan: Plan, serverPort: number, samples: Samples): Promise<void> {
  const rigs: Rig[] = [];
  try {
    for (const variant of plan.variants) rigs.push(await startRig(variant, serverPort));
    for (const load of plan.loads) {
      for (const rig of rigs) await send(rig, load, WARM_UP_UNITS);
      await alternate(plan.slices, load, rigs, (samples[load.name] ??= {}));
    }
  } finally {
    for (const rig of rigs) await rig.envoy.stop();
  }
}

/** What disturbs a slice disturbs all variants in it; none is always first, or always behind the same one. */
async function alternate(
  slices: number,
  load: Load,
  rigs: readonly Rig[],
  samples: Record<string, number[]>,
): Promise<void> {
  for (let slice = 0; slice < slices; slice++) {
    const first = slice % rigs.length;
    for (const rig of [...rigs.slice(first), ...rigs.slice(0, first)]) {
      (samples[rig.variant.name] ??= []).push((await send(rig, load, load.units)) / load.units);
    }
  }
}

/** One Envoy that does one thing. */
interface Rig {
  readonly variant: Variant;
  readonly envoy: RunningEnvoy;
  readonly port: number;
}

async function startRig(variant: Variant, serverPort: number): Promise<Rig> {
  const filters = variant.filter === undefined ? [] : [variant.filter];
  const config = envoyConfig({ listeners: [{ name: "bench", upstream: serverPort, filters }] });
  const envoy = await startEnvoy({ config, concurrency: 1 });
  return { variant, envoy, port: (await envoy.listener("bench")).port };
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
