/** google.protobuf.Struct on the wire (google/protobuf/struct.proto), as Envoy 1.40 hands a configuration to a module. */

/** What JSON has. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const TAG = {
  item: 0x0a,
  key: 0x0a,
  value: 0x12,
  nothing: 0x08,
  number: 0x11,
  string: 0x1a,
  bool: 0x20,
  struct: 0x2a,
  list: 0x32,
};

/** The bytes of a Struct; of a list or a single value those that it has inside of one. */
export function structOf(value: Json): Buffer {
  if (value === null || typeof value !== "object") return valueOf(value);
  if (Array.isArray(value))
    return Buffer.concat((value as readonly Json[]).map((one) => field(TAG.item, valueOf(one))));
  return Buffer.concat(
    Object.entries(value).map(([key, one]) =>
      field(TAG.item, Buffer.concat([field(TAG.key, Buffer.from(key)), field(TAG.value, valueOf(one))])),
    ),
  );
}

function valueOf(value: Json): Buffer {
  switch (typeof value) {
    case "boolean":
      return Buffer.from([TAG.bool, value ? 1 : 0]);
    case "number": {
      const bytes = Buffer.alloc(9, TAG.number);
      bytes.writeDoubleLE(value, 1);
      return bytes;
    }
    case "string":
      return field(TAG.string, Buffer.from(value));
    default:
      if (value === null) return Buffer.from([TAG.nothing, 0]);
      return field(Array.isArray(value) ? TAG.list : TAG.struct, structOf(value));
  }
}

function field(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag, ...varint(content.length)]), content]);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}
