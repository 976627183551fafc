import type { Case } from "../case.ts";

/** Elements of one segment that are told apart, and levels of them. */
const MAX_ELEMENTS = 512;
const MAX_LEVELS = 60;

const CONSTRUCTED = 0x20;
const OCTET_STRING = 0x04;
const SEQUENCE = 0x30;
const LONG_FORM = 0x80;

/** Octets of the length word in front of a SASL buffer, and how far into one its text is looked for. */
const WORD = 4;
const LONGEST_TOKEN = 64;

/** Octets of the shortest LDAPMessage. */
const SHORTEST_MESSAGE = 7;

/**
 * The elements of some bytes, outer ones before what is in them: LDAPMessages one after the other, some of them in SASL
 * buffers, and the values of octet strings that hold elements themselves. Reused.
 */
export class Elements {
  count = 0;
  /** Where each header, its value, and what is behind it begins; the place of the element around it, or -1. */
  readonly starts = new Int32Array(MAX_ELEMENTS);
  readonly values = new Int32Array(MAX_ELEMENTS);
  readonly ends = new Int32Array(MAX_ELEMENTS);
  readonly parents = new Int32Array(MAX_ELEMENTS);
  private bytes: Uint8Array = new Uint8Array(0);
  private readonly ancestors: number[] = [];

  /** Finds the elements of `bytes`, as far as there are any from its beginning. */
  read(bytes: Uint8Array): this {
    this.bytes = bytes;
    this.count = 0;
    let at = 0;
    while (at < bytes.length && this.count < MAX_ELEMENTS) {
      const end = bytes[at] === 0 ? this.buffer(at) : this.element(at, bytes.length, -1, 0);
      if (end < 0) break;
      at = end;
    }
    return this;
  }

  /** Whether an element is a SASL buffer. */
  isBuffer(place: number): boolean {
    return this.bytes[this.starts[place] ?? 0] === 0;
  }

  /** Whether an element is an LDAPMessage. */
  isMessage(place: number): boolean {
    const start = this.starts[place] ?? 0;
    const parent = this.parents[place] ?? -1;
    return (parent < 0 || this.isBuffer(parent)) && this.bytes[start] === SEQUENCE;
  }

  /** The first element inside, or -1. */
  firstOf(place: number): number {
    return this.parents[place + 1] === place && place + 1 < this.count ? place + 1 : -1;
  }

  /** The next element at the same level, or -1. */
  nextOf(place: number): number {
    for (let i = place + 1; i < this.count; i++) {
      if (this.parents[i] === this.parents[place]) return i;
      if ((this.starts[i] ?? 0) >= (this.ends[this.parents[place] ?? -1] ?? Infinity)) return -1;
    }
    return -1;
  }

  /** The bytes of an element, header and all. */
  of(place: number): Uint8Array {
    return this.bytes.subarray(this.starts[place], this.ends[place]);
  }

  /**
   * Writes the bytes with `from` … `until` replaced. What is replaced lies in the element `parent` (-1: in none): its
   * length, and the lengths around it, are put right unless `keepsLengths`.
   */
  splice(
    parent: number,
    from: number,
    until: number,
    insert: Uint8Array,
    keepsLengths: boolean,
    into: Case,
  ): void {
    const { bytes, ancestors } = this;
    ancestors.length = 0;
    for (let at = keepsLengths ? -1 : parent; at >= 0; at = this.parents[at] ?? -1) ancestors.push(at);
    let growth = insert.length - (until - from);
    const headers = ancestors.map((at) => {
      const header = this.header(at, growth);
      growth += header.length - ((this.values[at] ?? 0) - (this.starts[at] ?? 0));
      return header;
    });
    let copied = 0;
    for (let i = ancestors.length - 1; i >= 0; i--) {
      const at = ancestors[i] ?? 0;
      into.bytes(bytes, copied, this.starts[at] ?? 0);
      for (const octet of headers[i] ?? []) into.byte(octet);
      copied = this.values[at] ?? 0;
    }
    into.bytes(bytes, copied, from);
    into.bytes(insert, 0, insert.length);
    into.bytes(bytes, until, bytes.length);
  }

