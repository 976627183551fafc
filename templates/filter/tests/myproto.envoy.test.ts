// The built module in a real Envoy, with the configuration that is here to be used: myproto.envoy.yaml.

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  envoyMetrics,
  locateEnvoy,
  replaceAddresses,
  ScriptedServer,
  startEnvoy,
  type RunningEnvoy,
} from "heirloom/testing";

const { path: binary, tried } = await locateEnvoy();
// Without an Envoy there is nothing to test at home; where it counts, that is an error.
if (binary === undefined && process.env["CI"]) throw new Error(`no Envoy: ${tried.join("; ")}`);

describe.skipIf(binary === undefined)("myproto in Envoy", () => {
  let server: ScriptedServer;
  let envoy: RunningEnvoy;
  let port: number;

  beforeAll(async () => {
    server = await new ScriptedServer("+OK ready\r\n").listen();
    const free = { host: "127.0.0.1", port: 0 };
    const config = replaceAddresses(readFileSync("myproto.envoy.yaml", "utf8"), {
      admin: free,
      listeners: { myproto: free },
      clusters: { myproto: { host: "127.0.0.1", port: server.port } },
    });
    envoy = await startEnvoy({ config, envoy: binary });
    port = (await envoy.listener("myproto")).port;
  });

  afterAll(async () => {
    await envoy?.stop();
    server?.close();
  });

  test("passes what both peers say, and counts it", async () => {
    const { client, server: peer } = await server.pair(port);
    client.send("GET something\r\n");
    await peer.has("GET something\r\n");
    peer.send("+OK\r\n");
    await client.has("+OK ready\r\n+OK\r\n");
    client.finish();
    peer.finish();
    await vi.waitFor(
      async () => {
        const metrics = await envoyMetrics(envoy, "myproto");
        expect(metrics.get('requests_total{verb="get"}')).toBe(1);
        expect(metrics.get('replies_total{result="ok",verb="get"}')).toBe(1);
        expect(metrics.get("sessions_active")).toBe(0);
      },
      { timeout: 20_000, interval: 100 },
    );
  });
});
