import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { parseAddress, type Address } from "../envoy/address.ts";
import { PROJECT } from "../envoy/project.ts";
import { PROTOCOLS } from "../envoy/stats-config.ts";
import { loadModule, ModuleRejected, type HostModule } from "../module/load.ts";
import { ConfigurationRejected } from "../vm/plugin.ts";
import { misused, oneLine, refused, type Failure } from "./failure.ts";

/** A filter as the command line names it: `smtp`, or `smtp=path.wasm`. */
export interface FilterChoice {
  readonly name: string;
  readonly path: string;
  readonly rootId: string;
}

/** Reads `--filter`, and `--root-id` if it is given. */
export function chooseFilter(text: string, rootId?: string): FilterChoice {
  const match = /^([a-z][a-z0-9_]*)(?:=(.+))?$/.exec(text);
  if (match === null) throw misused(`--filter: expected NAME or NAME=FILE.wasm, found "${text}"`);
  const [, name = "", path = shippedPath(name)] = match;
  return { name, path, rootId: rootId ?? `heirloom.${name}` };
}

/** Loads the module of a filter; if it is not there, says how to build it, or which filters there are. */
export async function loadFilter(filter: FilterChoice): Promise<HostModule> {
  const shown = shortPath(filter.path);
  if (!existsSync(filter.path)) {
    if (isShipped(filter) || filter.path !== shippedPath(filter.name))
      throw misused(`no module ${shown}: build it with \`npm run build\``);
    throw misused(
      `no filter "${filter.name}": there are ${PROTOCOLS.join(", ")}; another module is ${filter.name}=FILE.wasm`,
    );
  }
  try {
    return await loadModule(filter.path);
  } catch (error) {
    if (error instanceof ModuleRejected) throw refused(`${shown}: ${error.message}`);
    throw misused(`cannot read ${shown}: ${oneLine(error)}`);
  }
}

/** The text of a file given on the command line. */
export async function readInput(path: string): Promise<string> {
  return await readFile(path, "utf8").catch((error: unknown) => {
    throw unreadable(path, error);
  });
}

/** What is said of a file given on the command line that cannot be read. */
export function unreadable(path: string, error: unknown): Failure {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return misused(`no file ${path}`);
  return misused(code === "EISDIR" ? `${path} is a folder` : `cannot read ${path}: ${oneLine(error)}`);
}

/** An address option; `option` is named in the error. */
export function addressOption(option: string, text: string): Address {
  try {
    return parseAddress(text);
  } catch (error) {
    throw misused(`${option}: ${oneLine(error)}`);
  }
}

/** A day: whoever waits longer for connections to end has none that do. */
const MAX_DRAIN_SECONDS = 86_400;

/** `--drain`, in milliseconds. */
export function drainOption(text: string): number {
  const seconds = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(seconds <= MAX_DRAIN_SECONDS)) {
    throw misused(`--drain: expected a whole number of seconds up to ${MAX_DRAIN_SECONDS}, found "${text}"`);
  }
  return seconds * 1000;
}

/** Options of the form NAME=VALUE by their names; `form` says what is expected. */
export function namedOptions(option: string, form: string, texts: readonly string[]): Record<string, string> {
  const named: Record<string, string> = {};
  for (const text of texts) {
    const at = text.indexOf("=");
    const name = text.slice(0, at);
    if (at < 1) throw misused(`${option}: expected ${form}, found "${text}"`);
    if (Object.hasOwn(named, name)) throw misused(`${option}: ${name} is given twice`);
    named[name] = text.slice(at + 1);
  }
  return named;
}

/** What may differ from filter to filter has what was given, in order: the filters are told apart by their place. */
export interface FilterOptions {
  readonly filter: readonly string[];
  readonly listen: readonly string[];
  readonly upstream: readonly string[];
  readonly config: readonly string[];
  readonly rootId: readonly string[];
}

/** A filter, and where it stands. */
export interface PlacedFilter {
  readonly filter: FilterChoice;
  readonly listen: Address;
  readonly upstream: Address;
  /** The text of its configuration file. */
  readonly configuration: string | undefined;
}

/** What the options say of the filter at that place, counted from 0. */
export async function filterAt(options: FilterOptions, place: number): Promise<PlacedFilter> {
  const filters = options.filter.length;
  const rootId = sharedOption("--root-id", options.rootId, place, filters);
  const filter = chooseFilter(options.filter[place] ?? "", rootId);
  const listen = addressOption("--listen", ownOption("--listen", options.listen, place, filters));
  const upstream = addressOption("--upstream", ownOption("--upstream", options.upstream, place, filters));
  const file = sharedOption("--config", options.config, place, filters);
  return { filter, listen, upstream, configuration: file === undefined ? undefined : await readInput(file) };
}

/** What is given once is for all filters; given once for each, it is theirs. */
export function sharedOption(
  flag: string,
  given: readonly string[],
  place: number,
  filters: number,
): string | undefined {
  if (given.length > 1 && given.length !== filters) {
    throw misused(`${flag}: expected it once, or once for each of ${filters} filters`);
  }
  return given.length > 1 ? given[place] : given[0];
}

/** What belongs to each filter, and is given as often. */
function ownOption(flag: string, given: readonly string[], place: number, filters: number): string {
  const found = given[place];
  if (found === undefined || given.length !== filters) {
    throw misused(`${flag}: expected it once for each --filter, found ${given.length} for ${filters}`);
  }
  return found;
}

/** Runs what may reject a configuration or a module; the module's own lines become the failure's. */
export async function accepting<T>(action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof ConfigurationRejected) throw refused(...error.errors.map((line) => oneLine(line)));
    if (error instanceof ModuleRejected) throw refused(oneLine(error));
    throw error;
  }
}

function isShipped({ name }: FilterChoice): boolean {
  return PROTOCOLS.includes(name);
}

function shippedPath(name: string): string {
  return join(PROJECT, "build", `${name}.wasm`);
}

function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === "" || short.startsWith("..") ? path : short;
}
