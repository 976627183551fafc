// What Envoy refuses shows as one line of its log: where, which host call, which status. Most of it is refused here by
// withholding the capability.

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { cluster, type FilterOptions } from "../../host/envoy/bootstrap.ts";
import { EnvoyStartError } from "../../host/envoy/process.ts";
import { moduleLines } from "./support/module-log.ts";
import { openClient, ScriptedMailServer } from "./support/peers.ts";
import { describeWith } from "./support/requirements.ts";
import { smtp, SMTP_MODULE, startRig, type Rig } from "./support/rig.ts";

const AUTHORIZER = "build/examples/authorizer.wasm";

interface Row {
  /** Of the listener, and the stat_prefix. */
  readonly name: string;
  readonly filter: FilterOptions;
  /** The level and what follows the stat_prefix. */
  readonly level: "error" | "warning";
  readonly line: string;
}

const ROWS: readonly Row[] = [
  {
    name: "default",
    // Without a configuration: that would be the first thing that cannot be fetched.
    filter: { ...smtp(), ...without(SMTP_MODULE, "proxy_get_buffer_bytes") },
    level: "error",
    line: "on_upstream_data: get_buffer_bytes: status 10 (internal failure): the proxy refused the bytes of a chunk",
  },
  {
    name: "record",
    filter: {
      ...smtp({ stat_prefix: "record", access_log: { record: true } }),
      ...without(SMTP_MODULE, "proxy_set_property"),
    },
    level: "error",
    line: "on_downstream_connection_close: set_property: status 10 (internal failure): the proxy refused a filter state",
  },
  {
    name: "info",
    filter: { ...smtp({ stat_prefix: "info" }), ...without(SMTP_MODULE, "proxy_record_metric") },
    level: "error",
    line: "on_configure: record_metric: status 10 (internal failure): the proxy refused a metric",
  },
  {
    name: "call",
    filter: authorizer({ stat_prefix: "call", cluster: "nobody", when_down: "allow" }),
    level: "warning",
    line: "on_new_connection: http_call: status 2 (bad argument): the proxy refused",
  },
  {
    name: "held",
    filter: {
      ...authorizer({ stat_prefix: "held", cluster: "no_http", when_down: "allow" }),
      ...without(AUTHORIZER, "proxy_continue_stream"),
    },
    level: "error",
    line: "on_http_call_response: continue_stream: status 10 (internal failure): the proxy refused to go on with held bytes",
  },
];

describeWith(["envoy"], "what Envoy refuses", () => {
  let server: ScriptedMailServer;
  let rig: Rig;

  beforeAll(async () => {
    server = await new ScriptedMailServer().listen();
    rig = await startRig({
      clusters: [cluster("no_http", server.port)],
      listeners: ROWS.map(({ name, filter }) => ({ name, upstream: server.port, filters: [filter] })),
    });
  });
  afterAll(async () => {
    await rig.envoy.stop();
    server.close();
  });

  test.each(ROWS)("is one line: $line", async ({ name, filter, level, line }) => {
    const client = await openClient(rig.port(name));
    if (name !== "held") {
      await client.has("220 mx.example ESMTP\r\n"); // traffic passes
      client.reset();
    }
    const whole = `${filter.rootId ?? ""}: ${name}: ${line}`;
    await vi.waitFor(() => {
      expect(moduleLines(rig.envoy.log)).toContainEqual(expect.objectContaining({ level, text: whole }));
    }, 20_000);
    client.socket.destroy();
  });

  test("as a configuration, with the reason", async () => {
    const filter = { ...smtp(), ...without(SMTP_MODULE, "proxy_define_metric") };
    const listeners = [{ name: "refused", upstream: server.port, filters: [filter] }];
    const error: unknown = await startRig({ listeners }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(EnvoyStartError);
    expect(moduleLines((error as EnvoyStartError).log).map(({ text }) => text)).toContain(
      "heirloom.smtp: default: on_configure: define_metric: status 10 (internal failure): the proxy refused to define a metric",
    );
  });
});

function authorizer(configuration: object): FilterOptions {
  return { module: AUTHORIZER, rootId: "heirloom.examples.authorizer", configuration };
}

/** The module may do everything but `capability`, in a VM of its own. */
function without(module: string, capability: string): Partial<FilterOptions> {
  const compiled = new WebAssembly.Module(readFileSync(module));
  const all = [...WebAssembly.Module.imports(compiled), ...WebAssembly.Module.exports(compiled)];
  const names = all.map(({ name }) => name).filter((name) => name !== capability);
  return {
    vmId: capability,
    more: {
      capability_restriction_config: {
        allowed_capabilities: Object.fromEntries(names.map((name) => [name, {}])),
      },
    },
  };
}
