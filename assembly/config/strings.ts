import { characterAt, characterLength, hexValue } from "./characters";

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

/** The text of [from, to) as it stands, which must be UTF-8 that the reader has checked. */
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

/** UTF-16 unit of `text` at `index`, which must be inside. */
export function unitOf(text: string, index: i32): i32 {
  return <i32>load<u16>(changetype<usize>(text) + ((<usize>index) << 1));
}

/** Decimal digits of `value`. */
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

/** A string of `length` NUL units, to be filled at once. */
function newString(length: usize): string {
  if (length == 0) return "";
  return changetype<string>(__new(length << 1, idof<string>()));
}

function putCharacter(at: usize, point: u32): usize {
  if (point < 0x10000) {
    store<u16>(at, <u16>point);
    return at + 2;
  }
  store<u16>(at, <u16>(0xd800 + ((point - 0x10000) >> 10)));
  store<u16>(at + 2, <u16>(0xdc00 + ((point - 0x10000) & 0x3ff)));
  return at + 4;
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
