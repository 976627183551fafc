// Coverage of the unit specs. As a preload of as-pect it writes what as-covers saw to $UNIT_COVERAGE_FILE; as a module
// it adds such files up. as-covers knows where functions, blocks and branch expressions begin, and which of them ran.
// A line counts as covered when everything that begins on it ran.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** Where at least THRESHOLD percent of the lines must be covered; the first group names what is added up. */
const GATED = /^(assembly\/(?:config|bytes)|filters\/[^/]+\/(?:wire|session))/;
const THRESHOLD = 95;

/** A body of a function or method: what as-covers would count. */
const HAS_BODY = /\)\s*(:\s*[\w\s|<>[\]]+)?\{/;

if (process.env.UNIT_COVERAGE_FILE) {
  const { Covers } = await import("@as-covers/glue");
  Covers.prototype.stringify = function () {
    const points = [...this.coverPoints.values()].map(({ file, line, col, type, covered }) => ({
      file,
      line,
      col,
      type,
      covered,
    }));
    writeFileSync(process.env.UNIT_COVERAGE_FILE, JSON.stringify(points));
    return "";
  };
}

/** The table as text, and how many of the gated folders hold the threshold. */
export function coverageReport(runs) {
  const files = collect(runs.flat());
  const rows = [...files].map(([file, points]) => measure(file, points));
  const folders = new Map();
  for (const { file, lines } of rows) {
    const name = GATED.exec(file)?.[1];
    if (name === undefined) continue;
    const sum = folders.get(name) ?? { part: 0, whole: 0 };
    folders.set(name, { part: sum.part + lines.part, whole: sum.whole + lines.whole });
  }
  const gates = [...folders].map(([name, { part, whole }]) => ({ name, lines: share(part, whole) }));
  const low = gates.filter(({ lines }) => lines.percent < THRESHOLD);
  const missing = sources().filter((file) => GATED.test(file) && !files.has(file) && hasCode(file));
  const text = [
    table(rows),
    ...gates.map(({ name, lines }) => `${name}: ${format(lines)} of lines, at least ${THRESHOLD} % wanted`),
    ...missing.map((file) => `${file}: reached by no spec`),
  ].join("\n");
  return { text, passed: gates.length - low.length, failed: low.length + missing.length };
}

/** file → point → whether it ran in any of the runs. */
function collect(points) {
  const files = new Map();
  for (const { file, line, col, type, covered } of points) {
    if (file.includes("__tests__") || file.startsWith("assembly/testing/")) continue;
    if (!files.has(file)) files.set(file, new Map());
    const key = `${line}:${col}:${type}`;
    const known = files.get(file).get(key);
    files.get(file).set(key, { line, covered: covered || known?.covered === true });
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function measure(file, points) {
  const lines = new Map();
  for (const { line, covered } of points.values()) lines.set(line, covered && lines.get(line) !== false);
  const all = [...points.values()];
  return {
    file,
    lines: share([...lines.values()].filter(Boolean).length, lines.size),
    points: share(all.filter(({ covered }) => covered).length, all.length),
    open: [...lines]
      .filter(([, covered]) => !covered)
      .map(([line]) => line)
      .sort((a, b) => a - b),
  };
}

function share(part, whole) {
  return { part, whole, percent: whole === 0 ? 100 : (part / whole) * 100 };
}

function format({ percent }) {
  return `${percent.toFixed(1)} %`;
}

function table(rows) {
  const width = Math.max(...rows.map(({ file }) => file.length), 4);
  const line = (file, lines, points, open) =>
    `${file.padEnd(width)}  ${lines.padStart(8)}  ${points.padStart(8)}  ${open}`.trimEnd();
  return [
    line("file", "lines", "points", "uncovered lines"),
    ...rows.map(({ file, lines, points, open }) => line(file, format(lines), format(points), open.join(" "))),
  ].join("\n");
}

function sources() {
  return ["assembly", "filters"].flatMap((top) =>
    readdirSync(top, { recursive: true })
      .map((path) => `${top}/${path.replaceAll("\\", "/")}`)
      .filter((path) => path.endsWith(".ts") && !path.includes("__tests__")),
  );
}

function hasCode(file) {
  return HAS_BODY.test(readFileSync(file, "utf8"));
}
