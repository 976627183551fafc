// What Istio's manifests carry, put together as Istio does and run in Envoy before real servers.

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { cluster, listener } from "../../host/envoy/bootstrap.ts";
import { startEnvoy, type RunningEnvoy } from "../../host/envoy/process.ts";
import { settled, sum, violations } from "../envoy/support/books.ts";
import { describeWith } from "../envoy/support/requirements.ts";
import { manifestsIn } from "./kinds.ts";
import { bind, directoryServer, mailServer, sendMail, type BookedServer } from "../support/booked-servers.ts";
import { place, type Place } from "./support.ts";

/** A listener's filter as JSON. */
type Filter = Readonly<Record<string, unknown>>;

interface EnvoyFilterSpec {
  readonly configPatches: readonly {
    readonly match: {
      readonly listener: {
        readonly portNumber: number;
        readonly filterChain: { readonly filter: { readonly name: string } };
      };
    };
    readonly patch: { readonly operation: string; readonly value: Filter };
  }[];
}

interface WasmPluginSpec {
  readonly type: string;
  readonly pluginName: string;
  readonly failStrategy: string;
  readonly match: readonly [{ readonly ports: readonly [{ readonly number: number }] }];
  readonly pluginConfig: object;
}

describeWith(["envoy"], "deploy/istio", () => {
  let there: Place;
  let mail: BookedServer;
  let directory: BookedServer;
  let running: RunningEnvoy | undefined;

  beforeAll(async () => {
    there = place();
    [mail, directory] = [await mailServer(), await directoryServer()];
  });
  afterEach(() => running?.stop());
  afterAll(async () => {
    await mail.stop();
    await directory.stop();
    there.remove();
  });

  test.each([
    ["envoyfilter.yaml", fromEnvoyFilters],
    ["wasmplugin.yaml", fromWasmPlugins],
  ])("%s and bootstrap.yaml: both filters count, with labels", async (_, filtersFor) => {
    const [mails, binds] = [mail.count(), directory.count()];
    const envoy = await start(filtersFor(there));
    await sendMail({ port: (await envoy.listener("25")).port });
    await bind({ port: (await envoy.listener("389")).port });
    const smtp = await settled(envoy, 1, { prefix: "mail" });
    expect(violations(smtp)).toEqual([]);
    expect(sum(smtp, "transactions_total", { outcome: "committed" })).toBe(mail.count() - mails);
    const ldap = await settled(envoy, 1, { protocol: "ldap", prefix: "directory" });
    expect(sum(ldap, "bind_results_total", { result: "success" })).toBe(directory.count() - binds);
    const page = await (await fetch(`${envoy.admin}/stats/prometheus`)).text();
    // Latencies in microseconds have their own buckets.
    expect(page).toMatch(/smtp_command_duration_us_bucket\{stat_prefix="mail",verb="\w+",le="100"\}/);
  });

  async function start(filters: ReadonlyMap<number, Filter>): Promise<RunningEnvoy> {
    const upstreams = new Map([
      [25, mail.port],
      [389, directory.port],
    ]);
    const config = {
      admin: { address: { socket_address: { address: "127.0.0.1", port_value: 0 } } },
      stats_flush_interval: "1s",
      stats_config: merged(sidecarStats(), bootstrapPatch()),
      static_resources: {
        listeners: [...filters].map(([port, filter]) =>
          inserted(listener({ name: String(port), upstream: `to_${port}` }), filter),
        ),
        clusters: [...upstreams].map(([port, upstream]) => cluster(`to_${port}`, upstream)),
      },
    };
    running = await startEnvoy({ config: JSON.stringify(config) });
    return running;
  }
});

/** By the workload's port. */
function fromEnvoyFilters({ folder }: Place): Map<number, Filter> {
  return new Map(
    manifestsIn("istio/envoyfilter.yaml").map(({ spec }) => {
      const [patch] = (spec as unknown as EnvoyFilterSpec).configPatches;
      if (patch === undefined) throw new Error("no patch");
      // What `inserted` does.
      expect(patch.patch.operation).toBe("INSERT_BEFORE");
      expect(patch.match.listener.filterChain.filter.name).toBe("envoy.filters.network.tcp_proxy");
      const text = JSON.stringify(patch.patch.value).replaceAll("/var/lib/heirloom", folder);
      return [patch.match.listener.portNumber, JSON.parse(text) as Filter];
    }),
  );
}

/** As Istio turns a WasmPlugin into the filter of a sidecar since 1.25; its agent has put the module into a file. */
function fromWasmPlugins({ folder }: Place): Map<number, Filter> {
  return new Map(
    manifestsIn("istio/wasmplugin.yaml").map(({ metadata, spec }) => {
      const plugin = spec as unknown as WasmPluginSpec;
      expect([plugin.type, plugin.failStrategy]).toEqual(["NETWORK", "FAIL_OPEN"]);
      const config = {
        name: `default.${metadata.name}`,
        root_id: plugin.pluginName,
        failure_policy: plugin.failStrategy,
        configuration: {
          "@type": "type.googleapis.com/google.protobuf.StringValue",
          value: JSON.stringify(plugin.pluginConfig),
        },
        vm_config: {
          runtime: "envoy.wasm.runtime.v8",
          code: { local: { filename: `${folder}/heirloom.wasm` } },
          // A variable of Istio's own, which makes a VM for each plugin.
          environment_variables: { key_values: { ISTIO_META_WASM_PLUGIN_RESOURCE_VERSION: metadata.name } },
        },
      };
      const type = "type.googleapis.com/envoy.extensions.filters.network.wasm.v3.Wasm";
      const filter = { name: config.name, typed_config: { "@type": type, config } };
      return [plugin.match[0].ports[0].number, filter];
    }),
  );
}

/** The listener with a filter before its tcp_proxy. */
function inserted(made: object, filter: Filter): object {
  const {
    filter_chains: [chain = { filters: [] }],
    ...rest
  } = made as { filter_chains: { filters: object[] }[] };
  return { ...rest, filter_chains: [{ filters: [filter, ...chain.filters] }] };
}

/** What matters of a sidecar's own: no default tags, and only what begins with these words is kept at all. */
function sidecarStats(): Filter {
  return {
    use_all_default_tags: false,
    stats_tags: [
      { tag_name: "cluster_name", regex: "^cluster\\.((.+?(\\..+?\\.svc\\.cluster\\.local)?)\\.)" },
    ],
    stats_matcher: {
      inclusion_list: {
        patterns: ["cluster_manager", "listener_manager", "server", "wasm"].map((prefix) => ({ prefix })),
      },
    },
  };
}

function bootstrapPatch(): Filter {
  const [manifest] = manifestsIn("istio/bootstrap.yaml");
  const [patch] = (
    manifest?.spec as unknown as { configPatches: [{ patch: { value: { stats_config: Filter } } }] }
  ).configPatches;
  return patch.patch.value.stats_config;
}

/** As messages of protobuf are merged: lists are joined. */
function merged(base: Filter, patch: Filter): Filter {
  const lists = Object.entries(patch).map(([key, value]) => [key, [...list(base[key]), ...list(value)]]);
  return { ...base, ...(Object.fromEntries(lists) as Filter) };
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
