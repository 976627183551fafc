/** `ehlo=1 mail=1 rcpt=3/6 … commands=10/13`, the summary of a session that Postfix invented, read. */

/** Accepted and all, by field. */
export type Counted = Readonly<Record<string, readonly [accepted: number, all: number]>>;

/** Reads one. */
export function countsOf(text: string): Counted {
  const found: Record<string, readonly [number, number]> = {};
  for (const [, field = "", accepted = "", all = accepted] of text.matchAll(/(\w+)=(\d+)(?:\/(\d+))?/g)) {
    found[field] = [Number(accepted), Number(all)];
  }
  return found;
}

/** Verbs that the filter tells apart and Postfix does not know. */
const UNKNOWN_TO_POSTFIX = [
  ...["lhlo", "expn", "help", "turn", "burl", "send", "x_exps", "x_anonymoustls", "xexch50", "other"],
];

/** The filter's summary with Postfix's fields. */
export function asPostfix(counts: Counted): Counted {
  const found: Record<string, readonly [number, number]> = {};
  for (const [field, [accepted, all]] of Object.entries(counts)) {
    const name = UNKNOWN_TO_POSTFIX.includes(field) ? "unknown" : field;
    const [a, b] = found[name] ?? [0, 0];
    found[name] = [a + accepted, b + all];
  }
  return found;
}

/** The sums over many sessions. */
export function added(all: readonly Counted[]): Counted {
  const sums: Record<string, readonly [number, number]> = {};
  for (const counts of all) {
    for (const [field, [accepted, total]] of Object.entries(counts)) {
      const [a, b] = sums[field] ?? [0, 0];
      sums[field] = [a + accepted, b + total];
    }
  }
  return sums;
}
