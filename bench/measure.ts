/** The measurement itself: Envoy's CPU per message, variant by variant, again and again. */

import { startEnvoy, type RunningEnvoy } from "../host/envoy/process.ts";
import { anyPort } from "../host/envoy/ports.ts";
import { cpuMicroseconds } from "./cpu.ts";
import { envoyConfig } from "./envoy-config.ts";
import { runSource, startSink, type PostfixTools, type SourceOptions } from "./postfix.ts";
import type { Traffic, Variant } from "./variants.ts";

/** How much is measured. */
export interface Plan {
  readonly variants: readonly Variant[];
  readonly traffic: readonly Traffic[];
  readonly repetitions: number;
  /** Slices per repetition: A B C … is measured that often, and the sums make the repetition's figures. */
  readonly slices: number;
}

/** CPU per message in microseconds: `samples[traffic][variant]`, one figure per repetition. */
export type Samples = Record<string, Record<string, number[]>>;

/** Messages before the first measured one: pools grow, the allocator and the kernel settle. */
const WARM_UP_MESSAGES = 300;

/** How long Envoy may still be busy with the last sessions' ends after smtp-source is gone. */
const SETTLE_MILLISECONDS = 50;

/** Carries out a plan. `progress` is told in words what was just done. Throws when a message is not accepted. */
export async function measure(
  tools: PostfixTools,
  plan: Plan,
  progress: (text: string) => void,
): Promise<Samples> {
  const samples: Samples = {};
  const sink = await startSink(tools, await anyPort());
  try {
    for (let repetition = 1; repetition <= plan.repetitions; repetition++) {
      await repeat(tools, plan, sink.port, samples);
      progress(`repetition ${repetition} of ${plan.repetitions}`);
    }
  } finally {
    await sink.stop();
  }
  return samples;
}

/** One repetition: fresh Envoys, so that the luck of one process's memory layout is not the luck of the whole run. */
async function repeat(tools: PostfixTools, plan: Plan, sinkPort: number, samples: Samples): Promise<void> {
  const rigs: Rig[] = [];
  try {
    for (const variant of plan.variants) rigs.push(await startRig(variant, sinkPort));
    for (const traffic of plan.traffic) {
      for (const rig of rigs) await send(tools, rig, { ...traffic.source, messages: WARM_UP_MESSAGES });
      await alternate(tools, plan.slices, traffic, rigs, (samples[traffic.name] ??= {}));
    }
  } finally {
    for (const rig of rigs) await rig.envoy.stop();
  }
}

async function alternate(
  tools: PostfixTools,
  slices: number,
  traffic: Traffic,
  rigs: readonly Rig[],
  samples: Record<string, number[]>,
): Promise<void> {
  const used = new Map<Rig, number>(rigs.map((rig) => [rig, 0]));
  for (let slice = 0; slice < slices; slice++) {
    for (const rig of rigs) used.set(rig, (used.get(rig) ?? 0) + (await send(tools, rig, traffic.source)));
  }
  const messages = slices * traffic.source.messages;
  for (const [rig, microseconds] of used) (samples[rig.variant.name] ??= []).push(microseconds / messages);
}

/** One Envoy that does one thing. */
interface Rig {
  readonly variant: Variant;
  readonly envoy: RunningEnvoy;
  readonly port: number;
}

async function startRig(variant: Variant, sinkPort: number): Promise<Rig> {
  const filters = variant.filter === undefined ? [] : [variant.filter];
  const config = envoyConfig({ listeners: [{ name: "bench", upstream: sinkPort, filters }] });
  const envoy = await startEnvoy({ config, concurrency: 1 });
  return { variant, envoy, port: (await envoy.listener("bench")).port };
}

/** Sends the messages and returns the CPU time that Envoy took for them, in microseconds. */
async function send(tools: PostfixTools, rig: Rig, source: Omit<SourceOptions, "port">): Promise<number> {
  const before = cpuMicroseconds(rig.envoy.pid);
  const { code, errors } = await runSource(tools, { ...source, port: rig.port });
  if (code !== 0) throw new Error(`smtp-source failed through "${rig.variant.name}": ${errors.trim()}`);
  await new Promise((later) => setTimeout(later, SETTLE_MILLISECONDS));
  return cpuMicroseconds(rig.envoy.pid) - before;
}
