// docs/sdk-reference.md: what the SDK exports, from the doc comments of its sources.
//   node tools/docs/reference-sdk.mjs --write     writes the page; without it, says what is wrong with it
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { format } from "prettier";
import { entryOf, sectionsOf } from "./reference-source.mjs";

export const PAGE = "docs/sdk-reference.md";

/** The two entries that authors import, and what the page says of each. */
const ENTRIES = [
  {
    path: "assembly/index.ts",
    title: "Filters",
    about: "Exported by `assembly`: what ships in a module.",
  },
  {
    path: "assembly/testing/index.ts",
    title: "Unit specs",
    about: "Exported by `assembly/testing`: fakes for unit specs. Nothing that ships imports them.",
  },
];

const HEAD = `# SDK reference

<!-- Made of the doc comments in assembly/ by \`node tools/docs/reference-sdk.mjs --write\`: change those. -->

Every public class with what its members mean, their units, errors, and when they are legal. [sdk.md](sdk.md) is the guide.

- Signatures are AssemblyScript: \`i32\`, \`u32\`, \`i64\`, \`u64\` are whole numbers with and without a sign, \`bool\` is
  \`true\` or \`false\`, \`Slice | null\` may be \`null\`.
- What is \`static\` is written with its class. _Abstract_: a class that extends it has to have it. _For the class itself_: can be
  called by it and nobody else.
- Members that only the runtime uses are left out.
`;

/** The page as the sources have it, and what they lack: [text, problems]. */
export async function referencePage() {
  const problems = [];
  const parts = ENTRIES.map(({ path, title, about }) => {
    const sections = sectionsOf(path).map(({ heading, names }) => {
      const entries = names.map((name) => entryOf(path, name, problems));
      return { heading: heading === "" ? title : heading, entries };
    });
    return { title, about, sections };
  });
  const known = new Set(parts.flatMap(({ sections }) => sections.flatMap(({ entries }) => names(entries))));
  const text = [HEAD, contents(parts), ...parts.map((part) => partText(part, known))].join("\n");
  return [await format(text, { parser: "markdown", printWidth: 110 }), problems];
}

/** What is wrong with the page and with the comments it is made of. */
export async function referenceProblems() {
  const [text, problems] = await referencePage();
  const isCurrent = existsSync(PAGE) && readFileSync(PAGE, "utf8") === text;
  const stale = "is not what the sources say: node tools/docs/reference-sdk.mjs --write";
  return isCurrent ? problems : [...problems, stale];
}

function names(entries) {
  return entries.map(({ name }) => name);
}

function contents(parts) {
  const lines = parts.flatMap(({ title, sections }) => [
    `**${title}**\n`,
    ...sections.map(({ heading, entries }) => {
      const links = entries.map(({ name }) => `[${name}](#${name.toLowerCase()})`);
      return `- ${heading}: ${links.join(" · ")}`;
    }),
    "",
  ]);
  return lines.join("\n");
}

function partText({ title, about, sections }, known) {
  const texts = sections.map(({ heading, entries }) => {
    const isOnly = heading === title;
    return [isOnly ? "" : `## ${heading}\n`, ...entries.map((entry) => entryText(entry, known))].join("\n");
  });
  const head = sections.length === 1 && sections[0].heading === title ? `## ${title}\n\n${about}\n` : "";
  return [head, ...texts].join("\n");
}

function entryText({ name, declaration, doc, bases, path, members }, known) {
  const extended = bases.filter((base) => known.has(base)).map((base) => `[${base}](#${base.toLowerCase()})`);
  const more = extended.length > 0 ? `; has all that ${extended.join(" and ")} has` : "";
  const lines = [`### ${name}`, "", `\`${declaration}\` in [${path}](../${path})${more}.`, "", doc, ""];
  if (members.length > 0) {
    if (members.every(({ doc }) => doc === ""))
      lines.push(members.map(({ signature }) => `\`${signature}\``).join(" · "));
    else lines.push(...members.map(memberText));
    lines.push("");
  }
  return lines.join("\n");
}

function memberText({ signature, note, doc }) {
  const head = note === "" ? `- \`${signature}\`` : `- \`${signature}\` (${note})`;
  return doc === "" ? head : `${head}  \n  ${doc.replaceAll("\n", "\n  ")}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [text, problems] = await referencePage();
  for (const problem of problems) console.error(problem);
  if (process.argv.includes("--write")) writeFileSync(PAGE, text);
  else
    for (const problem of await referenceProblems()) if (!problems.includes(problem)) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
