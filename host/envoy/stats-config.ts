/**
 * Where the labels and buckets come from: the one bootstrap snippet that turns the flat names of Heirloom's
 * metrics into labelled ones. `heirloom envoy`, envoy.yaml and the embedded host all take it from here.
 */

/** The protocols whose metrics ship with Heirloom: the first token after Envoy's own `wasmcustom`. */
export const PROTOCOLS: readonly string[] = ["smtp", "ldap", "pop3"];

/**
 * Every label of the shipped metrics (docs: metrics). A label is never also a value or a metric's name.
 * Envoy prints labels in this order, so those that come first in a metric's name come first here.
 */
export const LABELS: readonly string[] = [
  "verb",
  "op",
  "method",
  "mechanism",
  "control",
  "protection",
  "stage",
  "class",
  "code",
  "subject",
  "status",
  "mode",
  "event",
  "extension",
  "starttls_offered",
  "kept",
  "dialect",
  "scope",
  "shape",
  "trait",
  "name",
  "kind",
  "cap",
  "cause",
  "reason",
  "outcome",
  "result",
  "from",
  "version",
  "verbosity",
];

/** The label that carries the configuration's `stat_prefix`. */
export const PREFIX_LABEL = "stat_prefix";

/** One entry of Envoy's `stats_config.stats_tags`: capture 1 is cut out of the name, capture 2 is the value. */
export interface StatsTag {
  readonly tag_name: string;
  readonly regex: string;
}

/** One entry of Envoy's `stats_config.histogram_bucket_settings`; the first that matches the full name wins. */
export interface HistogramBucketSetting {
  readonly match: { readonly safe_regex: { readonly regex: string } };
  readonly buckets: readonly number[];
}

/** The part of Envoy's `stats_config` that Heirloom's metrics need. */
export interface StatsConfig {
  readonly stats_tags: readonly StatsTag[];
  readonly histogram_bucket_settings: readonly HistogramBucketSetting[];
}

/** What {@link statsConfig} is made for. Tokens are `[a-z][a-z0-9_]*`. */
export interface StatsConfigOptions {
  /** Protocols in addition to {@link PROTOCOLS}, such as an author's own. */
  readonly protocols?: readonly string[];
  /** Labels in addition to {@link LABELS}. */
  readonly labels?: readonly string[];
}

/** Upper bounds of latencies, in microseconds: from a LAN command to the minutes of RFC 5321 §4.5.3.2. */
export const MICROSECOND_BUCKETS: readonly number[] = [
  100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
  5_000_000, 10_000_000, 30_000_000, 60_000_000, 300_000_000, 600_000_000,
];

const KI = 1024;
const MI = 1024 * KI;

/** Upper bounds of sizes, in bytes: 1 KiB to 100 MiB. */
export const BYTE_BUCKETS: readonly number[] = [
  KI,
  4 * KI,
  16 * KI,
  64 * KI,
  256 * KI,
  MI,
  4 * MI,
  10 * MI,
  25 * MI,
  50 * MI,
  100 * MI,
];

/** Upper bounds of counts, such as recipients or pipeline depth. */
export const COUNT_BUCKETS: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** Envoy refuses a tag regex that is longer. */
export const MAX_REGEX_BYTES = 1024;

const TOKEN = /^[a-z][a-z0-9_]*$/;

/**
 * The tags and buckets for the shipped metrics and the given extra protocols and labels.
 * Throws a RangeError when a token is malformed or the protocols make a regex longer than Envoy accepts.
 */
export function statsConfig(options: StatsConfigOptions = {}): StatsConfig {
  const protocols = merged(PROTOCOLS, options.protocols ?? []);
  const labels = merged(LABELS, options.labels ?? []);
  return { stats_tags: tags(protocols, labels), histogram_bucket_settings: buckets(protocols) };
}

function tags(protocols: readonly string[], labels: readonly string[]): StatsTag[] {
  const start = String.raw`^wasmcustom\.(?:${protocols.join("|")})`;
  const prefix = { tag_name: PREFIX_LABEL, regex: String.raw`${start}(\.(\w+))\.` };
  // Whole pairs are skipped before the label, so that a value which reads like a label is never taken for one.
  const pairs = labels.map((label) => ({
    tag_name: label,
    regex: String.raw`${start}\.\w+\.\w+(?:\.\w+\.\w+)*?(\.${label}\.(\w+))`,
  }));
  return [prefix, ...pairs].map(accepted);
}

function buckets(protocols: readonly string[]): HistogramBucketSetting[] {
  const start = String.raw`^wasmcustom\.(${protocols.join("|")})\.\w+`;
  return [
    setting(String.raw`${start}\.\w+_us(\..*)?$`, MICROSECOND_BUCKETS),
    setting(String.raw`${start}\.\w+_bytes(_per_\w+)?(\..*)?$`, BYTE_BUCKETS),
    setting(String.raw`${start}\.\w+(\..*)?$`, COUNT_BUCKETS),
  ];
}

function setting(regex: string, bounds: readonly number[]): HistogramBucketSetting {
  return { match: { safe_regex: { regex } }, buckets: bounds };
}

function accepted(tag: StatsTag): StatsTag {
  if (Buffer.byteLength(tag.regex) > MAX_REGEX_BYTES) {
    throw new RangeError(`the regex of tag "${tag.tag_name}" is longer than ${MAX_REGEX_BYTES} bytes`);
  }
  return tag;
}

function merged(shipped: readonly string[], own: readonly string[]): string[] {
  for (const token of own) {
    if (!TOKEN.test(token)) throw new RangeError(`"${token}" is not a metric token ([a-z][a-z0-9_]*)`);
  }
  return [...new Set([...shipped, ...own])];
}
