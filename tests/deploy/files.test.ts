// The Envoy configurations that ship: made from one source, valid, and open to traffic should a filter fail.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isMap, parseAllDocuments, visit } from "yaml";
import { generateEnvoyConfig, generateListeners } from "../../host/envoy/generate.ts";
import { findEnvoy } from "../../host/envoy/find.ts";
import { PROJECT } from "../../host/envoy/project.ts";
import { describeWith } from "../envoy/support/requirements.ts";
import { KUBERNETES, LDS, LISTENERS, STATIC, TLS, TLS_UPSTREAM } from "./shipped.ts";
import { place, placed, type Place } from "./support.ts";

const FILES = {
  "envoy/static.yaml": () => generateEnvoyConfig(STATIC),
  "envoy/tls.yaml": () => generateEnvoyConfig(TLS),
  "envoy/tls-upstream.yaml": () => generateEnvoyConfig(TLS_UPSTREAM),
  "envoy/lds.yaml": () => generateEnvoyConfig(LDS),
  "kubernetes/envoy.yaml": () => generateEnvoyConfig(KUBERNETES),
  "envoy/listeners.yaml": () => generateListeners(LISTENERS),
};

describe("deploy/ is what the generator makes", () => {
  test.each(Object.entries(FILES))("%s", async (file, make) => {
    await expect(make()).toMatchFileSnapshot(join(PROJECT, "deploy", file));
  });
});

describeWith(["envoy"], "envoy --mode validate", () => {
  let there: Place;
  let envoy = "";
  beforeAll(async () => {
    there = place();
    envoy = (await findEnvoy()) ?? "";
    writeFileSync(join(there.folder, "listeners.yaml"), placed("envoy/listeners.yaml", there));
  });
  afterAll(() => there.remove());

  test.each(Object.keys(FILES).filter((file) => !file.endsWith("listeners.yaml")))("takes %s", (file) => {
    const path = join(there.folder, "envoy.yaml");
    writeFileSync(path, placed(file, there));
    const words = ["--mode", "validate", "-c", path];
    expect(execFileSync(envoy, words, { encoding: "utf8", stdio: "pipe" })).toMatch(/configuration '.*' OK/);
    writeFileSync(path, placed(file, there).replace("fail_open", "fail_opne"));
    if (file !== "envoy/lds.yaml") {
      expect(() => execFileSync(envoy, words, { stdio: "pipe" })).toThrow("fail_opne");
    }
  });
});

describe("stat_prefix", () => {
  const withProxies = [
    ...Object.keys(FILES).map((file) => `deploy/${file}`),
    "envoy.yaml",
    "demo/compose/envoy.yaml",
  ];

  test.each(withProxies)("%s: tcp_proxy has the filter's, which the alert FilterSilent asks for", (file) => {
    const chains = prefixesOf(file);
    expect(chains.length > 0).toBe(file !== "deploy/envoy/lds.yaml");
    for (const [filter, tcpProxy] of chains) expect(tcpProxy).toBe(filter);
  });

  test("a filter that is given none counts under its default, and so does tcp_proxy", () => {
    const address = { host: "127.0.0.1", port: 2525 };
    const text = generateListeners({ proxies: [{ filter: "smtp", listen: address, upstream: address }] });
    const prefixes = [...text.matchAll(/stat_prefix: (\w+)/g)].map(([, prefix]) => prefix);
    const schema = JSON.parse(readFileSync(join(PROJECT, "filters/smtp/config.schema.json"), "utf8")) as {
      readonly properties: { readonly stat_prefix: { readonly default: string } };
    };
    expect(prefixes).toEqual([schema.properties.stat_prefix.default]);
  });
});

describe("failure policy", () => {
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.yaml", "*.yml"], {
    cwd: PROJECT,
    encoding: "utf8",
  })
    .trim()
    .split("\n");
  /** It decides who may come; open, it would let in everybody (docs/decisions.md). */
  const CLOSED = ["filters/examples/authorizer/envoy.yaml"];

  test.each(files.filter((file) => pluginsOf(file).length > 0))("%s leaves traffic alone", (file) => {
    for (const { fail_open: open, failure_policy: policy } of pluginsOf(file)) {
      expect({ open, policy }).toEqual(
        CLOSED.includes(file) ? { policy: "FAIL_RELOAD" } : { open: true, policy: undefined },
      );
    }
  });

  test("every shipped configuration is among them", () => {
    const withPlugins = files.filter((file) => pluginsOf(file).length > 0);
    const deployed = Object.keys(FILES).filter((file) => !file.endsWith("lds.yaml"));
    expect(withPlugins).toEqual(
      expect.arrayContaining(["envoy.yaml", ...deployed.map((file) => `deploy/${file}`)]),
    );
  });
});

/** Of each chain with a plugin: the plugin's prefix and that of the tcp_proxy behind it. */
function prefixesOf(file: string): [filter: unknown, tcpProxy: unknown][] {
  const found: [unknown, unknown][] = [];
  for (const document of parseAllDocuments(readFileSync(join(PROJECT, file), "utf8"))) {
    visit(document, {
      Map: (_, node) => {
        const filter: unknown = node.getIn([
          "filters",
          0,
          "typed_config",
          "config",
          "configuration",
          "value",
        ]);
        if (!isMap(filter)) return;
        found.push([filter.get("stat_prefix"), node.getIn(["filters", 1, "typed_config", "stat_prefix"])]);
      },
    });
  }
  return found;
}

/** Whatever holds a VM's configuration: Envoy's name for a plugin. */
function pluginsOf(file: string): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  for (const document of parseAllDocuments(readFileSync(join(PROJECT, file), "utf8"))) {
    visit(document, {
      Map: (_, node) => {
        const code: unknown = node.getIn(["vm_config", "code"]);
        if (isMap(code)) found.push(node.toJSON() as Record<string, unknown>);
      },
    });
  }
  return found;
}
