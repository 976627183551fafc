// Quantiles as Envoy prints them: samples fall into bins of two significant decimal digits (circllhist's layout).

/** A bin: `mantissa` (10…99) × 10^`exponent` up to the next mantissa; 0 has a bin of its own. */
export class LogLinear {
  private readonly bins = new Map<number, number>();
  private total = 0;

  record(value: number): void {
    const bin = binOf(value);
    this.bins.set(bin, (this.bins.get(bin) ?? 0) + 1);
    this.total++;
  }

  /** The value below which the share `q` (0…1) of the samples lies, interpolated within a bin; NaN without samples. */
  quantile(q: number): number {
    if (this.total === 0) return NaN;
    const wanted = q * this.total;
    let before = 0;
    let last = 0;
    for (const [bin, count] of [...this.bins].sort(([a], [b]) => lowerBound(a) - lowerBound(b))) {
      const low = lowerBound(bin);
      const width = binWidth(bin);
      if (before + count >= wanted) return low + (width * (wanted - before)) / count;
      before += count;
      last = low + width;
    }
    return last;
  }
}

const ZERO_BIN = -1;
/** One decade holds the mantissas 10…99. */
const BINS_PER_DECADE = 90;

function binOf(value: number): number {
  if (value <= 0) return ZERO_BIN;
  let exponent = Math.floor(Math.log10(value)) - 1;
  let mantissa = Math.floor(value / 10 ** exponent + 1e-9);
  if (mantissa > 99) {
    exponent++;
    mantissa = 10;
  }
  return (exponent + 1) * BINS_PER_DECADE + (mantissa - 10);
}

function lowerBound(bin: number): number {
  if (bin === ZERO_BIN) return 0;
  return ((bin % BINS_PER_DECADE) + 10) * binWidth(bin);
}

function binWidth(bin: number): number {
  if (bin === ZERO_BIN) return 0;
  return 10 ** (Math.floor(bin / BINS_PER_DECADE) - 1);
}
