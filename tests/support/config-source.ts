// What the AssemblyScript source of a configuration asks for, as far as its calls of `Settings` show it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./modules.ts";

const ASKING =
  /(?:\.(?:name|choice|integer|bool|text|object|has|table)\(|readThresholds\(settings,)\s*"(\w+)"/g;
const INTEGER = /\.integer\(\s*"(\w+)",\s*([^,]+),/g;
const CONSTANT = /const (\w+)(?:: \w+)? = ([^;]+);/g;
/** Where constants are that `filters/` takes from the SDK. */
const SHARED = ["assembly/bytes/budget.ts", "assembly/host/stats.ts"];

/** Where a filter's keys are asked for: in its own configuration, and in what all have in common. */
export const configSources = (filter: string): string[] => [
  `filters/${filter}/config.ts`,
  "filters/shared/config.ts",
];

/** Every key that the sources ask for by a literal name, once. */
export function keysAskedFor(paths: readonly string[]): string[] {
  return [...new Set([...paths.map(source).join("\n").matchAll(ASKING)].map(([, key = ""]) => key))];
}

/** Key → default of every whole number whose default is a constant. */
export function integerDefaults(paths: readonly string[]): Record<string, number> {
  const text = paths.map(source).join("\n");
  const constants = new Map(
    [...SHARED.map(source), text]
      .flatMap((one) => [...one.matchAll(CONSTANT)])
      .map(([, name = "", value = ""]) => [name, value]),
  );
  const defaults = [...text.matchAll(INTEGER)].map(([, key = "", value = ""]) => [
    key,
    evaluate(value, constants),
  ]);
  return Object.fromEntries(defaults) as Record<string, number>;
}

/** Products and shifts of numbers and constants, casts ignored; NaN for anything else. */
function evaluate(expression: string, constants: ReadonlyMap<string, string>): number {
  const plain = expression.replace(/<\w+>/g, "").trim();
  const [left, right, ...more] = plain.split(/\s*<<\s*/);
  if (left !== undefined && right !== undefined && more.length === 0) {
    return evaluate(left, constants) * 2 ** evaluate(right, constants);
  }
  return plain
    .split(/\s*\*\s*/)
    .map((factor) => {
      const constant = constants.get(factor);
      return constant === undefined ? Number(factor.replaceAll("_", "")) : evaluate(constant, constants);
    })
    .reduce((product, factor) => product * factor, 1);
}

function source(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}
