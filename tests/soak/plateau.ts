/** Whether something that is measured again and again has stopped growing. */

/** One measurement: what it is measured against (time, sessions), and the value. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The part at the end of a run that is looked at: what comes before is the start, when pools take their memory. */
const LOOKED_AT = 2 / 3;

/** Fewer say nothing. */
const LEAST_POINTS = 6;

/** How something grew at the end of a run. */
export interface Growth {
  /** Of the value for each of x, robustly. */
  readonly slope: number;
  /** How far x went. */
  readonly width: number;
  /** slope × width. */
  readonly total: number;
}

/**
 * The growth in the last two thirds of a run: the median of the slopes between any two of its points (Theil 1950, Sen
 * 1968), so that up to 29 % of the points may be anything without moving it. Throws where there are too few points.
 */
export function growthOf(points: readonly Point[]): Growth {
  const last = points.at(-1)?.x ?? 0;
  const first = points[0]?.x ?? 0;
  const window = points.filter(({ x }) => x >= last - (last - first) * LOOKED_AT);
  if (window.length < LEAST_POINTS)
    throw new Error(`${window.length} samples at the end of the run, ${LEAST_POINTS} are needed`);
  const slopes: number[] = [];
  window.forEach((a, i) => {
    for (const b of window.slice(i + 1)) if (b.x !== a.x) slopes.push((b.y - a.y) / (b.x - a.x));
  });
  const slope = median(slopes);
  const width = last - (window[0]?.x ?? last);
  return { slope, width, total: slope * width };
}

/** The middle one; the mean of the two in the middle. 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? 0;
  return (upper + lower) / 2;
}
