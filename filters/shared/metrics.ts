import { CounterFamily, Stats, Verbosity } from "../../assembly";

/** A level that no configuration has: for metrics that are not wanted whatever the verbosity. */
export const NEVER: Verbosity = <Verbosity>(Verbosity.high + 1);

/** Pairs of what was asked and its code that one configuration and worker tells apart; the rest is `overflow`. */
export const MAX_CODE_PAIRS: i32 = 192;

/** A family of one label. */
export function family(
  stats: Stats,
  metric: string,
  level: Verbosity,
  label: string,
  values: string[],
): CounterFamily {
  return stats.counterFamily(metric, level).label(label, values).define();
}

/** A family of one label that ends what another one counted as begun. */
export function ends(
  stats: Stats,
  metric: string,
  level: Verbosity,
  label: string,
  values: string[],
): CounterFamily {
  return stats.counterFamily(metric, level).label(label, values).ends().define();
}
