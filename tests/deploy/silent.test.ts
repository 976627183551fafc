// A filter that failed: what the alert FilterSilent goes by, and what brings the filter back.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Prometheus } from "../../demo/story/prometheus.ts";
import { startEnvoy, type RunningEnvoy } from "../../host/envoy/process.ts";
import { ScriptedMailServer } from "../envoy/support/peers.ts";
import { RECIPES, rootOf } from "../envoy/servers/recipes.mjs";
import { describeWith } from "../envoy/support/requirements.ts";
import { DEADLY_BYTES, failingModule } from "../support/failing-module.ts";
import { moveOver, place, placed, type Place } from "./support.ts";

const PATIENCE = { timeout: 20_000, interval: 50 };
/** A quarter of an hour and five minutes, sixty times as fast, and as much again. */
const ALERT_TIMEOUT_MS = 40_000;

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

  describeWith(["server:prometheus"], "the alerts that ship, sixty times as fast", () => {
    test("FilterSilent fires, and the books balance", { timeout: 3 * ALERT_TIMEOUT_MS }, async () => {
      const program = join(rootOf("prometheus"), RECIPES.prometheus.program);
      const prometheus = await Prometheus.start(program, { envoy: new URL(envoy.admin).host });
      try {
        const fires = async (): Promise<void> => {
          await session();
          expect(await prometheus.state("FilterSilent")).toBe("firing");
        };
        await vi.waitFor(fires, { timeout: ALERT_TIMEOUT_MS, interval: 300 });
        expect(await prometheus.summary("FilterSilent")).toMatch(
          /^Connections of smtp on .* pass uncounted$/,
        );
        for (const other of ["ConservationBroken", "FilterMissing", "FilterErrors"])
          expect(await prometheus.state(other), other).toBe("inactive");
      } finally {
        await prometheus.stop();
      }
    });
  });

  test("a listener with another configuration has a filter that counts", async () => {
    const before = await counted();
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
    await vi.waitFor(
      async () => expect(await counted()).toEqual({ envoy: before.envoy + 1, filter: before.filter + 1 }),
      PATIENCE,
    );
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
