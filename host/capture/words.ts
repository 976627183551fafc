// How quantities read in reports.

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** `1,234,567`. */
export function formatCount(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 packet`, `2 packets`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** `417 B`, `14.5 kB`: decimal units, three digits. */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : threeDigits(value)} ${UNITS[unit]}`;
}

/** `87 µs`, `1.2 ms`, `734 ms`, `12.3 s`, `4 min 5 s`, `12 days`. */
export function formatDuration(microseconds: number): string {
  if (microseconds < 999.5) return `${Math.round(microseconds)} µs`;
  if (microseconds < 999_500) return `${threeDigits(microseconds / 1000)} ms`;
  const seconds = microseconds / 1e6;
  if (seconds < 99.95) return `${threeDigits(seconds)} s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds) % 60} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${formatCount(Math.floor(hours / 24))} days`;
}

/** `2009-10-05 06:06:07.492 UTC`; the argument is nanoseconds since 1970. */
export function formatWall(nanoseconds: bigint): string {
  const date = new Date(Number(nanoseconds / 1_000_000n));
  if (Number.isNaN(date.getTime())) return "at an impossible time";
  return `${date.toISOString().replace("T", " ").replace("Z", "")} UTC`;
}

function threeDigits(value: number): string {
  return value >= 99.95 ? value.toFixed(0) : Number(value.toPrecision(3)).toString();
}

/** A table of aligned columns; those at the given indexes flush right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, widthOf(cell))));
  }
  return rows.map((row) =>
    row
      .map((cell, i) => {
        const fill = " ".repeat((widths[i] ?? 0) - widthOf(cell));
        return right.includes(i) ? fill + cell : cell + fill;
      })
      .join("  ")
      .trimEnd(),
  );
}

/** Characters of a line, as near as that can be had without tables. */
export function widthOf(text: string): number {
  return [...text].length;
}

/** Text that cannot do harm to a terminal, at most so wide. */
export function printable(text: string, most: number): string {
  const clean = text.replace(/\p{C}/gu, "·");
  const characters = [...clean];
  return characters.length <= most ? clean : `${characters.slice(0, most - 1).join("")}…`;
}
