// Markdown as far as the checks need it: tables, links, headings, code blocks.
import { readdirSync, readFileSync } from "node:fs";

const SKIPPED = new Set(["node_modules", "build", "dist", "coverage"]);

/** Every Markdown file of the project, by its path from the top. */
export function markdownFiles() {
  return walk(".").sort();
}

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = folder === "." ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return SKIPPED.has(entry.name) || entry.name.startsWith(".") ? [] : walk(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

/** One file, taken apart. `text`: what it says, if it is not what lies there. */
export function readMarkdown(path, text = readFileSync(path, "utf8")) {
  const blocks = [];
  const prose = [];
  let block;
  let end = 0;
  for (const line of text.split("\n")) {
    const fence = /^\s*(`{3,}|~{3,})\s*(.*)$/.exec(line);
    if (block === undefined && fence !== null)
      block = {
        fence: fence[1],
        language: fence[2].trim(),
        mark: markIn(prose.slice(end)),
        lines: [],
        text: "",
      };
    else if (block !== undefined && fence?.[1].startsWith(block.fence) && fence[2] === "") {
      blocks.push(block);
      block = undefined;
      end = prose.length;
    } else if (block === undefined) prose.push(line);
    else {
      block.lines.push(line.trim());
      block.text += `${line}\n`;
    }
    if (block !== undefined || fence !== null) prose.push("");
  }
  return { path, blocks, prose };
}

/** TOPIC of a `<!-- docs-check: TOPIC -->` that comes last in the prose, "" without one. */
function markIn(prose) {
  const above = prose.findLast((line) => line !== "") ?? "";
  return /^<!-- docs-check: (.*) -->$/.exec(above)?.[1] ?? "";
}

/** Targets of all inline links and images outside code. */
export function linksOf({ prose }) {
  const text = prose.join("\n").replace(/`[^`]*`/g, "");
  return [...text.matchAll(/\]\(([^()\s]+)(?:\s+"[^"]*")?\)/g)].map(([, target]) => target);
}

/** What headings can be linked by, as GitHub makes it of their text. */
export function anchorsOf({ prose }) {
  const seen = new Map();
  return prose.flatMap((line) => {
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1];
    if (heading === undefined) return [];
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .replace(/<[^>]*>/g, "")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, "")
      .replaceAll(" ", "-");
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return [times === 0 ? slug : `${slug}-${times}`];
  });
}

/** Rows (as objects by column title) of every table behind `<!-- docs-check: TOPIC -->`. */
export function tablesOf({ prose }, topic) {
  return prose.flatMap((line, i) => {
    if (line !== `<!-- docs-check: ${topic} -->`) return [];
    const from = prose.findIndex((other, j) => j > i && other.startsWith("|"));
    const length = prose.slice(from).findIndex((other) => !other.startsWith("|"));
    const [titles = [], , ...rows] = prose.slice(from, from + length).map(cells);
    return [rows.map((row) => Object.fromEntries(titles.map((title, k) => [plain(title), row[k] ?? ""])))];
  });
}

function cells(line) {
  return line
    .replace(/^\||\|\s*$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

/** The text without the marks of code. */
export function plain(cell) {
  return cell.replaceAll("`", "").trim();
}

/** The words inside code spans. */
export function codeWords(cell) {
  return [...cell.matchAll(/`([^`]*)`/g)]
    .flatMap(([, code]) => code.split(/\s+/))
    .filter((word) => word !== "");
}
