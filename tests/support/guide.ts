// Code in the guides: what is a file of the guide's project, what is a fragment, and what AssemblyScript makes of it.

import { main as asc } from "assemblyscript/asc";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { abortCallers } from "../../tools/gate.mjs";
import type { MarkdownBlock } from "../../tools/docs/markdown.mjs";
import { ROOT } from "./modules.ts";

/** A file that a guide tells its reader to write. */
export interface GuideFile {
  readonly path: string;
  readonly text: string;
}

/** The file that a block is, by the path in its first line; undefined for any other block. */
export function fileOf({ language, text }: MarkdownBlock): GuideFile | undefined {
  const path = /^(?:\/\/|<!--) (\S+\.(?:ts|md))(?: -->)?\n/.exec(text)?.[1];
  return path === undefined || language === "sh" ? undefined : { path, text };
}

/** What a module compiled as for the gate is like. */
export interface Verdict {
  /** The compiler's errors, "" when there is none. */
  readonly errors: string;
  /** What it imports beyond abort and the proxy's functions. */
  readonly imports: readonly string[];
  /** Functions that can abort. */
  readonly traps: readonly string[];
}

/** Compiles sources (by name; `entry.ts` is the entry) as the gate does; `heirloom/…` is the SDK. */
export async function compile(sources: ReadonlyMap<string, string>): Promise<Verdict> {
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const options = ["--runtime", "minimal", "--exportStart", "_initialize", "--enable", "simd", "--debug"];
  const { error, stderr } = await asc(["entry.ts", ...options, "--outFile", "out.wasm"], {
    readFile: (name) => sources.get(name) ?? sdkFile(name),
    writeFile: (name, contents) => {
      if (name === "out.wasm" && typeof contents !== "string") binary = new Uint8Array(contents);
    },
    listFiles: () => [],
  });
  if (error !== null || binary === undefined)
    return { errors: stderr.toString() || String(error), imports: [], traps: [] };
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(binary));
  const names = imports.map(({ module, name }) => `${module}.${name}`);
  return {
    errors: "",
    imports: names.filter((name) => name !== "env.abort" && !/^(?:env\.proxy_|wasi_)/.test(name)),
    traps: [...abortCallers(binary).keys()],
  };
}

/** A source of the SDK as a package would have it. */
function sdkFile(name: string): string | null {
  const path = /node_modules\/heirloom\/(.*)$/.exec(name)?.[1];
  if (path === undefined || !existsSync(join(ROOT, path))) return null;
  return readFileSync(join(ROOT, path), "utf8");
}

/**
 * A module of a fragment: with the imports that it needs, and everything in it exported in a form that makes the compiler
 * look at all of it (it only compiles what is reached).
 */
export function moduleOf(fragment: string, exported: readonly string[]): string {
  const used = exported.filter((name) => new RegExp(`\\b${name}\\b`).test(fragment));
  const file = ts.createSourceFile("fragment.ts", fragment, ts.ScriptTarget.Latest, true);
  const reached = file.statements.flatMap((statement) => {
    if (ts.isFunctionDeclaration(statement)) return [`export { ${statement.name?.text ?? ""} };`];
    return ts.isClassDeclaration(statement) ? reachingAll(statement) : [];
  });
  return `import { ${used.join(", ")} } from "heirloom/assembly";\n${fragment}\n${reached.join("\n")}\n`;
}

/** Functions that call each public method of a class, and make one. */
function reachingAll(node: ts.ClassDeclaration): string[] {
  const name = node.name?.text ?? "";
  return node.members.flatMap((member, i) => {
    if (ts.isConstructorDeclaration(member)) {
      const { typed, given } = parametersOf(member);
      return [`export function make_${name}(${typed.join(", ")}): ${name} { return new ${name}(${given}); }`];
    }
    const isPrivate = ts.canHaveModifiers(member) && ts.getModifiers(member)?.some(isHidden);
    if (!ts.isMethodDeclaration(member) || isPrivate) return [];
    const { typed, given } = parametersOf(member);
    const type = member.type?.getText() ?? "void";
    const call = `self.${member.name.getText()}(${given})`;
    return [
      `export function call_${name}_${i}(${[`self: ${name}`, ...typed].join(", ")}): ${type} { return ${call}; }`,
    ];
  });
}

function isHidden({ kind }: ts.Modifier): boolean {
  return kind === ts.SyntaxKind.PrivateKeyword || kind === ts.SyntaxKind.ProtectedKeyword;
}

function parametersOf(node: ts.ConstructorDeclaration | ts.MethodDeclaration) {
  const names = node.parameters.map(({ name }) => name.getText());
  const typed = node.parameters.map(({ name, type }) => `${name.getText()}: ${type?.getText() ?? ""}`);
  return { typed, given: names.join(", ") };
}
