// Whether the documentation says what is so: metrics, labels, configuration and anomalies of docs/smtp.md against the
// module and its schema, in both directions; and links, commands and metric names of all Markdown files.
//   node tools/docs-check.mjs     needs `npm run build`
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { main as heirloom } from "../dist/host/cli/program.js";
import { smtpCatalogue } from "./docs/catalogue.mjs";
import {
  anchorsOf,
  codeWords,
  linksOf,
  markdownFiles,
  plain,
  readMarkdown,
  tablesOf,
} from "./docs/markdown.mjs";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

const REFERENCE = "docs/smtp.md";
const SCHEMA = "filters/smtp/config.schema.json";
/** Labels that every metric has, whoever defines it. */
const COMMON_LABELS = new Set(["stat_prefix", "le"]);
const SERIES_SUFFIX = /_(?:bucket|sum|count)$/;

const counts = { passed: 0, failed: 0 };

/** One check: passed when there is no problem. */
function check(what, problems) {
  counts[problems.length === 0 ? "passed" : "failed"]++;
  for (const problem of problems) console.error(`${what}: ${problem}`);
}

const pages = new Map(markdownFiles().map((path) => [path, readMarkdown(path)]));
const reference = pages.get(REFERENCE);
const catalogue = await smtpCatalogue();

checkMetrics();
checkValueTables();
checkConfiguration();
for (const page of pages.values()) {
  check(page.path, [...brokenLinks(page), ...unknownSeries(page), ...(await unknownCommands(page))]);
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;

/** Every metric of the module has its row, every row its metric, and they agree. */
function checkMetrics() {
  const rows = new Map(
    tablesOf(reference, "metrics")
      .flat()
      .map((row) => [plain(row.Metric), row]),
  );
  const values = labelRows();
  for (const [name, metric] of catalogue) {
    const row = rows.get(name);
    check(
      `${REFERENCE}: ${name}`,
      row === undefined ? ["has no row"] : differences(name, metric, row, values),
    );
  }
  const unknown = [...rows.keys()].filter((name) => !catalogue.has(name));
  check(
    `${REFERENCE}: metrics`,
    unknown.map((name) => `${name} is no metric of the module`),
  );
  check(`${REFERENCE}: labels`, strayLabelRows(values));
}

function differences(name, metric, row, values) {
  const problems = [];
  const expect = (what, said, is) => said !== is && problems.push(`${what} is ${is}, not ${said}`);
  expect("type", row.Type, metric.type);
  expect("level", plain(row.Level), metric.level);
  expect("labels", codeWords(row.Labels).join(" "), [...metric.labels.keys()].join(" "));
  for (const [label, found] of metric.labels) {
    const said = valuesFor(name, label, values);
    expect(`values of ${label}`, [...said].sort().join(" "), [...found].sort().join(" "));
  }
  if (row.Meaning.length === 0) problems.push("has no meaning");
  if (!seriesIn(row.PromQL).some(({ metric: used }) => used === name))
    problems.push("has no example that uses it");
  return problems;
}

/** Rows of the label table: label, the metrics that are named, the values. */
function labelRows() {
  const [rows = []] = tablesOf(reference, "labels");
  return rows.map((row) => ({ label: plain(row.Label), metrics: codeWords(row.Of), cell: row.Values }));
}

function valuesFor(name, label, rows) {
  const row =
    rows.find((one) => one.label === label && one.metrics.includes(name)) ??
    rows.find((one) => one.label === label && one.metrics.length === 0);
  return row === undefined ? new Set() : expand(row, rows);
}

function expand({ label, cell }, rows) {
  if (cell.includes("(#anomalies)"))
    return new Set(valueRows("smtp_anomalies_total kind").map(([value]) => value));
  const words = codeWords(cell.replace(/\([^)]*\)/g, "").replace(/:.*$/, ""));
  const ranges = [...cell.matchAll(/`(\d+)_(\d+)`(?:–`\d+_(\d+)`)?/g)];
  if (ranges.length > 0) return statuses(words, ranges);
  const borrowed = words.filter((word) => catalogue.has(word));
  const values = new Set(words.filter((word) => !catalogue.has(word)));
  for (const metric of borrowed) for (const value of valuesFor(metric, label, rows)) values.add(value);
  return values;
}

