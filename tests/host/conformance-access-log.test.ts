// A wasm access logger, once in Envoy's tcp_proxy and once told by the embedded host.

import { expect, test } from "vitest";
import { Vm, loadModule } from "../../host/index.ts";
import { LOGGED, loggingModule } from "../support/access-log.ts";
import { MARK, behindEnvoy, envoy } from "../support/behind.ts";
import { Peer, Upstream } from "../support/sockets.ts";
import { watBinary } from "../support/wat.ts";

/** What was said after the connection's context was deleted: the access log entry. */
const afterwards = (lines: readonly string[]): string[] => lines.slice(lines.indexOf("delete") + 1);

test.skipIf(envoy === undefined)("an access logger is told in Envoy what it is told here", async () => {
  const binary = watBinary(loggingModule());
  const upstream = await Upstream.start();
  const inEnvoy = await behindEnvoy(
    binary,
    upstream.port,
    async (port) => {
      const accepted = upstream.next();
      const client = await Peer.connect(port);
      (await accepted).socket.end("bye");
      await client.until(({ ended }) => ended);
      client.socket.end();
      client.socket.destroy();
    },
    { accessLogger: "logger", last: LOGGED, lasts: 2 },
  ).finally(() => upstream.stop());

  const here: string[] = [];
  const vm = new Vm(await loadModule(binary), {
    vmId: "heirloom.behind",
    log: (_, text) => here.push(text.slice(MARK.length)),
  });
  const connection = vm.startPlugin({ rootId: "heirloom.behind" }).newConnection({
    properties: { "source.port": 1, "upstream.port": 2, "connection.mtls": false },
  });
  const logger = vm.startPlugin({ rootId: "logger" });
  connection.close("remote");
  logger.logAccess(connection);

  expect(afterwards(here)).toEqual(afterwards(inEnvoy));
  expect(afterwards(here)).toContain("plugin_root_id 0 logger");
});
