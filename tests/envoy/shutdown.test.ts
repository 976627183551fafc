// Envoy itself ends: the sessions end as closed by the proxy, and the last flush to a sink says so.

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ScriptedMailServer } from "./support/peers.ts";
import { describeWith } from "./support/requirements.ts";
import { smtp, startRig, type Rig } from "./support/rig.ts";

describeWith(["envoy"], "reason of end when Envoy ends", () => {
  let server: ScriptedMailServer;
  let rig: Rig;
  let sink: Socket;
  let flushed: string;

  beforeEach(async () => {
    flushed = "";
    sink = createSocket("udp4");
    sink.on("message", (text) => (flushed += `${text.toString()}\n`));
    sink.bind(0, "127.0.0.1");
    await once(sink, "listening");
    server = await new ScriptedMailServer().listen();
    const listeners = [{ name: "smtp", upstream: server.port, filters: [smtp({ stat_prefix: "edge" })] }];
    rig = await startRig({ listeners, more: { stats_sinks: [statsd(sink.address().port)] } });
  });
  afterEach(async () => {
    await rig.envoy.stop();
    server.close();
    sink.close();
  });

  test.each(["SIGTERM", "/quitquitquit"])("%s → proxy_close", async (how) => {
    await server.pair(rig.port("smtp"));
    if (how === "SIGTERM") process.kill(rig.envoy.pid, how);
    else await fetch(`${rig.envoy.admin}${how}`, { method: "POST" });
    await rig.envoy.exited;
    await vi.waitFor(() => {
      expect(flushed).toContain("smtp.edge.session_ends_total.reason.proxy_close:1|c");
    });
    expect(flushed.match(/smtp\.edge\.session_ends_total\.reason\.\w+/g)).toHaveLength(1);
  });
});

function statsd(port: number): object {
  const type = "type.googleapis.com/envoy.config.metrics.v3.StatsdSink";
  const address = { socket_address: { protocol: "UDP", address: "127.0.0.1", port_value: port } };
  return { name: "envoy.stat_sinks.statsd", typed_config: { "@type": type, address } };
}
