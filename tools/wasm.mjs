// Reading and writing the parts of a Wasm module.

const HEADER_BYTES = 8;

export const CUSTOM_SECTION = 0;
export const MEMORY_SECTION = 5;
export const DATA_SECTION = 11;
export const DATA_COUNT_SECTION = 12;

export class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get atEnd() {
    return this.at >= this.bytes.length;
  }

  byte() {
    return this.bytes[this.at++];
  }

  /** LEB128, unsigned. */
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  take(length) {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}

/** The module with each section's content replaced by what `change(id, content)` returns; undefined keeps it. */
export function rewritten(module, change) {
  const parts = [module.subarray(0, HEADER_BYTES)];
  const reader = new Reader(module, HEADER_BYTES);
  while (!reader.atEnd) {
    const from = reader.at;
    const id = reader.byte();
    const changed = change(id, reader.take(reader.number()));
    parts.push(changed === undefined ? module.subarray(from, reader.at) : withLength(id, changed));
  }
  return Buffer.concat(parts);
}

/** `content` behind `id` and its length. */
export function withLength(id, content) {
  return Buffer.concat([Buffer.from([id]), number(content.length), content]);
}

/** LEB128, unsigned, of at least `width` bytes. */
export function number(value, width = 1) {
  const bytes = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80 && bytes.length + 1 >= width) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}
