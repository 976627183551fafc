// One filter's reference page against its module and its schema, in both directions.
import { readFileSync } from "node:fs";
import { codeWords, plain, tablesOf } from "./markdown.mjs";
import { seriesIn } from "./series.mjs";

/** The checks of a page: [what is checked, its problems]. `catalogue`: what the filter really defines. */
export function checksOfReference(filter, page, catalogue) {
  const reference = { filter, page, catalogue };
  return [...metricChecks(reference), ...valueChecks(reference), ...configurationChecks(reference)];
}

/** Every metric of the module has its row, every row its metric, and they agree. */
function metricChecks(reference) {
  const { page, catalogue } = reference;
  const rows = new Map(
    tablesOf(page, "metrics")
      .flat()
      .map((row) => [plain(row.Metric), row]),
  );
  const labels = labelRows(page);
  const unknown = [...rows.keys()].filter((name) => !catalogue.has(name));
  return [
    ...[...catalogue].map(([name, metric]) => {
      const row = rows.get(name);
      const problems = row === undefined ? ["has no row"] : differences(reference, name, metric, row, labels);
      return [`${page.path}: ${name}`, problems];
    }),
    [`${page.path}: metrics`, unknown.map((name) => `${name} is no metric of the module`)],
    [`${page.path}: labels`, strayLabelRows(catalogue, labels)],
  ];
}

function differences(reference, name, metric, row, labels) {
  const problems = [];
  const expect = (what, said, is) => said !== is && problems.push(`${what} is ${is}, not ${said}`);
  expect("type", row.Type, metric.type);
  expect("level", plain(row.Level), metric.level);
  expect("labels", codeWords(row.Labels).join(" "), [...metric.labels.keys()].join(" "));
  for (const [label, found] of metric.labels) {
    const said = valuesFor(reference, name, label, labels);
    expect(`values of ${label}`, [...said].sort().join(" "), [...found].sort().join(" "));
  }
  if (row.Meaning.length === 0) problems.push("has no meaning");
  if (!seriesIn(row.PromQL, reference.catalogue).some(({ metric: used }) => used === name))
    problems.push("has no example that uses it");
  return problems;
}

/** Rows of the label table: label, the metrics that are named, the values. */
function labelRows(page) {
  const [rows = []] = tablesOf(page, "labels");
  return rows.map((row) => ({ label: plain(row.Label), metrics: codeWords(row.Of), cell: row.Values }));
}

function valuesFor(reference, name, label, rows) {
  const row =
    rows.find((one) => one.label === label && one.metrics.includes(name)) ??
    rows.find((one) => one.label === label && one.metrics.length === 0);
  return row === undefined ? new Set() : expand(reference, row, rows);
}

function expand(reference, { label, cell }, rows) {
  const { filter, page, catalogue } = reference;
  if (cell.includes("(#anomalies)"))
    return new Set(valueRows(page, `${filter.name}_anomalies_total kind`).map(([value]) => value));
  const words = codeWords(cell.replace(/\([^)]*\)/g, "").replace(/:.*$/, ""));
  const ranges = [...cell.matchAll(/`(\d+)_(\d+)`(?:–`\d+_(\d+)`)?/g)];
  if (ranges.length > 0) return statuses(words, ranges);
  const borrowed = words.filter((word) => catalogue.has(word));
  const values = new Set(words.filter((word) => !catalogue.has(word)));
  for (const metric of borrowed)
    for (const value of valuesFor(reference, metric, label, rows)) values.add(value);
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

function strayLabelRows(catalogue, rows) {
  const labels = new Set([...catalogue.values()].flatMap((metric) => [...metric.labels.keys()]));
  return rows.flatMap(({ label, metrics }) => [
    ...(labels.has(label) ? [] : [`no metric has the label ${label}`]),
    ...metrics
      .filter((name) => !catalogue.get(name)?.labels.has(label))
      .map((name) => `${name} has no label ${label}`),
  ]);
}

/** Tables that explain the values of one label explain all of them, and no others; anomalies and limits have one. */
function valueChecks({ filter, page, catalogue }) {
  const topics = page.prose.flatMap((line) => /^<!-- docs-check: values (.*) -->$/.exec(line)?.[1] ?? []);
  const wanted = [`${filter.name}_anomalies_total kind`, `${filter.name}_limits_reached_total cap`];
  const missing = wanted.filter((topic) => !topics.includes(topic));
  return [
    [`${page.path}: tables of values`, missing.map((topic) => `there is none of ${topic}`)],
    ...topics.map((topic) => {
      const [metric, label] = topic.split(" ");
      const real = [...(catalogue.get(metric)?.labels.get(label) ?? [])];
      return [`${page.path}: ${label} of ${metric}`, valueProblems(real, valueRows(page, topic))];
    }),
  ];
}

function valueProblems(real, rows) {
  const said = rows.map(([value]) => value);
  return [
    ...real.filter((value) => !said.includes(value)).map((value) => `${value} is not explained`),
    ...said.filter((value) => !real.includes(value)).map((value) => `${value} is no value`),
    ...said.filter((value, i) => said.indexOf(value) !== i).map((value) => `${value} is there twice`),
    ...rows.flatMap(([value, cells]) => (cells.includes("") ? [`${value} has an empty cell`] : [])),
  ];
}

/** [value, cells] of a table of values: the value is in the column that is titled in code. */
function valueRows(page, topic) {
  const [, label] = topic.split(" ");
  return (tablesOf(page, `values ${topic}`)[0] ?? []).map((row) => [
    plain(row[label] ?? ""),
    Object.values(row),
  ]);
}

/** The configuration table against the schema. */
function configurationChecks({ filter, page }) {
  const schema = JSON.parse(readFileSync(`filters/${filter.name}/config.schema.json`, "utf8"));
  const real = new Map(leaves(filter.thresholds, schema, schema, ""));
  const rows = new Map((tablesOf(page, "configuration")[0] ?? []).map((row) => [plain(row.Key), row]));
  const unknown = [...rows.keys()].filter((key) => !real.has(key));
  return [
    [`${page.path}: configuration`, unknown.map((key) => `${key} is no key`)],
    ...[...real].map(([key, leaf]) => {
      const row = rows.get(key);
      const said =
        row && [row.Type, row.Default, row.Range].map((cell) => plain(cell).replaceAll(",", "")).join("; ");
      const is = [leaf.type, leaf.default ?? "–", leaf.range].join("; ").replaceAll(",", "");
      const problems = said === is ? [] : [`type, default and range are ${is}, not ${said}`];
      return [`${page.path}: ${key}`, problems];
    }),
  ];
}

/** [dotted key, what the table has to say]; the named thresholds together as one. */
function leaves(thresholds, node, schema, path) {
  return Object.entries(node.properties).flatMap(([key, value]) => {
    const of = { ...value, ...schema.$defs?.[value.$ref?.replace("#/$defs/", "")] };
    const isThreshold = path === `${thresholds.key}.` && key !== "default";
    if (of.properties !== undefined) return leaves(thresholds, of, schema, `${path}${key}.`);
    const range = of.enum?.join(" ") ?? of.pattern ?? rangeOf(of);
    const name = isThreshold ? thresholds.each : key;
    return [[`${path}${name}`, { type: of.type ?? "string", default: of.default, range }]];
  });
}

function rangeOf({ type, minimum, maximum, minLength = 0, maxLength }) {
  if (type === "boolean") return "true false";
  return type === "string" ? `${minLength}–${maxLength} bytes` : `${minimum}–${maximum}`;
}
