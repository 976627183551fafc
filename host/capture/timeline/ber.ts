/** An element of BER in the beginning of a message: its value may go on behind what is there. */
export interface Element {
  readonly tag: number;
  readonly value: Uint8Array;
}

/** The elements of a value, as far as they are there. */
export function* elementsOf(value: Uint8Array): Generator<Element> {
  for (let at = 0; at + 1 < value.length;) {
    const first = value[at + 1] ?? 0;
    const octets = first < 0x80 ? 0 : first - 0x80;
    let length = octets === 0 ? first : 0;
    for (let i = 0; i < octets; i++) length = length * 256 + (value[at + 2 + i] ?? 0);
    const start = at + 2 + octets;
    if (octets > 4 || first === 0x80) return;
    yield { tag: value[at] ?? 0, value: value.subarray(start, start + length) };
    at = start + length;
  }
}

/** The number of an INTEGER or ENUMERATED, with its sign; of more than six octets the last six. */
export function numberOf({ value }: Element): number {
  const octets = value.subarray(-6);
  return octets.length === 0 ? 0 : Buffer.from(octets).readIntBE(0, octets.length);
}

/** Text of a string, whatever its octets are. */
export function textOf(value: Uint8Array): string {
  return Buffer.from(value).toString("utf8");
}
