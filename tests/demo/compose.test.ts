import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { COMPOSE_MODULE, COMPOSE_SERVERS, MODULE, PORTS } from "../../demo/configuration.ts";
import { exampleNames, readExample } from "../../demo/examples/example.ts";
import { readExampleOptions } from "../../demo/examples/options.ts";
import { readOptions } from "../../demo/options.ts";
import { NAMED_FILES } from "../../demo/page/files.ts";
import { readAddresses, readFilter } from "../../host/envoy/adapt.ts";
import { formatAddress } from "../../host/envoy/address.ts";
import { ENVOY_VERSION } from "../../host/envoy/find.ts";
import { PROJECT } from "../../host/envoy/project.ts";
import { imageOf, startOrder, type Services } from "../support/compose.ts";

interface PrometheusConfig {
  readonly rule_files: readonly string[];
  readonly scrape_configs: readonly {
    readonly metrics_path?: string;
    readonly static_configs: readonly { readonly targets: readonly string[] }[];
  }[];
}

/** Where that image listens when it is told nothing else. */
const PROMETHEUS_PORT = 9090;

const compose = await yamlOf<{ services: Services }>("docker-compose.yaml");
const prometheusYaml = await yamlOf<PrometheusConfig>("demo/prometheus/prometheus.yml");
const services = Object.entries(compose.services);
const dockerfile = await readFile(join(PROJECT, "demo/Dockerfile"), "utf8");
const envoyYaml = await readFile(join(PROJECT, "demo/compose/envoy.yaml"), "utf8");
const addresses = readAddresses(envoyYaml);

/** Those of all examples: any of them may be the one. */
const exampleListenerPorts = [
  ...new Set(
    exampleNames()
      .flatMap((name) => Object.values(readExample(name).addresses.listeners))
      .map(({ port }) => port),
  ),
].sort((a, b) => a - b);

test("docker-compose.yaml is what the Compose specification wants", async () => {
  const schema = JSON.parse(
    await readFile(join(PROJECT, "tests/demo/fixtures/compose-spec.json"), "utf8"),
  ) as Record<string, unknown>;
  // It names its dialect with https, by which no validator knows draft 07.
  delete schema.$schema;
  const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
  validate(compose);
  expect(validate.errors).toBeNull();
  expect(validate({ services: { envoy: { imagine: "x" } } })).toBe(false);
});

