// The version of a module, in a custom section of the name that `wasm-tools metadata` and OCI's annotations know it by. It lies
// behind everything else, so that offsets into the code do not change.
import { readFileSync } from "node:fs";
import { CUSTOM_SECTION, number, withLength } from "./wasm.mjs";

const SECTION = Buffer.from("version");

/** The module with its version. */
export function withVersion(module, version) {
  const content = Buffer.concat([number(SECTION.length), SECTION, Buffer.from(version)]);
  return Buffer.concat([module, withLength(CUSTOM_SECTION, content)]);
}

/** The version of what lies in the folder `root`. */
export function versionOf(root) {
  return JSON.parse(readFileSync(`${root}/package.json`, "utf8")).version;
}