/** `2_` `4_` followed by `1_0`–`1_10` … */
function statuses(words, ranges) {
  const digits = words.filter((word) => /^\d_$/.test(word));
  const values = new Set(words.filter((word) => /^[a-z]+$/.test(word)));
  for (const [, subject, first, last = first] of ranges) {
    for (let detail = Number(first); detail <= Number(last); detail++) {
      for (const digit of digits) values.add(`${digit}${subject}_${detail}`);
    }
  }
  return values;
}

function strayLabelRows(rows) {
  const labels = new Set([...catalogue.values()].flatMap((metric) => [...metric.labels.keys()]));
  return rows.flatMap(({ label, metrics }) => [
    ...(labels.has(label) ? [] : [`no metric has the label ${label}`]),
    ...metrics
      .filter((name) => !catalogue.get(name)?.labels.has(label))
      .map((name) => `${name} has no label ${label}`),
  ]);
}

/** Tables that explain the values of one label explain all of them, and no others. */
function checkValueTables() {
  for (const line of reference.prose) {
    const topic = /^<!-- docs-check: values (.*) -->$/.exec(line)?.[1];
    if (topic === undefined) continue;
    const [metric, label] = topic.split(" ");
    const real = [...(catalogue.get(metric)?.labels.get(label) ?? [])];
    const said = valueRows(topic).map(([value]) => value);
    check(`${REFERENCE}: ${label} of ${metric}`, [
      ...real.filter((value) => !said.includes(value)).map((value) => `${value} is not explained`),
      ...said.filter((value) => !real.includes(value)).map((value) => `${value} is no value`),
      ...said.filter((value, i) => said.indexOf(value) !== i).map((value) => `${value} is there twice`),
      ...valueRows(topic).flatMap(([value, row]) => (row.includes("") ? [`${value} has an empty cell`] : [])),
    ]);
  }
}

/** [value, cells] of a table of values: the value is in the column that is titled in code. */
function valueRows(topic) {
  const [, label] = topic.split(" ");
  return (tablesOf(reference, `values ${topic}`)[0] ?? []).map((row) => [
    plain(row[label] ?? ""),
    Object.values(row),
  ]);
}

/** The configuration table against the schema. */
function checkConfiguration() {
  const schema = JSON.parse(readFileSync(SCHEMA, "utf8"));
  const real = new Map(leaves(schema, schema, ""));
  const rows = new Map((tablesOf(reference, "configuration")[0] ?? []).map((row) => [plain(row.Key), row]));
  const unknown = [...rows.keys()].filter((key) => !real.has(key));
  check(
    `${REFERENCE}: configuration`,
    unknown.map((key) => `${key} is no key`),
  );
  for (const [key, leaf] of real) {
    const row = rows.get(key);
    const said =
      row && [row.Type, row.Default, row.Range].map((cell) => plain(cell).replaceAll(",", "")).join("; ");
    const is = [leaf.type, leaf.default ?? "–", leaf.range].join("; ").replaceAll(",", "");
    check(`${REFERENCE}: ${key}`, said === is ? [] : [`type, default and range are ${is}, not ${said}`]);
  }
}

/** [dotted key, what the table has to say]; the verbs of slow_commands_ms together as `<verb>`. */
function leaves(node, schema, path) {
  return Object.entries(node.properties).flatMap(([key, value]) => {
    const of = { ...value, ...schema.$defs?.[value.$ref?.replace("#/$defs/", "")] };
    const name = path === "slow_commands_ms." && key !== "default" ? "<verb>" : key;
    if (of.properties !== undefined) return leaves(of, schema, `${path}${key}.`);
    const range = of.enum?.join(" ") ?? of.pattern ?? rangeOf(of);
    return [[`${path}${name}`, { type: of.type ?? "string", default: of.default, range }]];
  });
}

function rangeOf({ type, minimum, maximum, minLength = 0, maxLength }) {
  if (type === "boolean") return "true false";
  return type === "string" ? `${minLength}–${maxLength} bytes` : `${minimum}–${maximum}`;
}