  /** The header of an element whose value is longer by `growth`, its length told in the same form where that can be. */
  private header(place: number, growth: number): readonly number[] {
    const start = this.starts[place] ?? 0;
    const value = this.values[place] ?? 0;
    const length = Math.max(0, (this.ends[place] ?? 0) - value + growth);
    if (this.isBuffer(place)) return [...uint(length, WORD)];
    const octets = value - start - 2;
    return [this.bytes[start] ?? 0, ...lengthOf(length, octets)];
  }

  /** Takes an element; returns where it ends, or -1. */
  private element(at: number, end: number, parent: number, level: number): number {
    const { bytes } = this;
    const first = bytes[at + 1] ?? LONG_FORM;
    const octets = first < LONG_FORM ? 0 : first - LONG_FORM;
    if (first === LONG_FORM || octets > WORD || at + 2 + octets > end || this.count === MAX_ELEMENTS)
      return -1;
    let length = octets === 0 ? first : 0;
    for (let i = 0; i < octets; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0);
    const value = at + 2 + octets;
    if (value + length > end) return -1;
    const place = this.enter(at, value, value + length, parent);
    const tag = bytes[at] ?? 0;
    const isNested = (tag & CONSTRUCTED) !== 0 || (tag === OCTET_STRING && bytes[value] === SEQUENCE);
    if (isNested && level < MAX_LEVELS) this.inside(place, level + 1);
    return value + length;
  }

  private inside(place: number, level: number): void {
    const end = this.ends[place] ?? 0;
    for (let at = this.values[place] ?? 0; at >= 0 && at < end;) at = this.element(at, end, place, level);
  }

  /** Takes a SASL buffer; returns where it ends, or -1. */
  private buffer(at: number): number {
    const { bytes } = this;
    const length = ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    const end = at + WORD + length;
    if (length === 0 || end > bytes.length) return -1;
    const place = this.enter(at, at + WORD, end, -1);
    for (let text = at + WORD + 1; text < Math.min(end - SHORTEST_MESSAGE, at + LONGEST_TOKEN); text++) {
      if (bytes[text] !== SEQUENCE) continue;
      const before = this.count;
      for (let from = text; from >= 0 && from < end && bytes[from] === SEQUENCE;)
        from = this.element(from, end, place, 1);
      if (this.count > before) break;
    }
    return end;
  }

  private enter(start: number, value: number, end: number, parent: number): number {
    const place = this.count++;
    this.starts[place] = start;
    this.values[place] = value;
    this.ends[place] = end;
    this.parents[place] = parent;
    return place;
  }
}

/** A number in so many octets. */
export function uint(value: number, octets: number): Uint8Array {
  const bytes = new Uint8Array(octets);
  for (let i = octets - 1, left = value; i >= 0; i--, left = Math.floor(left / 256)) bytes[i] = left % 256;
  return bytes;
}

/** The octets of a length: `octets` behind the first one if that is enough. */
export function lengthOf(length: number, octets = 0): readonly number[] {
  if (octets === 0 && length < LONG_FORM) return [length];
  const needed = length < 0x100 ? 1 : length < 0x1_0000 ? 2 : length < 0x100_0000 ? 3 : 4;
  const used = Math.max(octets, needed);
  return [LONG_FORM + used, ...uint(length, used)];
}

/** An element of this tag around the parts. `octets`: of its length, at least. */
export function element(tag: number, parts: readonly Uint8Array[], octets = 0): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Uint8Array.of(tag, ...lengthOf(length, octets)), ...parts]);
}

/** An INTEGER in as few octets as it can be, of any size. */
export function integer(value: bigint, tag = 0x02): Uint8Array {
  let octets = 1;
  while (BigInt.asIntN(octets * 8, value) !== value) octets++;
  const bytes = new Uint8Array(octets);
  for (let i = 0; i < octets; i++) bytes[octets - 1 - i] = Number(BigInt.asUintN(8, value >> BigInt(i * 8)));
  return element(tag, [bytes]);
}
