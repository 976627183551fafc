import { hexadecimal, Text } from "../bytes/text";
import { characterAt, characterLength, newString, prefixOf, putCharacter } from "../bytes/utf8";
import { hexValue } from "./characters";

const BACKSLASH: u8 = 0x5c;

/** The text of [from, to), which the reader has checked: the inside of a JSON string, escapes resolved. */
export function textOf(from: usize, to: usize): string {
  const text = newString(<usize>(to - from)); // never more UTF-16 units than bytes
  let write = changetype<usize>(text);
  let at = from;
  while (at < to) {
    if (load<u8>(at) == BACKSLASH) {
      const isUnit = load<u8>(at + 1) == 0x75;
      store<u16>(write, isUnit ? unitAt(at + 2) : shortEscape(load<u8>(at + 1)));
      write += 2;
      at += isUnit ? 6 : 2;
      continue;
    }
    const length = max(characterLength(at, to), 1);
    write = putCharacter(write, characterAt(at, length));
    at += <usize>length;
  }
  return prefixOf(text, <i32>((write - changetype<usize>(text)) >> 1));
}

/** Longest that one byte becomes in `writeEscaped`. */
export const MAX_ESCAPE: i32 = 6;

/** Writes [from, to), which must be UTF-8, as the inside of a JSON string; returns `text`. */
export function writeEscaped(text: Text, from: usize, to: usize): Text {
  for (let at = from; at < to; at++) {
    const byte = load<u8>(at);
    if (byte < 0x20) {
      text
        .string("\\u00")
        .byte(hexadecimal(byte >> 4))
        .byte(hexadecimal(byte & 15));
      continue;
    }
    if (byte == 0x22 || byte == BACKSLASH) text.byte(BACKSLASH);
    text.byte(byte);
  }
  return text;
}

/** UTF-16 unit of `text` at `index`, which must be inside. */
export function unitOf(text: string, index: i32): i32 {
  return <i32>load<u16>(changetype<usize>(text) + ((<usize>index) << 1));
}

/** `value` in decimal digits. It makes a string: for configuration time. */
export function decimal(value: i64): string {
  let digits = "";
  let rest = value < 0 ? <u64>0 - <u64>value : <u64>value;
  do {
    const digit = newString(1);
    store<u16>(changetype<usize>(digit), 0x30 + <u16>(rest % 10));
    digits = digit + digits;
    rest /= 10;
  } while (rest != 0);
  return value < 0 ? "-" + digits : digits;
}

function unitAt(at: usize): u16 {
  let unit = 0;
  for (let i: usize = 0; i < 4; i++) unit = (unit << 4) | hexValue(load<u8>(at + i));
  return <u16>unit;
}

function shortEscape(letter: u8): u16 {
  switch (letter) {
    case 0x62:
      return 0x08;
    case 0x66:
      return 0x0c;
    case 0x6e:
      return 0x0a;
    case 0x72:
      return 0x0d;
    case 0x74:
      return 0x09;
    default:
      return <u16>letter; // " \ /
  }
}
