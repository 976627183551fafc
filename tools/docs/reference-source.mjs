// The AssemblyScript sources, read by TypeScript's parser: what an entry exports, and what is public of it.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";

/** Begins the comment of what is there for others than authors. */
const INTERNAL = /^For (?:the runtime|the proxy|a chain|`\w+(?:\.\w+)?`)(?![\w`])/;

const files = new Map();

function fileAt(path) {
  const known = files.get(path);
  if (known !== undefined) return known;
  const text = readFileSync(path, "utf8");
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  files.set(path, file);
  return file;
}

/** The exported names of an entry, by the comment that stands alone above them; "" without one. */
export function sectionsOf(path) {
  const sections = [{ heading: "", names: [] }];
  const file = fileAt(path);
  for (const statement of file.statements) {
    if (!ts.isExportDeclaration(statement) || !ts.isNamedExports(statement.exportClause)) continue;
    const heading = headingOf(file, statement);
    if (heading !== undefined) sections.push({ heading, names: [] });
    sections.at(-1).names.push(...statement.exportClause.elements.map(({ name }) => name.text));
  }
  return sections.filter(({ names }) => names.length > 0);
}

/** The last line comment above a statement that is not the first of its file. */
function headingOf(file, statement) {
  const ranges = ts.getLeadingCommentRanges(file.text, statement.getFullStart()) ?? [];
  const last = ranges.at(-1);
  const isFirst = statement === file.statements[0] && ranges.length < 2;
  return last === undefined || isFirst ? undefined : file.text.slice(last.pos + 2, last.end).trim();
}

/** One exported name: what it is, and its public members. What lacks a comment is added to `problems`. */
export function entryOf(entryPath, name, problems) {
  const [path, node] = declarationOf(entryPath, name);
  const doc = docOf(node);
  if (doc === "") problems.push(`${path}: ${name} has no doc comment`);
  const entry = { name, path, doc, bases: [], members: [], declaration: declarationText(node, name) };
  if (ts.isEnumDeclaration(node)) entry.members = node.members.map(enumMember);
  if (ts.isClassDeclaration(node)) {
    entry.bases = basesOf(path, node).map(([, base]) => base.name.text);
    entry.members = membersOf(path, node, problems);
  }
  return entry;
}

/** Where a name that a file exports or imports is declared: [path, node]. */
function declarationOf(path, name) {
  const file = fileAt(path);
  for (const statement of file.statements) {
    if (statement.name?.text === name) return [path, statement];
    if (ts.isVariableStatement(statement) && statement.declarationList.declarations[0].name.text === name)
      return [path, statement];
    const elements = namedElements(statement);
    if (elements?.some((element) => element.name.text === name))
      return declarationOf(`${join(dirname(path), statement.moduleSpecifier.text)}.ts`, name);
  }
  throw new Error(`${path}: nothing declares ${name}`);
}

function namedElements(statement) {
  if (ts.isImportDeclaration(statement)) return statement.importClause?.namedBindings?.elements;
  return ts.isExportDeclaration(statement) ? statement.exportClause?.elements : undefined;
}

/** The classes that a class is made of, the nearest first: [path, node] of each. */
function basesOf(path, node) {
  const base = node.heritageClauses?.[0]?.types[0]?.expression.getText();
  if (base === undefined || base === "Error") return [];
  const found = declarationOf(path, base);
  return [found, ...basesOf(...found)];
}

/** Public members, with those of base classes that are not exported themselves. */
function membersOf(path, node, problems) {
  const own = membersOfOne(path, node, node.name.text, problems);
  const bases = basesOf(path, node).filter(([file, base]) => !isPublic(base) && file !== undefined);
  return [...own, ...bases.flatMap(([file, base]) => membersOfOne(file, base, node.name.text, problems))];
}

const exported = new Set(
  ["assembly/index.ts", "assembly/testing/index.ts"].flatMap((path) =>
    sectionsOf(path).flatMap(({ names }) => names),
  ),
);

function isPublic(node) {
  return exported.has(node.name.text);
}

function membersOfOne(path, node, owner, problems) {
  const members = [];
  const add = (member, signature, isOptional) => {
    const doc = docOf(member);
    if (INTERNAL.test(doc) || (doc === "" && isOptional)) return;
    if (doc === "")
      problems.push(`${path}: ${owner}.${member.name?.text ?? "constructor"} has no doc comment`);
    members.push({ signature, doc, note: noteOf(member) });
  };
  for (const member of node.members) {
    if (has(member, ts.SyntaxKind.PrivateKeyword)) continue;
    if (ts.isConstructorDeclaration(member)) {
      add(member, `new ${owner}(${parameters(member)})`, true);
      for (const parameter of member.parameters) {
        const isField = parameter.modifiers !== undefined && !has(parameter, ts.SyntaxKind.PrivateKeyword);
        if (isField) add(parameter, field(parameter, owner), true);
      }
      continue;
    }
    const isProtected = has(member, ts.SyntaxKind.ProtectedKeyword);
    add(member, signatureOf(member, owner), isProtected || isOverride(path, node, member));
  }
  return members;
}

/** Whether a base class has the member, and so its meaning, already. */
function isOverride(path, node, member) {
  return basesOf(path, node).some(([, base]) =>
    base.members.some((one) => one.name?.getText() === member.name.getText()),
  );
}

function signatureOf(member, owner) {
  if (!ts.isMethodDeclaration(member)) return field(member, owner);
  const generic = member.typeParameters?.map((parameter) => parameter.getText()).join(", ");
  const name = `${prefix(member, owner)}${member.name.getText()}${generic ? `<${generic}>` : ""}`;
  return `${name}(${parameters(member)}): ${member.type?.getText() ?? "void"}`;
}

function field(member, owner) {
  return `${prefix(member, owner)}${member.name.getText()}: ${member.type?.getText() ?? ""}`;
}

/** What a signature does not say. */
function noteOf(member) {
  if (ts.isGetAccessorDeclaration(member) || has(member, ts.SyntaxKind.ReadonlyKeyword)) return "read only";
  if (has(member, ts.SyntaxKind.AbstractKeyword)) return "abstract";
  return has(member, ts.SyntaxKind.ProtectedKeyword) ? "for the class itself" : "";
}

function prefix(member, owner) {
  return has(member, ts.SyntaxKind.StaticKeyword) ? `${owner}.` : "";
}

/** Without the underscore of those that a default does not use. */
function parameters(member) {
  const texts = member.parameters.map((parameter) => {
    const name = parameter.name.getText().replace(/^_/, "");
    const otherwise = parameter.initializer === undefined ? "" : ` = ${valueOf(parameter.initializer)}`;
    return `${name}: ${parameter.type?.getText() ?? ""}${otherwise}`;
  });
  return texts.join(", ");
}

/** The text of a value; that of a constant of the same file in place of its name. */
function valueOf(expression) {
  const declarations = expression
    .getSourceFile()
    .statements.flatMap((one) => (ts.isVariableStatement(one) ? one.declarationList.declarations : []));
  const constant = declarations.find(({ name }) => name.text === expression.getText());
  return (constant?.initializer ?? expression).getText();
}

function enumMember(member) {
  return { signature: member.name.getText(), doc: docOf(member), note: "" };
}

function declarationText(node, name) {
  if (ts.isEnumDeclaration(node)) return `enum ${name}`;
  if (ts.isFunctionDeclaration(node))
    return `function ${name}(${parameters(node)}): ${node.type?.getText() ?? "void"}`;
  if (ts.isVariableStatement(node)) {
    const [{ type, initializer }] = node.declarationList.declarations;
    return `const ${name}: ${type?.getText() ?? ""} = ${initializer?.getText() ?? ""}`;
  }
  const words = ["abstract"].filter(() => has(node, ts.SyntaxKind.AbstractKeyword));
  const generic = node.typeParameters?.map((parameter) => parameter.getText()).join(", ");
  return [...words, "class", generic ? `${name}<${generic}>` : name].join(" ");
}

function has(node, kind) {
  return node.modifiers?.some((modifier) => modifier.kind === kind) ?? false;
}

/** The text of the last doc comment in front of a node, its lines joined; paragraphs stay apart. */
function docOf(node) {
  const text = node.getSourceFile().text;
  const ranges = ts.getLeadingCommentRanges(text, node.getFullStart()) ?? [];
  const comments = ranges.map(({ pos, end }) => text.slice(pos, end)).filter((one) => one.startsWith("/**"));
  const lines = (comments.at(-1) ?? "").replace(/^\/\*\*|\*\/$/g, "").split("\n");
  return lines
    .map((line) => line.replace(/^\s*\*? ?/, "").trimEnd())
    .join("\n")
    .trim()
    .replace(/(?<!\n)\n(?!\n)/g, " ");
}
