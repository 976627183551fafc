// Reading and writing the parts of a Wasm module.

const HEADER_BYTES = 8;

export const CUSTOM_SECTION = 0;
export const MEMORY_SECTION = 5;
export const CODE_SECTION = 10;
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

/** The sections of a module: their ids, from where to where they lie, and what is in them. */
export function sectionsOf(module) {
  const sections = [];
  const reader = new Reader(module, HEADER_BYTES);
  while (!reader.atEnd) {
    const from = reader.at;
    const id = reader.byte();
    const content = reader.take(reader.number());
    sections.push({ id, from, to: reader.at, content });
  }
  return sections;
}

/** The module with each section's content replaced by what `change(id, content)` returns; undefined keeps it. */
export function rewritten(module, change) {
  const parts = sectionsOf(module).map(({ id, from, to, content }) => {
    const changed = change(id, content);
    return changed === undefined ? module.subarray(from, to) : withLength(id, changed);
  });
  return Buffer.concat([module.subarray(0, HEADER_BYTES), ...parts]);
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

/** Reads past an instruction; its opcode, or for those of two parts the first. */
export function skipInstruction(reader) {
  const opcode = reader.byte();
  if (opcode === 0xfc) skipOperands(reader, BULK[reader.number()] ?? "");
  else if (opcode === 0xfd) skipOperands(reader, vectorOperands(reader.number()));
  else if (opcode === 0x0e || opcode === 0x1c) skipList(reader, opcode);
  else skipOperands(reader, OPERANDS.find(([from, to]) => opcode >= from && opcode <= to)?.[2] ?? "");
  return opcode;
}

/** Operands of instructions from … to: `n` a number in LEB128, a digit so many bytes. */
const OPERANDS = [
  [0x02, 0x04, "n"], // block, loop, if
  [0x0c, 0x0d, "n"], // br, br_if
  [0x10, 0x10, "n"], // call
  [0x11, 0x11, "nn"], // call_indirect
  [0x20, 0x26, "n"], // locals, globals, tables
  [0x28, 0x3e, "nn"], // load, store
  [0x3f, 0x40, "n"], // memory.size, memory.grow
  [0x41, 0x42, "n"], // i32.const, i64.const
  [0x43, 0x43, "4"],
  [0x44, 0x44, "8"],
  [0xd0, 0xd0, "n"], // ref.null
  [0xd2, 0xd2, "n"], // ref.func
];

/** Of those behind 0xfc, by their second part. */
const BULK = ["", "", "", "", "", "", "", "", "nn", "n", "nn", "n", "nn", "n", "nn", "n", "n", "n"];

/** Of those behind 0xfd (vectors of 128 bits). */
function vectorOperands(second) {
  if (second <= 11 || second === 92 || second === 93) return "nn"; // load, store
  if (second === 12 || second === 13) return "88"; // v128.const, i8x16.shuffle
  if (second >= 21 && second <= 34) return "1"; // lanes
  return second >= 84 && second <= 91 ? "nn1" : ""; // load and store of lanes
}

function skipOperands(reader, operands) {
  for (const operand of operands) {
    if (operand === "n") reader.number();
    else reader.take(Number(operand));
  }
}

/** br_table (one more than it says) and select with types. */
function skipList(reader, opcode) {
  for (let left = reader.number() + (opcode === 0x0e ? 1 : 0); left > 0; left--) reader.number();
}