describe("docker-compose.yaml", () => {
  test("builds from stages that the Dockerfile has", () => {
    const stages = [...dockerfile.matchAll(/^FROM \S+ AS (\w+)$/gm)].map(([, name]) => name);
    for (const [, { build }] of services) {
      if (!build) continue;
      expect(build).toMatchObject({ context: ".", dockerfile: "demo/Dockerfile" });
      expect(stages).toContain(build.target);
    }
  });

  test("pins every image, Envoy to the version that Heirloom is tested with", () => {
    const images = services.flatMap(([, { image }]) => (image ? [image] : []));
    const stages = [...dockerfile.matchAll(/^FROM \S+ AS (\w+)$/gm)].map(([, name]) => name);
    const bases = [...dockerfile.matchAll(/^(?:FROM |COPY --from=)(\S+)/gm)]
      .map(([, image]) => image ?? "")
      .filter((image) => !stages.includes(image));
    for (const image of [...images, ...bases]) expect(image).toMatch(/^[\w/]+:v?\d+(\.\d+\.\d+|-slim)$/);
    const envoys = bases.filter((image) => image.startsWith("envoyproxy/"));
    expect(new Set(envoys)).toEqual(new Set([`envoyproxy/envoy:v${ENVOY_VERSION}`]));
  });

  test("mounts files that are there, to where they are read", () => {
    const mounts = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(":")));
    for (const [source = "", , mode] of mounts) {
      expect(existsSync(join(PROJECT, source)), source).toBe(true);
      expect(mode).toBe("ro");
    }
    const { envoy, prometheus } = compose.services;
    expect(envoy?.volumes).toEqual([`./demo/compose/envoy.yaml:${envoy?.command?.[2] ?? ""}:ro`]);
    // Where that image looks when it is told nothing else.
    expect(prometheus?.volumes).toEqual([
      "./demo/prometheus/prometheus.yml:/etc/prometheus/prometheus.yml:ro",
      ...prometheusYaml.rule_files.map((path) => `./deploy/prometheus/${basename(path)}:${path}:ro`),
    ]);
    expect(prometheus?.command).toBeUndefined();
  });

  test("gives Grafana its data source and the dashboards, where its provisioning looks for them", async () => {
    const { grafana } = compose.services;
    const mounted = new Map(
      (grafana?.volumes ?? []).map((volume) => volume.split(":").slice(0, 2).reverse() as [string, string]),
    );
    const { datasources } = await yamlOf<{ datasources: { type: string; url: string }[] }>(
      "deploy/grafana/provisioning/datasources/prometheus.yaml",
    );
    expect(datasources.map(({ type, url }) => [type, url])).toEqual([
      ["prometheus", `http://prometheus:${PROMETHEUS_PORT}`],
    ]);
    const { providers } = await yamlOf<{ providers: { options: { path: string } }[] }>(
      "deploy/grafana/provisioning/dashboards/heirloom.yaml",
    );
    for (const { options } of providers)
      expect(mounted.get(options.path)).toBe("./deploy/grafana/dashboards");
    expect(mounted.get("/etc/grafana/provisioning")).toBe("./deploy/grafana/provisioning");
    const home = grafana?.environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? "";
    expect(existsSync(join(PROJECT, home.replace("/etc", "deploy")))).toBe(true);
  });

  test("publishes, on this machine only, ports that something listens on", () => {
    const listening: Record<string, number[]> = {
      envoy: [addresses.listeners.smtp?.port ?? 0, addresses.listeners.ldap?.port ?? 0, addresses.admin.port],
      servers: [PORTS.page.preferred, PORTS.book.preferred],
      prometheus: [PROMETHEUS_PORT],
      // Its default.
      grafana: [3000],
      example: [...exampleListenerPorts, Number(compose.services.example?.environment?.HEIRLOOM_ADMIN_PORT)],
    };
    for (const [name, { ports = [] }] of services) {
      const expected = (listening[name] ?? []).map((port) => `127.0.0.1:${port}:${port}`);
      expect(ports, name).toEqual(expected);
    }
  });

  test("waits for services that it has", () => {
    const names = services.map(([name]) => name);
    for (const [, { depends_on = [] }] of services)
      expect(names).toEqual(expect.arrayContaining([...depends_on]));
    expect(startOrder(compose.services)).toEqual(["envoy", "servers", "prometheus", "grafana"]);
  });

  test("runs the demo with options that it knows, at the addresses of the containers' envoy.yaml", () => {
    const { servers } = compose.services;
    const options = readOptions(servers?.command ?? []);
    for (const protocol of ["smtp", "ldap"] as const) {
      expect(options.attach?.[protocol]).toEqual({
        host: "envoy",
        port: addresses.listeners[protocol]?.port,
      });
    }
    expect(formatAddress(options.admin ?? { host: "", port: 0 })).toBe(`envoy:${addresses.admin.port}`);
    expect(options.bind).toBe("0.0.0.0");
    expect(servers?.environment).toEqual({
      [PORTS.mail.variable]: String(PORTS.mail.preferred),
      [PORTS.directory.variable]: String(PORTS.directory.preferred),
      [PORTS.book.variable]: String(PORTS.book.preferred),
      [PORTS.page.variable]: String(PORTS.page.preferred),
    });
  });

  test("runs an example in a profile of its own, reachable from outside of its container", () => {
    const { example } = compose.services;
    expect(example?.profiles).toEqual(["examples"]);
    const words = (example?.command ?? []).map((word) => word.replace(/^\$\{EXAMPLE:-(\w+)\}$/, "$1"));
    expect(readExampleOptions(words)).toEqual({ kind: "run", name: "chain", options: { bind: "0.0.0.0" } });
    for (const [name, { profiles }] of services) if (name !== "example") expect(profiles).toBeUndefined();
  });

  test("names the servers as the containers' envoy.yaml does", () => {
    expect(compose.services).toHaveProperty(COMPOSE_SERVERS);
    expect(addresses.clusters).toEqual({
      smtp: { host: COMPOSE_SERVERS, port: PORTS.mail.preferred },
      ldap: { host: COMPOSE_SERVERS, port: PORTS.directory.preferred },
    });
  });
});

