/** White space of JSON. */
export function isSpace(byte: u8): bool {
  return byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09;
}

/** Value of a hexadecimal digit, or -1. */
export function hexValue(byte: u8): i32 {
  if (byte >= 0x30 && byte <= 0x39) return <i32>byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? <i32>lower - 0x61 + 10 : -1;
}

/** Length of the UTF-8 character at `at`, or 0 when it is not well formed (RFC 3629 §4) or cut off by `end`. */
export function characterLength(at: usize, end: usize): i32 {
  const first = load<u8>(at);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (at + <usize>length > end) return 0;
  const second = load<u8>(at + 1);
  const least: u8 = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const most: u8 = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  for (let i = 2; i < length; i++) {
    if ((load<u8>(at + <usize>i) & 0xc0) != 0x80) return 0;
  }
  return length;
}

/** Number of the well-formed UTF-8 character of `length` bytes at `at`. */
export function characterAt(at: usize, length: i32): u32 {
  const first = <u32>load<u8>(at);
  if (length == 1) return first;
  let point = first & (0xff >>> (<u32>length + 1));
  for (let i = 1; i < length; i++) point = (point << 6) | ((<u32>load<u8>(at + <usize>i)) & 0x3f);
  return point;
}
