import { utf8Length } from "../bytes/text";
import { characterLength, rawText } from "../bytes/utf8";
import { isSpace } from "./characters";
import { JsonValue, Kind } from "./document";
import { decimal, textOf, unitOf } from "./strings";

/** How many bytes of a wrong value an error shows. */
const MAX_EXCERPT: usize = 60;

/** Longest name. */
const MAX_NAME: i32 = 32;

/** What an error says it found. */
export function describe(value: JsonValue): string {
  switch (value.kind) {
    case Kind.object:
      return "an object";
    case Kind.array:
      return "an array";
    case Kind.string:
      return value.isSecret
        ? "a string of " + decimal(<i64>utf8Length(textOf(value.from, value.to))) + " bytes"
        : quoted(value.from, value.to);
    default:
      return excerpt(value.from, value.to);
  }
}

/** The byte at which a syntax error is. */
export function describeByte(at: usize, end: usize): string {
  if (at >= end) return "the end";
  const length = characterLength(at, end);
  const byte = load<u8>(at);
  if (length == 0 || byte < 0x20 || byte == 0x7f) return "byte " + decimal(<i64>byte);
  return quoted(at, at + <usize>length);
}

/** [from, to) as it stands in the text, in double quotes. */
export function quoted(from: usize, to: usize): string {
  return '"' + excerpt(from, to) + '"';
}

/** `"low", "standard" or "high"` */
export function alternatives(values: string[]): string {
  let text = "";
  for (let i = 0; i < values.length; i++) {
    if (i > 0) text += i == values.length - 1 ? " or " : ", ";
    text += '"' + unchecked(values[i]) + '"';
  }
  return text;
}

/** Whether [start, end) holds nothing but white space. */
export function isBlank(start: usize, end: usize): bool {
  for (let at = start; at < end; at++) {
    if (!isSpace(load<u8>(at))) return false;
  }
  return true;
}

/** Whether `text` is `[a-z][a-z0-9_]{0,31}`. */
export function isName(text: string): bool {
  if (text.length == 0 || text.length > MAX_NAME) return false;
  for (let i = 0; i < text.length; i++) {
    const unit = unitOf(text, i);
    const isLetter = unit >= 0x61 && unit <= 0x7a;
    const isRest = (unit >= 0x30 && unit <= 0x39) || unit == 0x5f;
    if (!isLetter && (i == 0 || !isRest)) return false;
  }
  return true;
}

function excerpt(from: usize, to: usize): string {
  if (to - from <= MAX_EXCERPT) return rawText(from, to);
  let end = from + MAX_EXCERPT;
  while (end > from && (load<u8>(end) & 0xc0) == 0x80) end--;
  return rawText(from, end) + "…";
}
