import type { Sample } from "../host/metrics/parse.ts";

/** Who keeps a book beside the filter. */
export type Keeper = "server" | "clients";

/** A number that the filter and somebody else both keep, or a family of such by labels. */
export interface Account {
  readonly title: string;
  readonly keeper: Keeper;
  readonly filter: readonly Term[];
  readonly book: readonly Term[];
  /** The labels that tell the rows of the family apart. */
  readonly by?: readonly string[];
  /** How far apart the two may be, as a part of the book's number. Default 0: exactly equal. */
  readonly tolerance?: number;
}

/** What is added up for one side: samples of that name and these labels, times the sign. */
export interface Term {
  readonly name: string;
  readonly where?: Readonly<Record<string, string>>;
  readonly sign?: -1;
}

/** One line of the comparison. */
export interface Row {
  readonly title: string;
  /** The values of the labels, or "" where there is one row only. */
  readonly key: string;
  readonly keeper: Keeper;
  readonly filter: number;
  readonly book: number;
  readonly equal: boolean;
  /** Whether equal means "as far as Envoy's histograms tell". */
  readonly approximate: boolean;
}

/** Makes accounts of what has one name on both sides but for the prefix: the protocol's, and the book's. */
export function sameNamed(
  protocol: string,
  bookPrefix: string,
  keeper: Keeper,
): (title: string, metric: string, by?: readonly string[]) => Account {
  return (title, metric, by) => ({
    title,
    keeper,
    by,
    filter: [{ name: `${protocol}_${metric}` }],
    book: [{ name: bookPrefix + metric }],
  });
}

/** Envoy keeps a histogram's sum to two significant digits for each sample. */
export const HISTOGRAM_PRECISION = 0.05;

/** The samples that a comparison is made from. */
export interface Sides {
  /** The filter's, of one stat_prefix: now, and before the first connection. */
  readonly filter: readonly Sample[];
  readonly before: readonly Sample[];
  /** All books. */
  readonly books: readonly Sample[];
}

/**
 * Lays the filter's metrics and the books side by side, row by row; rows where both are 0 are left out. Metrics that
 * the filter does not have at its verbosity are left out too.
 */
export function compare(accounts: readonly Account[], { filter, before, books }: Sides): Row[] {
  const known = new Set(filter.map(({ name }) => name));
  return accounts
    .filter(({ filter: terms }) => terms.every(({ name }) => known.has(name)))
    .flatMap((one) => {
      const ours = totals(filter, one.filter, one.by ?? []);
      const earlier = totals(before, one.filter, one.by ?? []);
      const theirs = totals(books, one.book, one.by ?? []);
      return [...new Set([...ours.keys(), ...theirs.keys()])]
        .map((key) => row(one, key, (ours.get(key) ?? 0) - (earlier.get(key) ?? 0), theirs.get(key) ?? 0))
        .filter(({ filter: a, book: b }) => a !== 0 || b !== 0);
    });
}

function row(one: Account, key: string, filter: number, book: number): Row {
  const { title, keeper, tolerance = 0 } = one;
  const equal = Math.abs(filter - book) <= tolerance * book;
  return { title, key, keeper, filter, book, equal, approximate: tolerance > 0 };
}

function totals(
  samples: readonly Sample[],
  terms: readonly Term[],
  by: readonly string[],
): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { name, where = {}, sign = 1 } of terms) {
    for (const sample of samples) {
      if (sample.name !== name) continue;
      if (Object.entries(where).some(([label, value]) => sample.labels[label] !== value)) continue;
      const key = by.map((label) => sample.labels[label] ?? "").join(" ");
      sums.set(key, (sums.get(key) ?? 0) + sign * sample.value);
    }
  }
  return sums;
}
