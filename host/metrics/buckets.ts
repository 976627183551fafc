/** Upper bounds of Envoy's histogram buckets where no setting matches. */
export const DEFAULT_BUCKETS: readonly number[] = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000,
  3600000,
];

/** How an Envoy `StringMatcher` is written in a bootstrap; exactly one of the ways to match is given. */
export interface StringMatcher {
  readonly exact?: string;
  readonly prefix?: string;
  readonly suffix?: string;
  readonly contains?: string;
  readonly safe_regex?: { readonly regex: string };
  readonly ignore_case?: boolean;
}

/** One entry of `stats_config.histogram_bucket_settings`. */
export interface HistogramBucketSetting {
  readonly match: StringMatcher;
  readonly buckets: readonly number[];
}

/** The bounds for a histogram: the first setting that matches the full name (with `wasmcustom.`) decides. */
export function bucketsFor(fullName: string, settings: readonly HistogramBucketSetting[]): readonly number[] {
  const setting = settings.find(({ match }) => matches(match, fullName));
  return setting === undefined ? DEFAULT_BUCKETS : [...setting.buckets].sort((a, b) => a - b);
}

/** Whether Envoy's matcher takes the text; a regex has to match all of it. */
export function matches(matcher: StringMatcher, text: string): boolean {
  const { safe_regex, ignore_case } = matcher;
  if (safe_regex !== undefined) return new RegExp(`^(?:${safe_regex.regex})$`).test(text);
  const fold = (value: string): string => (ignore_case === true ? value.toLowerCase() : value);
  const folded = fold(text);
  if (matcher.exact !== undefined) return folded === fold(matcher.exact);
  if (matcher.prefix !== undefined) return folded.startsWith(fold(matcher.prefix));
  if (matcher.suffix !== undefined) return folded.endsWith(fold(matcher.suffix));
  if (matcher.contains !== undefined) return folded.includes(fold(matcher.contains));
  return false;
}
