/** What the sources of a module may import and write: the rules of tests/host/layers.test.ts. */

import { posix } from "node:path";
import ts from "typescript";

/** Layers of the SDK, the lowest first: a file imports its own and lower ones. */
export const LAYERS = ["abi", "bytes", "host", "config", "extension", "runtime"] as const;

/** Layers of a filter, the lowest first; what is in none of these folders and files belongs to the last. */
const FILTER_LAYERS = ["wire", "session", "stats", "filter"] as const;
const FILTER_PLACES: Readonly<Record<string, (typeof FILTER_LAYERS)[number]>> = {
  wire: "wire",
  session: "session",
  record: "stats",
  "labels.ts": "stats",
  "metrics.ts": "stats",
  "stats.ts": "stats",
};

/** The modules of `abi` that declare host functions, and who may call those. */
const HOST_FUNCTIONS = ["assembly/abi/env.ts", "assembly/abi/wasi_snapshot_preview1.ts"];
const CALLERS_OF_HOST = ["assembly/host/", "assembly/runtime/abort.ts"];

/** A source file by its path from the project's folder. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** What is wrong with a source file, a line each: `path:line: what`. Specs and `assembly/testing` may do anything. */
export function problemsOf({ path, text }: Source): string[] {
  if (isFree(path)) return [];
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const problems: string[] = [];
  const visit = (node: ts.Node): void => {
    const problem = problemOf(node, path);
    if (problem !== undefined) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
      problems.push(`${path}:${line + 1}: ${problem}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return problems;
}

function isFree(path: string): boolean {
  return path.startsWith("assembly/testing/") || path.includes("/__tests__/");
}

function problemOf(node: ts.Node, path: string): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return importProblem(node, path);
  if (isHostImport(node)) return path.startsWith("assembly/abi/") ? undefined : "declares a host function";
  return path.startsWith("assembly/runtime/") ? undefined : trap(node);
}

/** What may end in a trap. */
function trap(node: ts.Node): string | undefined {
  if (ts.isThrowStatement(node)) return "throws";
  if (ts.isNonNullExpression(node)) return "asserts that something is not null";
  if (ts.isPropertyDeclaration(node) && node.exclamationToken) return "asserts that a field is set";
  if (ts.isElementAccessExpression(node) && !isUnchecked(node)) return "indexes without unchecked()";
  return undefined;
}

function isUnchecked(node: ts.Node): boolean {
  for (let at: ts.Node = node; !ts.isSourceFile(at); at = at.parent) {
    if (ts.isCallExpression(at) && at.expression.getText() === "unchecked") return true;
  }
  return false;
}

function isHostImport(node: ts.Node): boolean {
  if (ts.isDecorator(node)) return node.getText().startsWith("@external");
  return (
    ts.isFunctionDeclaration(node) &&
    (node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) ?? false)
  );
}

function importProblem(node: ts.ImportDeclaration | ts.ExportDeclaration, path: string): string | undefined {
  const from = node.moduleSpecifier;
  if (from === undefined || !ts.isStringLiteral(from)) return undefined;
  const target = resolve(path, from.text);
  if (target === undefined) return `imports "${from.text}", which is not a path of this project`;
  if (HOST_FUNCTIONS.includes(target) && !CALLERS_OF_HOST.some((start) => path.startsWith(start)))
    return `calls the proxy past assembly/host (${target})`;
  const isAllowed = path.startsWith("assembly/")
    ? mayLayerImport(path, target)
    : mayFilterImport(path, target);
  return isAllowed ? undefined : `must not import ${target}`;
}

/** `../assembly` is the index; every other specifier names a file. */
function resolve(path: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  const target = posix.join(posix.dirname(path), specifier);
  return target === "assembly" ? "assembly/index.ts" : `${target}.ts`;
}

function mayLayerImport(path: string, target: string): boolean {
  if (!target.startsWith("assembly/") || target.startsWith("assembly/testing/")) return false;
  const own = layerOf(path);
  const other = layerOf(target);
  if (own === undefined) return true; // index.ts and exports.ts stand above all layers
  return other !== undefined && LAYERS.indexOf(other) <= LAYERS.indexOf(own);
}

function layerOf(path: string): (typeof LAYERS)[number] | undefined {
  return LAYERS.find((layer) => path.startsWith(`assembly/${layer}/`));
}

/**
 * Of the SDK a filter imports what is public: the index, the exports of the entry, and `bytes`. What reads bytes and
 * follows sessions knows neither proxy nor metrics, so `bytes` is all it may import.
 */
function mayFilterImport(path: string, target: string): boolean {
  const rank = rankOf(path);
  if (target.startsWith("assembly/")) {
    if (target.startsWith("assembly/bytes/")) return true;
    return (
      rank >= FILTER_LAYERS.indexOf("stats") && ["assembly/index.ts", "assembly/exports.ts"].includes(target)
    );
  }
  if (path === "filters/index.ts") return true; // the entry of the module that has all of them
  const [, owner] = target.split("/");
  const isKnown = owner === "shared" || owner === path.split("/")[1];
  return target.startsWith("filters/") && isKnown && rankOf(target) <= rank;
}

/** Of a file of a filter, by the folder or file below filters/NAME. */
function rankOf(path: string): number {
  const place = path.split("/")[2] ?? "";
  return FILTER_LAYERS.indexOf(FILTER_PLACES[place] ?? "filter");
}
