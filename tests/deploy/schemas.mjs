// The schemas that manifests are held against, each from its publisher's package, unpacked into .cache/schemas:
//   node tests/deploy/schemas.mjs              fetches what is missing (needs go, and python with pip)
//   node tests/deploy/schemas.mjs --check      exit code 1 when something is missing
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const SCHEMAS = join(fileURLToPath(new URL("../..", import.meta.url)), ".cache/schemas");

/** Istio's CustomResourceDefinitions, as Istio's Go module for its API ships them. */
const ISTIO = {
  module: "istio.io/api",
  version: "v1.31.1",
  file: "kubernetes/customresourcedefinitions.gen.yaml",
};
/** Kubernetes' own kinds: the package's schemas refuse fields that are unknown, as `kubectl --validate=strict` does. */
const KUBERNETES = { package: "kubernetes-validate", version: "1.37.0", folder: "v1.33.0-local-strict" };

export const ISTIO_CRDS = join(SCHEMAS, `istio-${ISTIO.version}.yaml`);
export const KUBERNETES_SCHEMAS = join(SCHEMAS, `kubernetes-${KUBERNETES.folder}`);

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));

function main(words) {
  const missing = [ISTIO_CRDS, KUBERNETES_SCHEMAS].filter((path) => !existsSync(path));
  if (words.includes("--check")) {
    process.exitCode = missing.length > 0 ? 1 : 0;
    return;
  }
  mkdirSync(SCHEMAS, { recursive: true });
  if (missing.includes(ISTIO_CRDS)) fetchIstio();
  if (missing.includes(KUBERNETES_SCHEMAS)) fetchKubernetes();
}

function fetchIstio() {
  const words = ["mod", "download", "-json", `${ISTIO.module}@${ISTIO.version}`];
  const { Dir: folder } = JSON.parse(execFileSync("go", words, { encoding: "utf8", cwd: SCHEMAS }));
  copyFileSync(join(folder, ISTIO.file), ISTIO_CRDS);
}

function fetchKubernetes() {
  const folder = mkdtempSync(join(SCHEMAS, "download-"));
  const run = (...words) => execFileSync("python3", words, { cwd: folder, stdio: "inherit" });
  try {
    const wanted = `${KUBERNETES.package}==${KUBERNETES.version}`;
    run(
      "-m",
      "pip",
      "download",
      "--quiet",
      "--disable-pip-version-check",
      "--no-deps",
      "--dest",
      folder,
      wanted,
    );
    const wheel = readdirSync(folder).find((name) => name.endsWith(".whl"));
    const inside = `kubernetes_validate/kubernetes-json-schema/${KUBERNETES.folder}/`;
    const unzip =
      "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); " +
      "z.extractall('.', [n for n in z.namelist() if n.startswith(sys.argv[2])])";
    run("-c", unzip, join(folder, wheel), inside);
    renameSync(join(folder, inside), KUBERNETES_SCHEMAS);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
