import { parseDocument, isMap, type Document } from "yaml";
import type { Address } from "./address.ts";

/** The addresses of an Envoy configuration; listeners and clusters by name. */
export interface EnvoyAddresses {
  readonly admin: Address;
  readonly listeners: Readonly<Record<string, Address>>;
  readonly clusters: Readonly<Record<string, Address>>;
}

/** Those addresses that are to be replaced. */
export interface AddressChanges {
  readonly admin?: Address;
  readonly listeners?: Readonly<Record<string, Address>>;
  readonly clusters?: Readonly<Record<string, Address>>;
}

/** The Wasm filter of a listener. */
export interface ListenerFilter {
  readonly rootId: string;
  /** The module's path as it is written there. */
  readonly module: string;
  /** The filter's configuration; empty when none is given. */
  readonly configuration: Readonly<Record<string, unknown>>;
}

type Path = readonly (string | number)[];

const ADMIN: Path = ["admin", "address"];
const LISTENERS: Path = ["static_resources", "listeners"];
const CLUSTERS: Path = ["static_resources", "clusters"];
const FIRST_ENDPOINT: Path = ["load_assignment", "endpoints", 0, "lb_endpoints", 0, "endpoint", "address"];
const FILTER: Path = ["typed_config", "config"];
const MODULE: Path = ["vm_config", "code", "local", "filename"];
const STRUCT: Path = ["configuration", "value"];

/** Reads the addresses of a configuration. Throws when it is no YAML or has no admin address. */
export function readAddresses(yaml: string): EnvoyAddresses {
  const document = parse(yaml);
  return {
    admin: readAddress(document, ADMIN),
    listeners: Object.fromEntries(
      named(document, LISTENERS).map(([name, path]) => [name, readAddress(document, [...path, "address"])]),
    ),
    clusters: Object.fromEntries(
      named(document, CLUSTERS).map(([name, path]) => [
        name,
        readAddress(document, [...path, ...FIRST_ENDPOINT]),
      ]),
    ),
  };
}

/** Reads the Wasm filter of the named listener. Throws when there is none. */
export function readFilter(yaml: string, listener: string): ListenerFilter {
  const document = parse(yaml);
  const path = filterPath(document, listener);
  const node = document.getIn([...path, ...STRUCT]);
  const configuration: unknown = isMap(node) ? node.toJSON() : undefined;
  return {
    rootId: String(document.getIn([...path, "root_id"]) ?? ""),
    module: String(document.getIn([...path, ...MODULE]) ?? ""),
    configuration: isRecord(configuration) ? configuration : {},
  };
}

/** The same configuration with some keys of the named listener's filter configuration set to other values. */
export function configureFilter(
  yaml: string,
  listener: string,
  values: Readonly<Record<string, unknown>>,
): string {
  const document = parse(yaml);
  const path = filterPath(document, listener);
  for (const [key, value] of Object.entries(values)) document.setIn([...path, ...STRUCT, key], value);
  return document.toString({ lineWidth: 0 });
}

/**
 * The same configuration, comments included, with other addresses and ports and nothing else changed: how the
 * demo and the tests run the files that ship. A cluster's change goes to its first endpoint.
 * Throws when a name is not in the configuration.
 */
export function replaceAddresses(yaml: string, changes: AddressChanges): string {
  const document = parse(yaml);
  if (changes.admin) writeAddress(document, ADMIN, changes.admin);
  for (const [name, address] of Object.entries(changes.listeners ?? {})) {
    writeAddress(document, [...pathOf(document, LISTENERS, name), "address"], address);
  }
  for (const [name, address] of Object.entries(changes.clusters ?? {})) {
    writeAddress(document, [...pathOf(document, CLUSTERS, name), ...FIRST_ENDPOINT], address);
  }
  return document.toString({ lineWidth: 0 });
}

function parse(yaml: string): Document {
  const document = parseDocument(yaml);
  const [error] = document.errors;
  if (error) throw new Error(`not an Envoy configuration: ${error.message.split("\n", 1)[0] ?? "no YAML"}`);
  return document;
}

function named(document: Document, list: Path): [string, Path][] {
  const found: [string, Path][] = [];
  for (let i = 0; isMap(document.getIn([...list, i])); i++) {
    found.push([String(document.getIn([...list, i, "name"])), [...list, i]]);
  }
  return found;
}

function pathOf(document: Document, list: Path, name: string): Path {
  const all = named(document, list);
  const found = all.find(([known]) => known === name);
  if (!found) {
    const known = all.map(([other]) => other).join(", ") || "none";
    throw new Error(
      `no ${String(list.at(-1))} entry named "${name}" in the Envoy configuration (there: ${known})`,
    );
  }
  return found[1];
}

function filterPath(document: Document, listener: string): Path {
  const filters = [...pathOf(document, LISTENERS, listener), "filter_chains", 0, "filters"];
  const wasm = named(document, filters).find(([name]) => name === "envoy.filters.network.wasm");
  if (!wasm) throw new Error(`no Wasm filter in listener "${listener}" of the Envoy configuration`);
  return [...wasm[1], ...FILTER];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readAddress(document: Document, path: Path): Address {
  const host = document.getIn([...path, "socket_address", "address"]);
  const port = document.getIn([...path, "socket_address", "port_value"]);
  if (typeof host !== "string" || typeof port !== "number") {
    throw new Error(`no socket address at ${path.join(".")} in the Envoy configuration`);
  }
  return { host, port };
}

function writeAddress(document: Document, path: Path, { host, port }: Address): void {
  readAddress(document, path);
  document.setIn([...path, "socket_address", "address"], host);
  document.setIn([...path, "socket_address", "port_value"], port);
}
