/** What a Kubernetes API server with Istio's CustomResourceDefinitions would take: every field is known. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { parseAllDocuments } from "yaml";
import { PROJECT } from "../../host/envoy/project.ts";
import { ISTIO_CRDS, KUBERNETES_SCHEMAS } from "./schemas.mjs";

/** An object of Kubernetes. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

type Schema = Readonly<Record<string, unknown>>;

/** Why nothing can be checked, or undefined. */
export const MISSING_SCHEMAS = [ISTIO_CRDS, KUBERNETES_SCHEMAS].every((path) => existsSync(path))
  ? undefined
  : "no schemas: node tests/deploy/schemas.mjs fetches them";

const DEFINITIONS = "https://kubernetes.io/api/_definitions.json";
// Formats are Go's (int64), and keywords beginning with x-kubernetes- are for the API server alone: its rules in CEL need its
// own evaluator, and the merge keys of lists say nothing about a single manifest.
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
const validators = new Map<string, ValidateFunction>();

/** The manifests of a file of deploy/. */
export function manifestsIn(file: string): Manifest[] {
  const text = readFileSync(join(PROJECT, "deploy", file), "utf8");
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

/** What is wrong with a manifest, one line each. */
export function problemsOf(manifest: Omit<Manifest, "spec"> & { readonly spec?: object }): string[] {
  return run(validator(manifest.apiVersion, manifest.kind), manifest);
}

/** What is wrong with a part of a manifest, by the name of its type: `io.k8s.api.core.v1.Volume`. */
export function problemsOfPart(type: string, value: unknown): string[] {
  definitions();
  return run(ajv.compile({ $ref: `${DEFINITIONS}#/$defs/${type}` }), value);
}

function run(validate: ValidateFunction, value: unknown): string[] {
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message = "", params }) =>
    `${instancePath}: ${message} ${JSON.stringify(params)}`.trim(),
  );
}

function validator(apiVersion: string, kind: string): ValidateFunction {
  const name = `${apiVersion}/${kind}`;
  const known = validators.get(name);
  if (known !== undefined) return known;
  const made = ajv.compile(
    apiVersion.includes("istio.io/") ? istioSchema(apiVersion, kind) : coreSchema(apiVersion, kind),
  );
  validators.set(name, made);
  return made;
}

function definitions(): void {
  if (ajv.getSchema(DEFINITIONS) !== undefined) return;
  ajv.addSchema(read("_definitions.json"));
}

function coreSchema(apiVersion: string, kind: string): Schema {
  definitions();
  return read(`${[kind, ...apiVersion.split("/")].join("-").toLowerCase()}.json`);
}

function read(file: string): Schema {
  return JSON.parse(readFileSync(join(KUBERNETES_SCHEMAS, file), "utf8")) as Schema;
}

interface Crd {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

function istioSchema(apiVersion: string, kind: string): Schema {
  const crds = parseAllDocuments(readFileSync(ISTIO_CRDS, "utf8")).map((one) => one.toJS() as Crd);
  const crd = crds.find(({ spec }) => spec.names.kind === kind && apiVersion.startsWith(`${spec.group}/`));
  const version = crd?.spec.versions.find(({ name }) => apiVersion.endsWith(`/${name}`));
  if (version === undefined) throw new Error(`Istio has no ${kind} in ${apiVersion}`);
  const { openAPIV3Schema: schema } = version.schema;
  definitions();
  // The API server knows these of every object.
  const metadata = { $ref: `${DEFINITIONS}#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta` };
  const head = { apiVersion: { const: apiVersion }, kind: { const: kind }, metadata };
  const body = closed({ ...schema, properties: { ...(schema["properties"] as Schema) } }) as Schema;
  return {
    ...body,
    properties: { ...(body["properties"] as Schema), ...head },
    required: ["metadata", "spec"],
  };
}

/** The schema with fields that it does not name refused, as the API server does when it is strict. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== "object" || value === null) return value;
  const schema = value as Schema;
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, part]) => [key, isDeep(key) ? closedIn(key, part) : part]),
  );
  const isOpen =
    schema["x-kubernetes-preserve-unknown-fields"] === true || schema["additionalProperties"] !== undefined;
  return schema["type"] === "object" && schema["properties"] !== undefined && !isOpen
    ? { ...inner, additionalProperties: false }
    : inner;
}

/** What is below `oneOf` and the like only repeats parts of the same object. */
function isDeep(key: string): boolean {
  return key === "properties" || key === "items" || key === "additionalProperties";
}

function closedIn(key: string, part: unknown): unknown {
  if (key !== "properties") return closed(part);
  return Object.fromEntries(Object.entries(part as Schema).map(([name, schema]) => [name, closed(schema)]));
}
