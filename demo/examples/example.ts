import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readAddresses, type EnvoyAddresses } from "../../host/envoy/adapt.ts";
import { PROJECT } from "../../host/envoy/project.ts";

/** Where the examples are: one folder each. */
export const EXAMPLES_FOLDER = join(PROJECT, "filters", "examples");

/** An example as its folder has it. */
export interface Example {
  readonly name: string;
  /** What it shows, in a few words. */
  readonly title: string;
  /** Its Envoy configuration, as it ships. */
  readonly yaml: string;
  readonly addresses: EnvoyAddresses;
  /** What Envoy is started with besides the configuration. */
  readonly args: readonly string[];
}

/** The names of all that can be started, by the alphabet. */
export function exampleNames(): string[] {
  return readdirSync(EXAMPLES_FOLDER)
    .filter((name) => existsSync(join(EXAMPLES_FOLDER, name, "envoy.yaml")))
    .sort();
}

/**
 * Reads an example's envoy.yaml. Its comment at the top says what it shows, and has the line that starts it:
 * `#   envoy -c filters/examples/NAME/envoy.yaml ARGUMENT…`. Throws in one line when that is not so.
 */
export function readExample(name: string): Example {
  const path = `filters/examples/${name}/envoy.yaml`;
  const yaml = readFileSync(join(PROJECT, path), "utf8");
  const title = /^# ([^.]+\.)/.exec(yaml)?.[1];
  const command = new RegExp(`^# +envoy -c ${path}(.*)$`, "m").exec(yaml);
  if (title === undefined || command === null)
    throw new Error(`${path}: no comment that says how it is started`);
  const args = (command[1] ?? "").split(" ").filter((word) => word !== "");
  return { name, title, yaml, addresses: readAddresses(yaml), args };
}
