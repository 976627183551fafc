import { NAMESPACE, Histogram, type Scalar, type Stat, type StatStore } from "./store.ts";
import { DEFAULT_TAG_RULES, tagExtractor, type TagRule } from "./tags.ts";

export interface ExpositionOptions {
  /** Leave out what was never written. */
  readonly usedOnly?: boolean;
  /** Only stats whose full name matches. */
  readonly filter?: RegExp;
}

/**
 * What Envoy's `/stats/prometheus` shows: `wasmcustom.` gone, tags as labels, other characters than [A-Za-z0-9_] as `_`,
 * cumulative buckets. A stat whose name would be empty or begin with a digit is left out, as in Envoy.
 */
export function toPrometheus(
  stats: StatStore,
  tagRules: readonly TagRule[],
  options: ExpositionOptions = {},
): string {
  const extract = tagExtractor([...DEFAULT_TAG_RULES, ...tagRules]);
  const families = {
    counter: new Map<string, Family>(),
    gauge: new Map<string, Family>(),
    histogram: new Map<string, Family>(),
  };
  for (const stat of selected(stats, options)) {
    const { name, tags } = extract(stat.fullName);
    const metric = metricName(name);
    if (metric === undefined) continue;
    const family = families[stat.kind].get(metric) ?? { metric, kind: stat.kind, lines: [] };
    families[stat.kind].set(metric, family);
    const labels = tags.map(([tag, value]) => `${sanitised(tag)}="${escaped(value)}"`).join(",");
    family.lines.push(
      ...(stat instanceof Histogram
        ? histogramLines(metric, labels, stat)
        : [scalarLine(metric, labels, stat)]),
    );
  }
  return Object.values(families)
    .flatMap((kind) => [...render(kind)])
    .join("");
}

/** What Envoy's `/stats` shows: full names, one line each, histograms last with their quantiles. */
export function toText(stats: StatStore, options: ExpositionOptions = {}): string {
  const all = selected(stats, options);
  const scalars = all.filter((stat): stat is Scalar => !(stat instanceof Histogram));
  const histograms = all.filter((stat): stat is Histogram => stat instanceof Histogram);
  const lines = [
    ...scalars.map((stat) => `${stat.fullName}: ${stat.value}`),
    ...histograms.map((stat) => `${stat.fullName}: ${quantilesOf(stat)}`),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

interface Family {
  readonly metric: string;
  readonly kind: string;
  readonly lines: string[];
}

const QUANTILES = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1] as const;

function selected(stats: StatStore, { usedOnly, filter }: ExpositionOptions): Stat[] {
  return stats
    .all()
    .filter(
      (stat) => (usedOnly !== true || stat.used) && (filter === undefined || filter.test(stat.fullName)),
    );
}

function* render(families: Map<string, Family>): Generator<string> {
  for (const { metric, kind, lines } of [...families.values()].sort((a, b) =>
    a.metric < b.metric ? -1 : 1,
  )) {
    yield `# TYPE ${metric} ${kind}\n${lines.join("\n")}\n\n`;
  }
}

function scalarLine(metric: string, labels: string, stat: Scalar): string {
  return `${metric}{${labels}} ${stat.value}`;
}

function histogramLines(metric: string, labels: string, histogram: Histogram): string[] {
  const lines: string[] = [];
  const before = labels === "" ? "" : `${labels},`;
  let cumulative = 0;
  histogram.bounds.forEach((bound, index) => {
    cumulative += histogram.counts[index] ?? 0;
    lines.push(`${metric}_bucket{${before}le="${bound}"} ${cumulative}`);
  });
  lines.push(`${metric}_bucket{${before}le="+Inf"} ${histogram.count}`);
  lines.push(`${metric}_sum{${labels}} ${histogram.sum}`);
  lines.push(`${metric}_count{${labels}} ${histogram.count}`);
  return lines;
}

function quantilesOf(histogram: Histogram): string {
  if (histogram.count === 0) return "No recorded values";
  return QUANTILES.map((q) => {
    const value = shortNumber(histogram.quantiles.quantile(q));
    return `P${shortNumber(q * 100)}(${value},${value})`;
  }).join(" ");
}

/** At most six significant digits, without trailing zeros. */
function shortNumber(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function metricName(extracted: string): string | undefined {
  const own = extracted.startsWith(NAMESPACE);
  const name = sanitised(own ? extracted.slice(NAMESPACE.length) : `envoy_${extracted}`);
  return name === "" || /^\d/.test(name) ? undefined : name;
}

function sanitised(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, "_");
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
