/** What a series of measurements says: robust against the noise of a machine that does other things too. */

/** One figure per slice of a repetition, in the order they were measured. */
export type Series = readonly number[];

/** The middle value; of an even number of values the mean of the two in the middle. NaN for none. */
export function median(values: Series): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** The smallest value; NaN for none. */
export function minimum(values: Series): number {
  return values.length === 0 ? Number.NaN : Math.min(...values);
}

/** How one series compares to another that was measured in the same slices. */
export interface Ratio {
  /** Median of the ratios within each slice: what disturbs a whole slice cancels out. */
  readonly paired: number;
  /** Ratio of the medians. */
  readonly ofMedians: number;
  /** Ratio of the minima: the least disturbed slice of each. */
  readonly ofMinima: number;
}

/** The value below which a share of them lies, 0 < share ≤ 1: `quantile(values, 0.99)`. NaN for none. */
export function quantile(values: Series, share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}

/** How much more `measured` is: the median of the differences within each slice. Throws as {@link ratio}. */
export function added(measured: Series, baseline: Series): number {
  return median(paired(measured, baseline, (one, other) => one - other));
}

/** Compares `measured` to `baseline`, slice by slice. Throws a RangeError when they do not pair up. */
export function ratio(measured: Series, baseline: Series): Ratio {
  return {
    paired: median(paired(measured, baseline, (one, other) => one / other)),
    ofMedians: median(measured) / median(baseline),
    ofMinima: minimum(measured) / minimum(baseline),
  };
}

function paired(
  measured: Series,
  baseline: Series,
  compare: (one: number, other: number) => number,
): number[] {
  if (measured.length !== baseline.length)
    throw new RangeError("series of different length cannot be paired");
  return measured.map((value, i) => compare(value, baseline[i] ?? Number.NaN));
}
