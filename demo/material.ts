/** A whole number between the two, both included. */
export function integer(least: number, most: number): number {
  return least + Math.floor(Math.random() * (most - least + 1));
}

/** One of them. */
export function anyOf<T>(...choices: readonly [T, ...T[]]): T {
  return choices[integer(0, choices.length - 1)] ?? choices[0];
}

/** The same things in another order. */
export function shuffled<T>(things: readonly T[]): T[] {
  return things
    .map((thing) => ({ thing, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ thing }) => thing);
}

/** How long a server works on something, so that latencies look like a server's: squared, mostly quick, now and then slow. */
export function work(most: number): number {
  return most * Math.random() ** 2;
}