function brokenLinks(page) {
  return linksOf(page).flatMap((target) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [file = "", anchor] = target.split("#");
    const path = file === "" ? page.path : normalize(join(dirname(page.path), file)).replaceAll("\\", "/");
    if (!existsSync(path)) return [`${target}: no such file`];
    const there = pages.get(path.replace(/\/$/, ""));
    const isAnchor = anchor === undefined || there === undefined || anchorsOf(there).includes(anchor);
    return isAnchor ? [] : [`${target}: no such heading`];
  });
}

/** Series of the filter that PromQL or prose speaks of, and the labels it selects by. */
function seriesIn(text) {
  return [...text.matchAll(/\b(smtp_[a-z0-9_]+)(?:\{([^}]*)\})?/g)].map(([, name, selectors = ""]) => {
    const metric = catalogue.has(name) ? name : name.replace(SERIES_SUFFIX, "");
    const labels = [...selectors.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)];
    return { name, metric, labels: labels.map(([, label, operator, value]) => ({ label, operator, value })) };
  });
}

function unknownSeries({ path, prose, blocks }) {
  if (path.startsWith("tests/")) return [];
  const promql = blocks.filter(({ language }) => !/^[jt]s/.test(language)).flatMap(({ lines }) => lines);
  const text = [...prose.map((line) => [...line.matchAll(/`[^`]*`/g)].join(" ")), ...promql].join("\n");
  return seriesIn(text).flatMap(({ name, metric, labels }) => {
    const known = catalogue.get(metric);
    if (known === undefined) return [`${name} is no metric`];
    return labels.flatMap(({ label, operator, value }) => {
      if (COMMON_LABELS.has(label)) return [];
      const values = known.labels.get(label);
      if (values === undefined) return [`${name} has no label ${label}`];
      const pattern = new RegExp(`^(?:${value})$`);
      const matches = operator.endsWith("~")
        ? [...values].some((one) => pattern.test(one))
        : values.has(value);
      return matches ? [] : [`${name}: no value of ${label} fits "${value}"`];
    });
  });
}

/** Commands in `sh` blocks, and behind `$ ` in `console` blocks, that the project does not have. */
async function unknownCommands({ blocks }) {
  const commands = blocks.flatMap(({ language, lines }) => {
    if (language === "sh") return lines.filter((line) => line !== "" && !line.startsWith("#"));
    return language === "console"
      ? lines.filter((line) => line.startsWith("$ ")).map((line) => line.slice(2))
      : [];
  });
  const problems = [];
  for (const command of commands.flatMap((line) => line.split(/\s*(?:&&|\|)\s*/))) {
    const problem = await problemOf(command);
    if (problem !== undefined) problems.push(`"${command}": ${problem}`);
  }
  return problems;
}

async function problemOf(command) {
  const [tool, verb = "", ...words] = command.split(/\s+/);
  if (tool === "npm" || tool === "npx") return npmProblem(tool, verb, words);
  if (tool === "node" && !verb.startsWith("-") && !existsSync(verb)) return `no file ${verb}`;
  if (tool === "envoy") return missing(command, /-c (\S+)/);
  if (tool === "docker") return missing("-f docker-compose.yaml", /-f (\S+)/);
  return undefined;
}

function missing(text, pattern) {
  const file = pattern.exec(text)?.[1];
  return file === undefined || file.startsWith("/") || existsSync(file) ? undefined : `no file ${file}`;
}

async function npmProblem(tool, verb, words) {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
  if (tool === "npx") return verb === "heirloom" ? heirloomProblem(words) : `nothing is known of ${verb}`;
  if (verb === "ci") return undefined;
  const script = verb === "run" ? words[0] : verb;
  return scripts[script] === undefined ? `no script ${script}` : undefined;
}

/** Whether the command line knows the command and each of its options. */
async function heirloomProblem([command, ...words]) {
  let help = "";
  const write = process.stdout.write;
  process.stdout.write = (text) => ((help += text), true);
  const code = await heirloom([command, "--help"]).finally(() => (process.stdout.write = write));
  if (code !== 0 || !help.includes(`Usage: heirloom ${command}`)) return `heirloom has no command ${command}`;
  const unknown = words.filter((word) => word.startsWith("--") && !help.includes(`${word} `));
  return unknown.length === 0 ? undefined : `heirloom ${command} has no option ${unknown.join(", ")}`;
}
