/** One Envoy with the filters before its upstreams. */

import { envoyConfig, type EnvoyConfigOptions, type FilterOptions } from "../../../bench/envoy-config.ts";
import { startEnvoy, type RunningEnvoy } from "../../../host/envoy/process.ts";

/** The module under test. */
export const SMTP_MODULE = "build/smtp.wasm";

/** The SMTP filter with a configuration; an object goes as a Struct, a text as a StringValue. */
export function smtp(configuration?: object | string): FilterOptions {
  return { module: SMTP_MODULE, rootId: "heirloom.smtp", configuration };
}

/** As {@link smtp}, the LDAP filter. */
export function ldap(configuration?: object | string): FilterOptions {
  return { module: "build/ldap.wasm", rootId: "heirloom.ldap", configuration };
}

/** What an Envoy is started with. */
export interface RigOptions extends EnvoyConfigOptions {
  /** Worker threads. Default 1. */
  readonly workers?: number;
  readonly logLevel?: string;
  /** The binary, where it is not the usual one. */
  readonly binary?: string;
}

/** A running Envoy whose listeners' ports are known by name. */
export interface Rig {
  readonly envoy: RunningEnvoy;
  port(name: string): number;
}

/** Starts Envoy; its caller stops it. */
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
  };
}
