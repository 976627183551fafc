// Runs a module behind Envoy or behind the embedded proxy and returns what it logged.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findEnvoy } from "../../host/envoy/find.ts";
import { generateEnvoyConfig } from "../../host/envoy/generate.ts";
import { startEnvoy } from "../../host/envoy/process.ts";
import { statsConfig } from "../../host/envoy/stats-config.ts";
import { loadModule } from "../../host/index.ts";
import { ProxyServer } from "../../host/proxy/server.ts";

/** Begins every line that counts; the line `delete` after it ends a run. */
export const MARK = "~~";

/** Envoy's binary; undefined where there is none. */
export const envoy = await findEnvoy({ progress: () => undefined }).catch(() => undefined);

/** Runs `play` against a listening port in front of an upstream's port; returns the marked lines. `admin` is a base URL. */
export type Behind = (
  binary: Uint8Array,
  upstream: number,
  play: (port: number, admin: string) => Promise<void>,
) => Promise<string[]>;

const STATS = statsConfig();
const LOOPBACK = { host: "127.0.0.1", port: 0 };

export const behindEnvoy: Behind = async (binary, upstream, play) => {
  const folder = mkdtempSync(join(tmpdir(), "heirloom-behind-"));
  const module = join(folder, "module.wasm");
  writeFileSync(module, binary);
  const proxy = { filter: "behind", listen: LOOPBACK, upstream: { ...LOOPBACK, port: upstream }, module };
  const config = generateEnvoyConfig({ admin: LOOPBACK, proxies: [proxy] });
  const running = await startEnvoy({ config, envoy, logLevel: "info" });
  try {
    await play((await running.listener("behind")).port, running.admin);
    const lines = (): string[] => running.log.split("\n").filter((line) => line.includes(MARK));
    await until(() => lines().some((line) => line.endsWith(`${MARK}delete`)));
    return lines().map((line) => line.slice(line.indexOf(MARK) + MARK.length));
  } finally {
    await running.stop();
    rmSync(folder, { recursive: true });
  }
};

export const behindEmbedded: Behind = async (binary, upstream, play) => {
  const told: string[] = [];
  const proxy = await ProxyServer.start({
    module: await loadModule(binary),
    listen: LOOPBACK,
    upstream: { ...LOOPBACK, port: upstream },
    admin: LOOPBACK,
    statsTags: STATS.stats_tags,
    histogramBuckets: STATS.histogram_bucket_settings,
    log: (_, text) => told.push(text.slice(MARK.length)),
  });
  try {
    await play(proxy.listen.port, `http://127.0.0.1:${proxy.admin?.port}`);
    await until(() => told.includes("delete"));
    return [...told];
  } finally {
    await proxy.stop();
  }
};

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}
