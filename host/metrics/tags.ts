/** One entry of Envoy's `stats_config.stats_tags`. */
export interface TagRule {
  readonly tag_name: string;
  /** Capture 1 is cut out of the name; capture 2 (or 1, if there is no other) is the value. ECMAScript, as in Envoy. */
  readonly regex?: string;
  /** Instead of a regex: the tag is on every stat. */
  readonly fixed_value?: string;
}

/** Envoy's built-in tags that need no known first token and so may touch any metric of a module. */
export const DEFAULT_TAG_RULES: readonly TagRule[] = [
  { tag_name: "envoy.response_code", regex: "_rq(_(\\d{3}))$" },
  { tag_name: "envoy.response_code_class", regex: "_rq_((\\d))xx$" },
];

export interface TaggedName {
  readonly name: string;
  readonly tags: readonly (readonly [tag: string, value: string])[];
}

/** Compiles rules once; the result splits full stat names (with `wasmcustom.`) into a name and tags. */
export function tagExtractor(rules: readonly TagRule[]): (fullName: string) => TaggedName {
  const compiled = rules.map((rule) => ({
    tag: rule.tag_name,
    fixed: rule.fixed_value,
    regex: rule.regex === undefined ? undefined : new RegExp(rule.regex, "d"),
  }));
  return (fullName) => {
    const tags: [string, string][] = [];
    const cuts: [number, number][] = [];
    for (const { tag, fixed, regex } of compiled) {
      if (fixed !== undefined) {
        tags.push([tag, fixed]);
        continue;
      }
      const match = regex?.exec(fullName);
      const cut = match?.indices?.[1];
      if (match === undefined || match === null || cut === undefined) continue;
      tags.push([tag, match.length > 2 ? (match[2] ?? "") : (match[1] ?? "")]);
      cuts.push(cut);
    }
    return { name: without(fullName, cuts), tags };
  };
}

/** The text without the given ranges, which may overlap. */
function without(text: string, cuts: readonly (readonly [number, number])[]): string {
  let kept = "";
  let position = 0;
  for (const [start, end] of [...cuts].sort((a, b) => a[0] - b[0])) {
    if (start > position) kept += text.slice(position, start);
    position = Math.max(position, end);
  }
  return kept + text.slice(position);
}
