/** A count with thousands separated; a dot where nothing happened. */
export function count(value: number): string {
  return value === 0 ? "·" : Math.round(value).toLocaleString("en-US");
}

/** Per second, one digit behind the point below 100. */
export function rate(value: number): string {
  if (value === 0) return "·";
  return value < 100 ? value.toFixed(1) : Math.round(value).toLocaleString("en-US");
}

/** A duration given in microseconds, in the unit that suits it. */
export function duration(us: number | undefined): string {
  if (us === undefined || Number.isNaN(us)) return "·";
  if (us < 1_000) return `${Math.round(us)}µs`;
  if (us < 10_000) return `${(us / 1_000).toFixed(1)}ms`;
  return us < 1_000_000 ? `${Math.round(us / 1_000)}ms` : `${(us / 1_000_000).toFixed(1)}s`;
}

/** Bytes in the unit that suits them. */
export function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Minutes and seconds. */
export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
