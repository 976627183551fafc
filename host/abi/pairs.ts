// How header maps cross the boundary: a count, the two lengths of each pair, then names and values, each ended by NUL.

/** Names and values in order; names may repeat. */
export type Pairs = readonly (readonly [name: string, value: string])[];

/** Envoy reads neither longer nor larger maps; it takes such a one for empty. */
const MAX_PAIRS = 1024;
const MAX_BYTES = 1024 * 1024;

const WORD = 4;

/** The bytes of a map. */
export function writePairs(pairs: Pairs): Uint8Array {
  const parts = pairs.map(([name, value]) => [Buffer.from(name), Buffer.from(value)] as const);
  const words = [pairs.length, ...parts.flatMap(([name, value]) => [name.length, value.length])];
  const head = Buffer.alloc(words.length * WORD);
  words.forEach((word, i) => head.writeUInt32LE(word, i * WORD));
  const end = Buffer.alloc(1);
  return Buffer.concat([head, ...parts.flatMap(([name, value]) => [name, end, value, end])]);
}

/** Reads a map; like Envoy, gives none at all where the bytes are not exactly one. */
export function readPairs(bytes: Uint8Array): Pairs {
  const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (input.length < WORD || input.length > MAX_BYTES) return [];
  const count = input.readUInt32LE(0);
  let at = WORD + count * 2 * WORD;
  if (count > MAX_PAIRS || at > input.length) return [];
  const text = (lengthAt: number): string | undefined => {
    const end = at + input.readUInt32LE(lengthAt);
    if (end >= input.length || input[end] !== 0) return undefined;
    const value = input.toString("utf8", at, end);
    at = end + 1;
    return value;
  };
  const pairs: [string, string][] = [];
  for (let i = 0; i < count; i++) {
    const name = text(WORD + i * 2 * WORD);
    const value = name === undefined ? undefined : text(2 * WORD + i * 2 * WORD);
    if (name === undefined || value === undefined) return [];
    pairs.push([name, value]);
  }
  return at === input.length ? pairs : [];
}
