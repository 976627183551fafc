/** BER as a server writes it, for tests that read its answers themselves. */

/** An element whole, with its parts in it. */
export interface Element {
  readonly tag: number;
  readonly value: Buffer;
  /** Octets with the header. */
  readonly size: number;
}

/** The element at the beginning of `bytes`; undefined while it is not complete. */
export function elementAt(bytes: Buffer): Element | undefined {
  if (bytes.length < 2) return undefined;
  const first = bytes.readUInt8(1);
  const octets = first < 0x80 ? 0 : first & 0x7f;
  if (bytes.length < 2 + octets) return undefined;
  const length = octets === 0 ? first : bytes.readUIntBE(2, octets);
  const size = 2 + octets + length;
  if (bytes.length < size) return undefined;
  return { tag: bytes.readUInt8(0), value: bytes.subarray(2 + octets, size), size };
}

/** The elements that follow each other in `bytes`; what is incomplete at the end is left out. */
export function elementsIn(bytes: Buffer): Element[] {
  const found: Element[] = [];
  for (let rest = bytes; ;) {
    const one = elementAt(rest);
    if (one === undefined) return found;
    found.push(one);
    rest = rest.subarray(one.size);
  }
}

/** The value of an INTEGER or ENUMERATED of at most six octets. */
export function numberIn({ value }: Element): number {
  return value.length === 0 ? 0 : value.readIntBE(0, value.length);
}
