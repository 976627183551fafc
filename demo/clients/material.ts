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

const NAMES = ["ann", "bob", "cem", "dana", "eli", "fay"];

/** So many recipients that the server accepts, all different. */
export function recipients(count: number): string[] {
  return shuffled(NAMES)
    .slice(0, count)
    .map((name) => `${name}@demo.test`);
}

const LINE = "The quick brown fox jumps over the lazy dog, and every mail server counts it.\r\n";
/** Begins with a dot, so it takes another one on its way (RFC 5321 §4.5.2). */
const DOTTED = "..hidden\r\n";

/** A message of about so many bytes as it goes over the wire, the final dot included. */
export function bodyOf(bytes: number): string {
  const head = `Subject: demo ${integer(1, 9999)}\r\n\r\n${DOTTED}`;
  return `${head}${LINE.repeat(Math.ceil(Math.max(0, bytes - head.length) / LINE.length))}.\r\n`;
}
