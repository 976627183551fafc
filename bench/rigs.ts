/** One Envoy for each variant. */

import { envoyConfig } from "../host/envoy/bootstrap.ts";
import { startEnvoy, type RunningEnvoy } from "../host/envoy/process.ts";
import type { Variant } from "./protocol.ts";

/** One Envoy that does one thing. */
export interface Rig {
  readonly variant: Variant;
  readonly envoy: RunningEnvoy;
  /** Where it listens, on 127.0.0.1. */
  readonly port: number;
}

const LISTENER = "bench";

/** Starts an Envoy with one worker that passes connections on to a port of 127.0.0.1. */
export async function startRig(variant: Variant, serverPort: number): Promise<Rig> {
  const envoy = await startEnvoy({ config: configOf(variant, serverPort), concurrency: 1 });
  return { variant, envoy, port: (await envoy.listener(LISTENER)).port };
}

/** Runs `work` with an Envoy for each variant, in their order, and ends them. */
export async function withRigs(
  variants: readonly Variant[],
  serverPort: number,
  work: (rigs: readonly Rig[]) => Promise<void>,
): Promise<void> {
  const rigs: Rig[] = [];
  try {
    for (const variant of variants) rigs.push(await startRig(variant, serverPort));
    await work(rigs);
  } finally {
    for (const rig of rigs) await rig.envoy.stop();
  }
}

/** What disturbs a slice disturbs all variants in it; none is always first, or always behind the same one. */
export async function alternate(
  slices: number,
  rigs: readonly Rig[],
  once: (rig: Rig) => Promise<void>,
): Promise<void> {
  for (let slice = 0; slice < slices; slice++) {
    const first = slice % rigs.length;
    for (const rig of [...rigs.slice(first), ...rigs.slice(0, first)]) await once(rig);
  }
}

/** Only the fields that are changed. */
interface Bootstrap {
  readonly static_resources: {
    readonly listeners: { readonly filter_chains: { readonly filters: object[] }[] }[];
  };
}

function configOf({ filter, native }: Variant, upstream: number): string {
  const filters = filter === undefined ? [] : [filter];
  const config = envoyConfig({ listeners: [{ name: LISTENER, upstream, filters }] });
  if (native === undefined) return config;
  const bootstrap = JSON.parse(config) as Bootstrap;
  bootstrap.static_resources.listeners[0]?.filter_chains[0]?.filters.unshift(native);
  return JSON.stringify(bootstrap);
}