describe("the Dockerfile", () => {
  test("copies what is there or what the build makes", async () => {
    const scripts =
      (await readFile(join(PROJECT, "tools/build.mjs"), "utf8")) +
      (await readFile(join(PROJECT, "tsconfig.json"), "utf8"));
    const own = [...dockerfile.matchAll(/^COPY (?!--)(.+) \S+$/gm)].flatMap(([, files = ""]) =>
      files.split(" "),
    );
    for (const file of own) expect(existsSync(join(PROJECT, file)), file).toBe(true);
    const built = [...dockerfile.matchAll(/^COPY --from=(?:build|examples) \/heirloom\/(\S+)/gm)].map(
      ([, file = ""]) => file,
    );
    for (const file of built) {
      const made =
        file === "node_modules" || scripts.includes(`"${file}"`) || existsSync(join(PROJECT, file));
      expect(made, file).toBe(true);
    }
    expect(built).toContain(MODULE);
  });

  test("has in the demo's image what its page is made of", () => {
    const { files } = imageOf(dockerfile, "demo");
    // A build dependency: the image's own node_modules are without those.
    expect(files.get("node_modules/uplot")).toBe("node_modules/uplot");
    const meanings = ["docs/smtp.md", "docs/ldap.md"];
    const client = [
      "dist/demo/page/client/main.js",
      "dist/demo/view/numbers.js",
      "dist/host/metrics/parse.js",
    ];
    for (const path of [...Object.values(NAMED_FILES), ...meanings, ...client, MODULE, "package.json"]) {
      const there = [...files].some(([to, from]) => to === from && `${path}/`.startsWith(`${to}/`));
      expect([path, there]).toEqual([path, true]);
    }
  });

  test("puts the module where the containers' envoy.yaml looks for it", () => {
    expect(dockerfile).toContain(`COPY --from=build /heirloom/${MODULE} ${COMPOSE_MODULE}\n`);
    for (const listener of ["smtp", "ldap"]) {
      expect(readFilter(envoyYaml, listener)).toMatchObject({
        module: COMPOSE_MODULE,
        rootId: `heirloom.${listener}`,
      });
    }
  });

  test("runs scripts that package.json has, and the demo as it is built", async () => {
    const { scripts } = JSON.parse(await readFile(join(PROJECT, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    for (const [, script = ""] of dockerfile.matchAll(/npm run (\w+)/g))
      expect(scripts).toHaveProperty(script);
    expect(dockerfile).toContain('ENTRYPOINT ["node", "dist/demo/main.js"]');
    expect(existsSync(join(PROJECT, "demo/main.ts"))).toBe(true);
    expect(dockerfile).toContain('ENTRYPOINT ["node", "dist/demo/examples/main.js"]');
    expect(existsSync(join(PROJECT, "demo/examples/main.ts"))).toBe(true);
  });

  test("opens the examples' ports", () => {
    expect(dockerfile).toContain(`EXPOSE ${exampleListenerPorts.join(" ")} 9902\n`);
  });

  test("opens the servers' ports", () => {
    const ports = [PORTS.mail, PORTS.directory, PORTS.book, PORTS.page].map(({ preferred }) => preferred);
    expect(dockerfile).toContain(`EXPOSE ${ports.join(" ")}\n`);
  });
});

test("Prometheus scrapes the containers' Envoy and the servers' books", async () => {
  const { scrape_configs } = prometheusYaml;
  const targets = scrape_configs.map(({ metrics_path = "/metrics", static_configs }) => [
    static_configs.flatMap(({ targets: all }) => all).join(),
    metrics_path,
  ]);
  expect(targets).toEqual([
    [`envoy:${addresses.admin.port}`, "/stats/prometheus"],
    [`${COMPOSE_SERVERS}:${PORTS.book.preferred}`, "/metrics"],
  ]);
});

async function yamlOf<T>(file: string): Promise<T> {
  return parse(await readFile(join(PROJECT, file), "utf8")) as T;
}
