// Series of the filters in PromQL and prose, against the metrics that there are.

/** Labels that every metric has, whoever defines it. */
const COMMON_LABELS = new Set(["stat_prefix", "le"]);
const SERIES_SUFFIX = /_(?:bucket|sum|count)$/;

/** Every series of the protocols that a text speaks of, and the labels it selects by. `catalogue`: of all protocols. */
export function seriesIn(text, catalogue) {
  const protocols = [...new Set([...catalogue.keys()].map((name) => name.split("_")[0]))];
  // Not `ldap_bind: Invalid credentials (49)`: what OpenLDAP's tools print begins with the name of a function.
  // Nor `level:metric:operation`, a recording rule.
  const name = String.raw`(?<!:)\b((?:${protocols.join("|")})_[a-z0-9_]+)(?![a-z0-9_]|: )`;
  const pattern = new RegExp(String.raw`${name}(?:\{([^}]*)\})?`, "g");
  return [...text.matchAll(pattern)].map(([, name, selectors = ""]) => {
    const metric = catalogue.has(name) ? name : name.replace(SERIES_SUFFIX, "");
    const labels = [...selectors.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)];
    return { name, metric, labels: labels.map(([, label, operator, value]) => ({ label, operator, value })) };
  });
}

/** What a page says of series that do not exist. */
export function unknownSeries({ path, prose, blocks }, catalogue) {
  if (path.startsWith("tests/")) return [];
  const promql = blocks.filter(({ language }) => !/^[jt]s/.test(language)).flatMap(({ lines }) => lines);
  const text = [
    ...prose.map((line) => [...line.replaceAll("\\|", "|").matchAll(/`[^`]*`/g)].join(" ")),
    ...promql,
  ].join("\n");
  return seriesIn(text, catalogue).flatMap(({ name, metric, labels }) => {
    const known = catalogue.get(metric);
    if (known === undefined) return [`${name} is no metric`];
    return labels.flatMap((selector) => unknownSelector(name, known, selector));
  });
}

function unknownSelector(name, metric, { label, operator, value }) {
  if (COMMON_LABELS.has(label)) return [];
  const values = metric.labels.get(label);
  if (values === undefined) return [`${name} has no label ${label}`];
  const pattern = new RegExp(`^(?:${value})$`);
  const matches = operator.endsWith("~") ? [...values].some((one) => pattern.test(one)) : values.has(value);
  return matches ? [] : [`${name}: no value of ${label} fits "${value}"`];
}
