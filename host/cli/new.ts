import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import type { Address } from "../envoy/address.ts";
import { generateEnvoyConfig } from "../envoy/generate.ts";
import { PROJECT } from "../envoy/project.ts";
import { DEFAULT_PREFIX } from "../metrics/names.ts";
import { misused, refused } from "./failure.ts";

/** Where the sources of new filters lie; real files of a protocol called `myproto`. */
const TEMPLATES = join(PROJECT, "templates");

/** A name is the first part of every metric's, and a folder's. */
const NAME = /^[a-z][a-z0-9_]{0,31}$/;

/** Words that open other blocks of a transcript. */
const TAKEN = ["config", "log", "metrics", "properties", "proxy"];

export interface NewOptions {
  /** A project that is there, to which only the filter is added; without it a project of its own. */
  readonly into?: string;
}

/** A file to be written: where, from the project's top folder, and its text. */
type Draft = readonly [path: string, text: string];

/** `heirloom new`: writes a filter that works, for a protocol of lines, to be made into another. */
export function newFilter(name: string, options: NewOptions): void {
  if (!NAME.test(name) || TAKEN.includes(name)) {
    throw misused(
      `expected a name of a-z, 0-9 and _ that begins with a letter, at most 32, found "${name}"`,
      ...(TAKEN.includes(name) ? [`${TAKEN.join(", ")} mean something else in transcripts`] : []),
    );
  }
  const folder = resolve(options.into ?? name);
  const isAlone = options.into === undefined;
  if (!isAlone && !existsSync(join(folder, "package.json")))
    throw misused(`--into: expected the folder of a project, found no package.json in ${shown(folder)}`);
  const drafts = [
    ...(isAlone ? draftsOf("project", name).map(completed) : []),
    ...draftsOf("filter", name).map((draft) => (isHeirloom(folder) ? atHome(draft) : draft)),
    [`${name}.envoy.yaml`, envoyConfig(name)] as const,
  ];
  const there = drafts.find(([path]) => existsSync(join(folder, path)));
  if (there !== undefined)
    throw refused(`${shown(join(folder, there[0]))} is there already: nothing was written`);
  for (const [path, text] of drafts) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { flag: "wx" });
  }
  process.stdout.write(`${shown(folder)}: ${drafts.length} files\n${nextSteps(name, folder, isAlone)}`);
}

/** The files of a template with the name of the filter in them. */
function draftsOf(template: string, name: string): Draft[] {
  const top = join(TEMPLATES, template);
  const named = (text: string): string =>
    text.replaceAll("myproto", name).replaceAll("MyProto", className(name));
  return readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => [
      // npm leaves files called .gitignore out of packages.
      named(relative(top, file).replaceAll("\\", "/")).replace(/^gitignore$/, ".gitignore"),
      named(readFileSync(file, "utf8")),
    ]);
}

/** `my_proto` → `MyProto`. */
function className(name: string): string {
  return name.replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** A project depends on this Heirloom, and on what this Heirloom is tested with. */
function completed([path, text]: Draft): Draft {
  if (path !== "package.json") return [path, text];
  const own = manifestOf(PROJECT);
  const manifest = JSON.parse(text) as Manifest;
  const versions: Readonly<Record<string, string>> = { ...own.devDependencies, heirloom: `^${own.version}` };
  const versioned = (names: Manifest["dependencies"] = {}): Record<string, string> =>
    Object.fromEntries(Object.keys(names).map((name) => [name, versions[name] ?? "*"]));
  const full = {
    ...manifest,
    dependencies: versioned(manifest.dependencies),
    devDependencies: versioned(manifest.devDependencies),
  };
  return [path, `${JSON.stringify(full, null, 2)}\n`];
}

function isHeirloom(folder: string): boolean {
  return existsSync(join(folder, "package.json")) && manifestOf(folder).name === "heirloom";
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

/** In Heirloom itself the SDK is not a package: asc finds it by its path. */
function atHome([path, text]: Draft): Draft {
  return [path, text.replaceAll('"heirloom/assembly', `"${relative(dirname(path), "assembly")}`)];
}

function envoyConfig(name: string): string {
  const at = (port: number): Address => ({ host: "127.0.0.1", port });
  const configuration = { stat_prefix: DEFAULT_PREFIX, verbosity: "standard" };
  return generateEnvoyConfig({
    admin: at(9901),
    proxies: [{ filter: name, listen: at(10000), upstream: at(10001), configuration }],
    protocols: [name],
    comment: [
      `Envoy with the filter ${name}: \`envoy -c ${name}.envoy.yaml\` in the folder that has build/${name}.wasm.`,
      "Clients connect to 127.0.0.1:10000, the server is on 127.0.0.1:10001, metrics on 127.0.0.1:9901/stats/prometheus.",
    ],
  });
}

function nextSteps(name: string, folder: string, isAlone: boolean): string {
  const steps = isAlone
    ? [
        ...(folder === process.cwd() ? [] : [`cd ${shown(folder)}`]),
        "npm install",
        "npm test",
        `then put your protocol into filters/${name}/wire (README.md says what is where)`,
      ]
    : [
        `build it: asc filters/${name}/index.ts --target release --outFile build/${name}.wasm`,
        `test it: its specs are in filters/${name}/__tests__, the rest in tests/${name}*.test.ts`,
        `then put your protocol into filters/${name}/wire`,
      ];
  return `next:\n${steps.map((step) => `  ${step}\n`).join("")}`;
}

function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short === "" ? "." : short.startsWith("..") ? path : short;
}
