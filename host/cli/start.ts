import { availableParallelism } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { formatAddress, type Address } from "../envoy/address.ts";
import { locateEnvoy } from "../envoy/find.ts";
import { proxyNames, type ProxyOptions } from "../envoy/generate.ts";
import { whyNot } from "../envoy/ports.ts";
import { EnvoyStartError, startEnvoy, type RunningEnvoy } from "../envoy/process.ts";
import { scrape } from "../envoy/scrape.ts";
import { oneLine, refused } from "./failure.ts";

/** What `heirloom envoy --start` runs. */
export interface StartPlan {
  /** What would be printed otherwise. */
  readonly config: string;
  readonly admin: Address;
  readonly proxies: readonly ProxyOptions[];
  /** Open connections may go on this long after the first signal; a second one ends them. */
  readonly drainMs: number;
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** How often Envoy is asked whether connections are left. */
const DRAIN_POLL_MS = 100;

/** Runs Envoy until SIGINT or SIGTERM. Fails, in few lines, when there is none, it does not start, or it ends by itself. */
export async function startPlan(plan: StartPlan): Promise<void> {
  const binary = await binaryOrFail();
  await failIfTaken(plan);
  let isUp = false;
  const envoy = await startEnvoy({
    config: plan.config,
    envoy: binary,
    concurrency: availableParallelism(),
    // At the start Envoy warns of what ships on purpose; what stops it from starting is told in fewer words.
    onLine: (line) => isUp && process.stderr.write(`${line}\n`),
  }).catch((error: unknown) => {
    throw error instanceof EnvoyStartError ? refused(...error.reasons) : refused(oneLine(error));
  });
  isUp = true;
  const signals = new Signals();
  try {
    await announce(envoy, plan);
    const ended = await Promise.race([envoy.exited, signals.next()]);
    if (ended !== undefined) throw refused(`Envoy ended by itself (${ended})`);
    await Promise.race([drained(envoy, plan), signals.next(), envoy.exited]);
  } finally {
    isUp = false;
    signals.stop();
    await envoy.stop();
  }
}

async function binaryOrFail(): Promise<string> {
  const { path, tried } = await locateEnvoy({
    progress: (line) => {
      if (line !== "") process.stderr.write(`${line}\n`);
    },
  }).catch((error: unknown) => {
    throw refused(oneLine(error));
  });
  if (path === undefined) throw refused("no Envoy:", ...tried.map((line) => `  ${line}`));
  return path;
}

/** Envoy shares a port with its likes and says nothing: who else listens there would get some of the connections. */
async function failIfTaken({ admin, proxies }: StartPlan): Promise<void> {
  for (const address of [admin, ...proxies.map(({ listen }) => listen)]) {
    const reason = address.port === 0 ? undefined : await whyNot(address.host, address.port);
    if (reason !== undefined) throw refused(`${formatAddress(address)} ${reason}`);
  }
}

async function announce(envoy: RunningEnvoy, { proxies }: StartPlan): Promise<void> {
  const names = proxyNames(proxies);
  for (const [i, { upstream }] of proxies.entries()) {
    const name = names[i] ?? "";
    const listen = formatAddress(await envoy.listener(name));
    process.stdout.write(`${name}: ${listen} → ${formatAddress(upstream)}\n`);
  }
  process.stdout.write(`metrics: ${envoy.admin}/stats/prometheus\nadmin: ${envoy.admin}/\n`);
}

/** Takes no more connections, and resolves when there are none any more or the time is over. */
async function drained(envoy: RunningEnvoy, { proxies, drainMs }: StartPlan): Promise<void> {
  await fetch(`${envoy.admin}/drain_listeners`, { method: "POST" });
  const clusters = new Set(proxyNames(proxies));
  const open = async (): Promise<number> =>
    (await scrape(envoy.admin))
      .filter(({ name }) => name === "envoy_cluster_upstream_cx_active")
      .filter(({ labels }) => clusters.has(labels["envoy_cluster_name"] ?? ""))
      .reduce((all, { value }) => all + value, 0);
  const left = await open();
  if (left === 0) return;
  process.stderr.write(`open connections: ${left}; waiting up to ${drainMs / 1000} s, once more ends them\n`);
  for (const end = Date.now() + drainMs; Date.now() < end; await delay(DRAIN_POLL_MS)) {
    if ((await open()) === 0) return;
  }
}

/** The signals that end a program, one after the other; none is missed between two waits. */
class Signals {
  private unseen = 0;
  private wake: (() => void) | undefined;
  private readonly onSignal = (): void => {
    if (this.wake === undefined) this.unseen++;
    this.wake?.();
    this.wake = undefined;
  };

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.onSignal);
  }

  /** Resolves at the next one. */
  async next(): Promise<undefined> {
    if (this.unseen-- > 0) return;
    this.unseen = 0;
    await new Promise<void>((resolve) => (this.wake = resolve));
  }

  stop(): void {
    for (const signal of SIGNALS) process.off(signal, this.onSignal);
  }
}
