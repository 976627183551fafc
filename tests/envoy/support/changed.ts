/** An Envoy with one SMTP filter, as `heirloom envoy` configures it, changed to be wrong in one way. */

import { expect, vi } from "vitest";
import { parseDocument, type Document } from "yaml";
import { generateEnvoyConfig } from "../../../host/envoy/generate.ts";
import { EnvoyStartError, startEnvoy, type RunningEnvoy } from "../../../host/envoy/process.ts";

const LOCAL = "127.0.0.1";
/** Nobody connects. */
const NOWHERE = 9;
/** Of flushes on a busy machine. */
export const PATIENCE = { timeout: 30_000, interval: 50 };

const FILTERS = ["static_resources", "listeners", 0, "filter_chains", 0, "filters"];
const PLUGIN = [...FILTERS, 0, "typed_config", "config"];

/** One listener, and the file as `heirloom envoy` prints it. */
function configuration(upstream: number): Document {
  return parseDocument(
    generateEnvoyConfig({
      admin: { host: LOCAL, port: 0 },
      proxies: [
        {
          filter: "smtp",
          listen: { host: LOCAL, port: 0 },
          upstream: { host: LOCAL, port: upstream },
          configuration: { stat_prefix: "edge", verbosity: "standard" },
        },
      ],
    }),
  );
}

/** Sets a field of the Wasm filter's configuration. */
export function set(config: Document, path: readonly string[], value: string): void {
  config.setIn([...PLUGIN, ...path], value);
}

/** The listener's filters: the Wasm one, and tcp_proxy. */
export function filtersOf(config: Document): unknown[] {
  return (config.getIn(FILTERS) as { items: unknown[] }).items;
}

/** What Envoy logs when it refuses the changed configuration. */
export async function refused(change: (config: Document) => unknown): Promise<string> {
  const config = configuration(NOWHERE);
  change(config);
  try {
    const envoy = await startEnvoy({ config: config.toString({ lineWidth: 0 }) });
    await envoy.stop();
  } catch (error) {
    if (error instanceof EnvoyStartError) return error.log;
    throw error;
  }
  return expect.fail("Envoy takes it");
}

/** What `look` sees of an Envoy with the changed configuration, whose listener is `smtp`. */
export async function accepted(
  change: (config: Document) => unknown,
  look: (envoy: RunningEnvoy) => Promise<string>,
  upstream = NOWHERE,
): Promise<string> {
  const config = configuration(upstream);
  change(config);
  const envoy = await startEnvoy({ config: config.toString({ lineWidth: 0 }) });
  try {
    return await look(envoy);
  } finally {
    await envoy.stop();
  }
}

/** A page of the admin interface. */
export async function text({ admin }: RunningEnvoy, path: string): Promise<string> {
  return (await fetch(`${admin}${path}`)).text();
}

/** A page of the admin interface, once it has what is waited for. */
export function shown(envoy: RunningEnvoy, path: string, awaited: RegExp): Promise<string> {
  return vi.waitFor(async () => {
    const page = await text(envoy, path);
    expect(page).toMatch(awaited);
    return page;
  }, PATIENCE);
}
