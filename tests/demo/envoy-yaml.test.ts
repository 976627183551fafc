import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { COMPOSE_ENVOY, COMPOSE_MODULE, LOCAL_ENVOY, MODULE } from "../../demo/configuration.ts";
import { findEnvoy } from "../../host/envoy/find.ts";
import { generateEnvoyConfig } from "../../host/envoy/generate.ts";
import { startEnvoy } from "../../host/envoy/process.ts";
import { PROJECT } from "../../host/envoy/project.ts";
import { configureFilter, replaceAddresses } from "../../host/envoy/adapt.ts";

const run = promisify(execFile);
const envoy = await findEnvoy();

// `vitest -u` writes the files anew.
describe("the shipped Envoy configurations are what the generator makes", () => {
  test("envoy.yaml", async () => {
    await expect(generateEnvoyConfig(LOCAL_ENVOY)).toMatchFileSnapshot(join(PROJECT, "envoy.yaml"));
  });
  test("demo/compose/envoy.yaml", async () => {
    await expect(generateEnvoyConfig(COMPOSE_ENVOY)).toMatchFileSnapshot(
      join(PROJECT, "demo/compose/envoy.yaml"),
    );
  });
});

test("the containers' configuration differs in addresses and in the module's path only", async () => {
  const [local, compose] = await Promise.all(["envoy.yaml", "demo/compose/envoy.yaml"].map(shipped));
  const same = (text = ""): string =>
    text
      .replace(/^#.*\n/gm, "")
      .replace(/address: [\w.]+,/g, "address: ANY,")
      .replace(/type: (STATIC|STRICT_DNS)$/gm, "type: ANY")
      .replace(/filename: [\w./]+/g, "filename: ANY");
  expect(same(compose)).toBe(same(local));
});

describe.skipIf(envoy === undefined)("Envoy", () => {
  test.each(["envoy.yaml", "demo/compose/envoy.yaml"])("%s passes --mode validate", async (file) => {
    const yaml = (await shipped(file)).replaceAll(COMPOSE_MODULE, MODULE);
    const { stderr, stdout } = await validate(yaml);
    expect(stdout + stderr).toMatch(/configuration '.*' OK/);
  });

  test("envoy.yaml starts as it is, ports aside, and shows the filter's metrics with their labels", async () => {
    const config = await movable();
    const running = await startEnvoy({ config, envoy, cwd: PROJECT });
    try {
      const text = await (await fetch(`${running.admin}/stats/prometheus`)).text();
      expect(text).toContain('smtp_replies_total{stat_prefix="edge",verb="mail",class="2xx"} 0\n');
      expect(text).toContain('smtp_filter_info{stat_prefix="edge",');
      expect(text).toContain('ldap_responses_total{stat_prefix="edge",op="search",class="success"} 0\n');
      expect(text).toContain('ldap_filter_info{stat_prefix="edge",');
    } finally {
      await running.stop();
    }
  });

  test("at verbosity high every pair of every name becomes a label", async () => {
    const smtp = configureFilter(await movable(), "smtp", { verbosity: "high" });
    const config = configureFilter(smtp, "ldap", { verbosity: "high" });
    const running = await startEnvoy({ config, envoy, cwd: PROJECT });
    try {
      const stats = await (await fetch(`${running.admin}/stats?filter=^wasmcustom`)).text();
      const samples = await running.scrape();
      for (const [protocol, least] of Object.entries({ smtp: 40, ldap: 45 })) {
        const defined = stats.matchAll(new RegExp(`^wasmcustom\\.${protocol}\\.edge\\.(\\w+)`, "gm"));
        const metrics = new Set([...defined].map(([, name = ""]) => `${protocol}_${name}`));
        const names = new Set(
          samples
            .map(({ name }) => name)
            .filter((name) => name.startsWith(`${protocol}_`))
            .map((name) => (metrics.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ""))),
        );
        expect(metrics.size).toBeGreaterThan(least);
        expect([...names].sort()).toEqual([...metrics].sort());
      }
    } finally {
      await running.stop();
    }
  });
});

/** envoy.yaml on whatever ports are free. */
async function movable(): Promise<string> {
  const any = { host: "127.0.0.1", port: 0 };
  return replaceAddresses(await shipped("envoy.yaml"), { admin: any, listeners: { smtp: any, ldap: any } });
}

function shipped(file: string): Promise<string> {
  return readFile(join(PROJECT, file), "utf8");
}

async function validate(yaml: string): Promise<{ stdout: string; stderr: string }> {
  const folder = await mkdtemp(join(tmpdir(), "heirloom-validate-"));
  try {
    const file = join(folder, "envoy.yaml");
    await writeFile(file, yaml);
    return await run(envoy ?? "", ["--mode", "validate", "-c", file], { cwd: PROJECT });
  } finally {
    await rm(folder, { recursive: true });
  }
}
