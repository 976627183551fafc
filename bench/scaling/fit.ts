/** How fast something grows, from measured points. */

export interface Point {
  readonly size: number;
  readonly cost: number;
}

/** From that share of the largest size on, what grows is more than what does not. */
const DOMINANT_SHARE = 1 / 100;

/** The points where size dominates: the upper two decades of sizes. */
export function dominant(points: readonly Point[]): Point[] {
  const largest = Math.max(...points.map(({ size }) => size));
  return points.filter(({ size }) => size >= largest * DOMINANT_SHARE);
}

/**
 * The exponent of growth: slope of the straight line through the logarithms, by least squares. 1 is linear, 2 quadratic.
 * NaN for fewer than two sizes.
 */
export function exponent(points: readonly Point[]): number {
  const logs = points.map(({ size, cost }) => ({ x: Math.log(size), y: Math.log(cost) }));
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(logs.map((one) => one.x)), mean(logs.map((one) => one.y))];
  const covariance = logs.reduce((sum, one) => sum + (one.x - x) * (one.y - y), 0);
  const variance = logs.reduce((sum, one) => sum + (one.x - x) ** 2, 0);
  return covariance / variance;
}
