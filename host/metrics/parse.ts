/** One line of a Prometheus text exposition. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Parses the Prometheus text format. Comments and empty lines are skipped. Throws `Error` naming a line it cannot read. */
export function parsePrometheus(text: string): Sample[] {
  const samples: Sample[] = [];
  text.split("\n").forEach((raw, index) => {
    const line = raw.trim();
    if (line !== "" && !line.startsWith("#")) samples.push(parseSample(line, index + 1));
  });
  return samples;
}

/** Parses one line, e.g. `replies_total{verb="data"} 3`. */
export function parseSample(line: string, lineNumber = 1): Sample {
  const match = SAMPLE.exec(line);
  if (match === null) throw new Error(`line ${lineNumber}: not a sample: ${line}`);
  const [, name = "", labels = "", value = ""] = match;
  return { name, labels: parseLabels(labels, lineNumber), value: numberOf(value, lineNumber) };
}

/** `name{a="x",b="y"}` with the labels in the order given: a key that equal samples share. */
export function sampleKey(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
}

// Label values are quoted strings with escapes, so a brace or a comma inside one ends nothing.
const SAMPLE = /^([A-Za-z_:][A-Za-z0-9_:]*)\s*(?:\{((?:[^"{}]|"(?:[^"\\]|\\.)*")*)\})?\s*(\S+)(?:\s+-?\d+)?$/;
const LABEL = /\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/y;

function parseLabels(text: string, lineNumber: number): Record<string, string> {
  const labels: Record<string, string> = {};
  const pattern = new RegExp(LABEL);
  while (pattern.lastIndex < text.length && text.slice(pattern.lastIndex).trim() !== "") {
    const start = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) throw new Error(`line ${lineNumber}: not a label: ${text.slice(start)}`);
    labels[match[1] ?? ""] = unescapeLabel(match[2] ?? "");
  }
  return labels;
}

function unescapeLabel(value: string): string {
  return value.replace(/\\(.)/g, (_, character: string) => (character === "n" ? "\n" : character));
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

function numberOf(text: string, lineNumber: number): number {
  if (/^[+]?Inf$/i.test(text)) return Infinity;
  if (/^-Inf$/i.test(text)) return -Infinity;
  if (/^NaN$/i.test(text)) return NaN;
  const value = Number(text);
  if (Number.isNaN(value)) throw new Error(`line ${lineNumber}: not a number: ${text}`);
  return value;
}
