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

type Path = readonly (string | number)[];

const ADMIN: Path = ["admin", "address"];
const LISTENERS: Path = ["static_resources", "listeners"];
const CLUSTERS: Path = ["static_resources", "clusters"];
const FIRST_ENDPOINT: Path = ["load_assignment", "endpoints", 0, "lb_endpoints", 0, "endpoint", "address"];

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
