// The manifests for Istio and Kubernetes: known to the schemas, and what they carry runs in Envoy.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readAddresses, readFilter } from "../../host/envoy/adapt.ts";
import { ENVOY_VERSION } from "../../host/envoy/find.ts";
import { PROJECT } from "../../host/envoy/project.ts";
import { statsConfig } from "../../host/envoy/stats-config.ts";
import { describeNeeding } from "../support/needed.ts";
import { kubectlConfigMap, MAX_CONFIG_MAP_BYTES } from "./config-map.ts";
import { manifestsIn, MISSING_SCHEMAS, problemsOf, problemsOfPart, type Manifest } from "./kinds.ts";

const FILES = [
  "istio/bootstrap.yaml",
  "istio/envoyfilter.yaml",
  "istio/wasmplugin.yaml",
  "istio/workload.yaml",
  "kubernetes/mail.yaml",
];

/** By name in the test's title: a kind occurs twice in a file. */
const manifests = FILES.flatMap((file) =>
  manifestsIn(file).map((manifest) => ({
    file,
    manifest,
    name: manifest.metadata.name,
    kind: manifest.kind,
  })),
);

interface PodTemplate {
  readonly metadata: {
    readonly labels: Record<string, string>;
    readonly annotations: Record<string, string>;
  };
  readonly spec: {
    readonly terminationGracePeriodSeconds?: number;
    readonly containers: readonly {
      readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
      readonly name: string;
      readonly image: string;
      readonly args?: readonly string[];
      readonly ports: readonly { readonly name?: string; readonly containerPort: number }[];
      readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
    }[];
    readonly volumes?: readonly { readonly name: string; readonly configMap: { readonly name: string } }[];
  };
}

describeNeeding(MISSING_SCHEMAS, "schemas", () => {
  test.each(manifests)("$file: $kind $name is known in every field", ({ manifest }) => {
    expect(problemsOf(manifest)).toEqual([]);
    expect(problemsOf({ ...manifest, spec: { ...manifest.spec, imagine: 1 } })).toEqual([
      expect.stringContaining("imagine"),
    ]);
  });

  test("a field that is unknown deep inside is refused, and so is a value that is", () => {
    const [filter] = manifestsIn("istio/envoyfilter.yaml");
    const text = JSON.stringify(filter);
    const changed = (from: string, to: string): string[] =>
      problemsOf(JSON.parse(text.replace(from, to)) as Manifest);
    expect(changed('"portNumber":25', '"port":25')).toEqual([expect.stringContaining('"port"')]);
    expect(changed("INSERT_BEFORE", "INSERT_BEHIND")).toEqual([expect.stringContaining("allowed values")]);
  });

  test("the volume that Istio adds to the pod is one, mounted where the filter's module is read", () => {
    const { metadata } = template("istio/workload.yaml");
    const annotation = (name: string): Record<string, object> =>
      JSON.parse(metadata.annotations[`sidecar.istio.io/${name}`] ?? "{}") as Record<string, object>;
    const [[name, volume] = ["", {}]] = Object.entries(annotation("userVolume"));
    const mount = { name, ...annotation("userVolumeMount")[name] } as { mountPath?: string };
    expect(problemsOfPart("io.k8s.api.core.v1.Volume", { name, ...volume })).toEqual([]);
    expect(problemsOfPart("io.k8s.api.core.v1.VolumeMount", mount)).toEqual([]);
    expect(volume).toEqual({ configMap: { name: "heirloom-module" } });
    const text = JSON.stringify(manifestsIn("istio/envoyfilter.yaml"));
    expect([...text.matchAll(/"filename":"([^"]+)"/g)].map(([, path]) => path)).toEqual(
      Array.from({ length: 2 }, () => `${mount.mountPath}/heirloom.wasm`),
    );
    expect(metadata.labels).toMatchObject({ heirloom: "true", app: "mail" });
  });

  test("the module fits into a ConfigMap", () => {
    const bytes = readFileSync(join(PROJECT, "build/heirloom.wasm"));
    const map = kubectlConfigMap("heirloom-module", { "heirloom.wasm": bytes });
    expect(problemsOf(map)).toEqual([]);
    expect(map.binaryData).toHaveProperty(["heirloom.wasm"], bytes.toString("base64"));
    expect(JSON.stringify(map).length).toBeLessThan(MAX_CONFIG_MAP_BYTES / 4);
  });
});

test("istio/bootstrap.yaml has the labels and buckets of all configurations", () => {
  const [{ spec } = { spec: {} }] = manifestsIn("istio/bootstrap.yaml");
  expect(spec).toMatchObject({ configPatches: [{ applyTo: "BOOTSTRAP", patch: { operation: "MERGE" } }] });
  const [{ patch }] = (spec as { configPatches: [{ patch: { value: unknown } }] }).configPatches;
  expect(patch.value).toEqual({ stats_config: statsConfig() });
});

test("kubernetes/mail.yaml: ports, mounts and image are those of envoy.yaml", () => {
  const yaml = readFileSync(join(PROJECT, "deploy/kubernetes/envoy.yaml"), "utf8");
  const { listeners, clusters } = readAddresses(yaml);
  const { spec, metadata } = template("kubernetes/mail.yaml");
  const [mail, envoy] = spec.containers;
  expect(envoy?.image).toBe(`envoyproxy/envoy:v${ENVOY_VERSION}`);
  expect(envoy?.ports).toEqual(
    Object.entries(listeners).map(([name, { port }]) => ({ name, containerPort: port })),
  );
  expect(mail?.ports).toEqual([{ containerPort: clusters.smtp?.port }]);
  expect(metadata.annotations["prometheus.io/port"]).toBe(String(listeners.metrics?.port));
  const volumeAt = (path: string): string | undefined => {
    const mounted = envoy?.volumeMounts?.find(({ mountPath }) => mountPath === path);
    return spec.volumes?.find(({ name }) => name === mounted?.name)?.configMap.name;
  };
  expect(envoy?.args).toEqual(["envoy", "-c", "/etc/envoy/envoy.yaml"]);
  expect(volumeAt("/etc/envoy")).toBe("heirloom-envoy");
  expect(`${volumeAt("/etc/heirloom")}: ${readFilter(yaml, "smtp").module}`).toBe(
    "heirloom-module: /etc/heirloom/heirloom.wasm",
  );
});

test("kubernetes/mail.yaml: server and Envoy end together, after the sessions have had their time", () => {
  const { spec } = template("kubernetes/mail.yaml");
  const waits = spec.containers.map(({ lifecycle }) => lifecycle?.preStop.sleep.seconds);
  expect(waits).toEqual([30, 30]);
  expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(30);
});

function template(file: string): PodTemplate {
  const deployment = manifestsIn(file).find(({ kind }) => kind === "Deployment");
  return deployment?.spec["template"] as PodTemplate;
}
