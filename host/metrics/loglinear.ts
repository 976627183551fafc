// Quantiles as Envoy prints them: samples fall into bins of two significant decimal digits (circllhist's layout).

/** Bins: `mantissa` (10…99) × 10^`exponent` up to the next mantissa; 0 has one of its own, the first. */
export class LogLinear {
  private readonly bins: number[] = new Array<number>(1 + DECADES * BINS_PER_DECADE).fill(0);
  private total = 0;

  /** `value`: a whole number from 0 to 2^64. */
  record(value: number): void {
    const bin = binOf(value);
    this.bins[bin] = (this.bins[bin] ?? 0) + 1;
    this.total++;
  }

  /** The value below which the share `q` (0…1) of the samples lies, interpolated within a bin; NaN without samples. */
  quantile(q: number): number {
    if (this.total === 0) return NaN;
    const wanted = q * this.total;
    let before = 0;
    let last = 0;
    for (const [bin, count] of this.bins.entries()) {
      if (count === 0) continue;
      const low = lowerBound(bin);
      const width = binWidth(bin);
      if (before + count >= wanted) return low + (width * (wanted - before)) / count;
      before += count;
      last = low + width;
    }
    return last;
  }
}

/** 2^64 has twenty digits. */
const DECADES = 20;
/** One decade holds the mantissas 10…99. */
const BINS_PER_DECADE = 90;
const POWERS = Array.from({ length: DECADES }, (_, exponent) => 10 ** exponent);

function binOf(value: number): number {
  if (value <= 0) return 0;
  let decade = 0;
  while (decade < DECADES - 1 && value >= (POWERS[decade + 1] ?? Infinity)) decade++;
  const mantissa = Math.floor((value * 10) / (POWERS[decade] ?? 1));
  // Dividing may round up to the next decade.
  return 1 + decade * BINS_PER_DECADE + Math.min(mantissa - 10, BINS_PER_DECADE - 1);
}

function lowerBound(bin: number): number {
  if (bin === 0) return 0;
  return (((bin - 1) % BINS_PER_DECADE) + 10) * binWidth(bin);
}

function binWidth(bin: number): number {
  if (bin === 0) return 0;
  return 10 ** (Math.floor((bin - 1) / BINS_PER_DECADE) - 1);
}
