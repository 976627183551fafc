// Shortens the function names in a module's name section: of a method its class stays, of a function its file.
// Traps still read well ("ClientSide#read"), the source map beside the module has the whole story, and the module is
// a fifth smaller for it. Offsets into the code do not change, as the name section lies behind it.
import { CUSTOM_SECTION, number, Reader, rewritten, withLength } from "./wasm.mjs";

const FUNCTION_NAMES = 1;

export function shortenNames(module) {
  return rewritten(module, (id, content) => (id === CUSTOM_SECTION ? customSection(content) : undefined));
}

function customSection(content) {
  const reader = new Reader(content);
  const name = reader.take(reader.number());
  if (name.toString() !== "name") return undefined;
  return Buffer.concat([number(name.length), name, functionNamesOnly(content.subarray(reader.at))]);
}

/** Names of locals, types and data segments help nobody: only those of functions stay. */
function functionNamesOnly(content) {
  const reader = new Reader(content);
  while (!reader.atEnd) {
    const id = reader.byte();
    const names = reader.take(reader.number());
    if (id === FUNCTION_NAMES) return withLength(FUNCTION_NAMES, shortened(names));
  }
  return content;
}

function shortened(names) {
  const reader = new Reader(names);
  const count = reader.number();
  const parts = [number(count)];
  for (let i = 0; i < count; i++) {
    const index = reader.number();
    const name = Buffer.from(shorten(reader.take(reader.number()).toString()));
    parts.push(number(index), number(name.length), name);
  }
  return Buffer.concat(parts);
}

export function shorten(name) {
  const parts = withoutArguments(name).split("/");
  const last = parts.at(-1);
  return /[#.]/.test(last) ? last : parts.slice(-2).join("/");
}

/** What a generic is made for says little where it traps, and its slashes are no path of the function's. */
function withoutArguments(name) {
  const fewer = name.replace(/<[^<>]*>/g, "");
  return fewer === name ? name : withoutArguments(fewer);
}
