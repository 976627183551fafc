// A real Envoy with filters in its listeners, for tests.

import { envoyConfig, type EnvoyConfigOptions } from "../envoy/bootstrap.ts";
import { startEnvoy, type RunningEnvoy } from "../envoy/process.ts";
import { canonicalKey, type MetricValues } from "./metrics.ts";

/** What an Envoy is started with. */
export interface RigOptions extends EnvoyConfigOptions {
  /** Worker threads. Default 1. */
  readonly workers?: number;
  readonly logLevel?: string;
  /** The binary, where it is not the usual one. */
  readonly binary?: string;
}

/** A running Envoy whose listeners' ports are known by name. Its log is `envoy.log`. */
export interface Rig {
  readonly envoy: RunningEnvoy;
  port(name: string): number;
  /** The metrics of a protocol, as `TestProxy.metrics` has them; histograms appear up to a second late. */
  metrics(protocol: string): Promise<MetricValues>;
}

/**
 * Starts Envoy on free ports of 127.0.0.1 and resolves when it takes connections; its caller stops it (`envoy.stop()`).
 * Rejects with an `EnvoyStartError` that says why when it refuses the configuration, with an Error when there is no Envoy.
 */
export async function startRig(options: RigOptions): Promise<Rig> {
  const { workers = 1, logLevel, binary } = options;
  const config = envoyConfig(options);
  const envoy = await startEnvoy({ config, concurrency: workers, logLevel, envoy: binary });
  const ports = new Map<string, number>();
  for (const { name } of options.listeners) ports.set(name, (await envoy.listener(name)).port);
  return {
    envoy,
    port: (name) => {
      const port = ports.get(name);
      if (port === undefined) throw new Error(`no listener "${name}"`);
      return port;
    },
    metrics: (protocol) => envoyMetrics(envoy, protocol),
  };
}

/** The metrics of a protocol as an Envoy shows them, as `TestProxy.metrics` has them; configurations are added up. */
export async function envoyMetrics(
  envoy: Pick<RunningEnvoy, "scrape">,
  protocol: string,
): Promise<MetricValues> {
  const values: MetricValues = new Map();
  for (const { name, labels, value } of await envoy.scrape()) {
    if (!name.startsWith(`${protocol}_`) || name.endsWith("_bucket")) continue;
    const own = Object.fromEntries(Object.entries(labels).filter(([label]) => label !== "stat_prefix"));
    const key = canonicalKey(name.slice(protocol.length + 1), own);
    values.set(key, (values.get(key) ?? 0) + value);
  }
  return values;
}
