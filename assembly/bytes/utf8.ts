import { Slice } from "./slice";

/** Whether bytes that a peer or the proxy supplied are text: UTF-8 (RFC 3629) is never taken for granted. */
export class Utf8 {
  /** Whether all of `bytes` is well-formed UTF-8; nothing is. */
  static isValid(bytes: Slice): bool {
    return Utf8.validLength(bytes) == bytes.length;
  }

  /** How many bytes in front are well-formed UTF-8, in whole characters: 0 … `bytes.length`. */
  static validLength(bytes: Slice): i32 {
    let at = bytes.start;
    while (at < bytes.end) {
      const length = characterLength(at, bytes.end);
      if (length == 0) break;
      at += <usize>length;
    }
    return <i32>(at - bytes.start);
  }

  /**
   * The text, or null where `bytes` are no UTF-8. It is a new string each time: for configuration and for errors, not for
   * every connection (`Text.replacing` writes bytes without making anything).
   */
  static decode(bytes: Slice): string | null {
    return Utf8.isValid(bytes) ? rawText(bytes.start, bytes.end) : null;
  }
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

/** The text of [from, to) as it stands, which should be UTF-8: any other byte counts for the character of its number. */
export function rawText(from: usize, to: usize): string {
  const text = newString(<usize>(to - from));
  let write = changetype<usize>(text);
  let at = from;
  while (at < to) {
    const length = max(characterLength(at, to), 1);
    write = putCharacter(write, characterAt(at, length));
    at += <usize>length;
  }
  return prefixOf(text, <i32>((write - changetype<usize>(text)) >> 1));
}

/** A copy of the first `length` UTF-16 units of `text`. */
export function prefixOf(text: string, length: i32): string {
  const count = min(max(length, 0), text.length);
  const prefix = newString(<usize>count);
  memory.copy(changetype<usize>(prefix), changetype<usize>(text), (<usize>count) << 1);
  return prefix;
}

/** A string of `length` NUL units, to be filled at once. */
export function newString(length: usize): string {
  if (length == 0) return "";
  return changetype<string>(__new(length << 1, idof<string>()));
}

/** Writes the UTF-16 of a character to `at`; where that ends. */
export function putCharacter(at: usize, point: u32): usize {
  if (point < 0x10000) {
    store<u16>(at, <u16>point);
    return at + 2;
  }
  store<u16>(at, <u16>(0xd800 + ((point - 0x10000) >> 10)));
  store<u16>(at + 2, <u16>(0xdc00 + ((point - 0x10000) & 0x3ff)));
  return at + 4;
}
