// Just enough of protocol buffers to read the arguments of Envoy's foreign functions.

/** Fields by number; of one that comes twice the last. Numbers of 64 bits and less, texts and bytes. */
export type Fields = ReadonlyMap<number, bigint | Uint8Array>;

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

/** Reads a message; undefined where the bytes are none. */
export function readFields(bytes: Uint8Array): Fields | undefined {
  const fields = new Map<number, bigint | Uint8Array>();
  const input = { bytes, at: 0 };
  while (input.at < bytes.length) {
    const tag = varint(input);
    if (tag === undefined) return undefined;
    const value = field(input, Number(tag & 7n));
    const number = Number(tag >> 3n);
    if (value === undefined || number === 0) return undefined;
    fields.set(number, value);
  }
  return fields;
}

/** A text field; empty where it is absent, as protobuf has it. Undefined for a field of another type or not UTF-8. */
export function textField(fields: Fields, number: number): string | undefined {
  const value = fields.get(number) ?? new Uint8Array();
  if (typeof value === "bigint") return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(value);
  } catch {
    return undefined;
  }
}

/** A bool or an enum; 0 where it is absent. */
export function numberField(fields: Fields, number: number): number {
  const value = fields.get(number);
  return typeof value === "bigint" ? Number(BigInt.asIntN(32, value)) : 0;
}

interface Input {
  readonly bytes: Uint8Array;
  at: number;
}

function field(input: Input, wireType: number): bigint | Uint8Array | undefined {
  if (wireType === VARINT) return varint(input);
  if (wireType === FIXED64) return take(input, 8);
  if (wireType === FIXED32) return take(input, 4);
  if (wireType !== LENGTH) return undefined;
  const length = varint(input);
  return length === undefined ? undefined : take(input, Number(length));
}

function varint(input: Input): bigint | undefined {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = input.bytes[input.at++];
    if (byte === undefined) return undefined;
    value |= BigInt(byte & 0x7f) << shift;
    if ((byte & 0x80) === 0) return value;
  }
  return undefined;
}

function take(input: Input, length: number): Uint8Array | undefined {
  const end = input.at + length;
  if (end > input.bytes.length) return undefined;
  const bytes = input.bytes.slice(input.at, end);
  input.at = end;
  return bytes;
}
