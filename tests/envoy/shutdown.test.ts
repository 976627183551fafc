// Envoy itself ends: the sessions end as closed by the proxy, and the last flush to a sink says so.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ScriptedMailServer } from "./support/peers.ts";
import { describeWith } from "./support/requirements.ts";
import { smtp, startRig, type Rig } from "./support/rig.ts";
import { StatsdSink } from "./support/statsd.ts";

describeWith(["envoy"], "reason of end when Envoy ends", () => {
  let server: ScriptedMailServer;
  let rig: Rig;
  let sink: StatsdSink;

  beforeEach(async () => {
    sink = await StatsdSink.start();
    server = await new ScriptedMailServer().listen();
    const listeners = [{ name: "smtp", upstream: server.port, filters: [smtp({ stat_prefix: "edge" })] }];
    rig = await startRig({ listeners, more: { stats_sinks: [sink.configuration] } });
  });
  afterEach(async () => {
    await rig.envoy.stop();
    server.close();
    sink.stop();
  });

  test.each(["SIGTERM", "/quitquitquit"])("%s → proxy_close", async (how) => {
    await server.pair(rig.port("smtp"));
    if (how === "SIGTERM") process.kill(rig.envoy.pid, how);
    else await fetch(`${rig.envoy.admin}${how}`, { method: "POST" });
    await rig.envoy.exited;
    await vi.waitFor(() => {
      expect(sink.text).toContain("smtp.edge.session_ends_total.reason.proxy_close:1|c");
    });
    expect(sink.text.match(/smtp\.edge\.session_ends_total\.reason\.\w+/g)).toHaveLength(1);
  });
});
