// A filter that failed: what the alert FilterSilent goes by, and what brings the filter back.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startEnvoy, type RunningEnvoy } from "../../host/envoy/process.ts";
import { ScriptedMailServer } from "../envoy/support/peers.ts";
import { describeWith } from "../envoy/support/requirements.ts";
import { DEADLY_BYTES, failingModule } from "../support/failing-module.ts";
import { moveOver, place, placed, type Place } from "./support.ts";

const PATIENCE = { timeout: 20_000, interval: 50 };

describeWith(["envoy"], "deploy/envoy/lds.yaml, with a filter that failed", () => {
  let there: Place;
  let mail: ScriptedMailServer;
  let envoy: RunningEnvoy;

  beforeAll(async () => {
    there = place();
    writeFileSync(join(there.folder, "heirloom.wasm"), failingModule());
    mail = await new ScriptedMailServer().listen();
    moveOver(listenersFile(), placed("envoy/listeners.yaml", there));
    envoy = await startEnvoy({ config: placed("envoy/lds.yaml", there, { smtp: mail.port }) });
    await vi.waitFor(() => envoy.listener("smtp"), PATIENCE);
  });
  afterAll(async () => {
    await envoy.stop();
    mail.close();
    there.remove();
  });

  test("connections that nobody counts are in tcp_proxy's counter of the same prefix", async () => {
    await session();
    await vi.waitFor(async () => expect(await counted()).toEqual({ envoy: 1, filter: 1 }), PATIENCE);
    await session(`NOOP ${"x".repeat(DEADLY_BYTES - 7)}\r\n`);
    await vi.waitFor(
      () => expect(envoy.log).toMatch(/proxy_on_downstream_data failed.*unreachable/),
      PATIENCE,
    );
    const { filter } = await counted();
    for (let i = 0; i < 3; i++) await session();
    await vi.waitFor(async () => expect(await counted()).toEqual({ envoy: 5, filter }), PATIENCE);
  });

  test("a listener with another configuration has a filter that counts", async () => {
    const { filter } = await counted();
    moveOver(
      listenersFile(),
      readFileSync(listenersFile(), "utf8").replaceAll(
        /^( *)stat_prefix: smtp\n(?= *access_log)/gm,
        "$&$1verbosity: low\n",
      ),
    );
    const info = (): Promise<number | undefined> => value("smtp_filter_info", { verbosity: "low" });
    await vi.waitFor(async () => expect(await info()).toBe(1), PATIENCE);
    await session();
    await vi.waitFor(async () => expect(await counted()).toEqual({ envoy: 6, filter: filter + 1 }), PATIENCE);
  });

  async function session(command = "NOOP\r\n"): Promise<void> {
    const { client, server } = await mail.pair((await envoy.listener("smtp")).port);
    client.send(command);
    await server.has(command);
    client.reset();
  }

  async function counted(): Promise<{ envoy: number; filter: number }> {
    const taken = await value("envoy_tcp_downstream_cx_total", { envoy_tcp_prefix: "smtp" });
    const filter = await value("smtp_sessions_total", { stat_prefix: "smtp" });
    return { envoy: taken ?? NaN, filter: filter ?? NaN };
  }

  async function value(name: string, labels: Readonly<Record<string, string>>): Promise<number | undefined> {
    const samples = await envoy.scrape();
    const isIt = (one: (typeof samples)[number]): boolean =>
      one.name === name && Object.entries(labels).every(([label, text]) => one.labels[label] === text);
    return samples.find(isIt)?.value;
  }

  function listenersFile(): string {
    return join(there.folder, "listeners.yaml");
  }
});
