import { characterLength } from "../../../assembly/bytes/utf8";
import { hexadecimal, Text } from "../../../assembly/bytes/text";
import { Slice } from "../../../assembly/bytes/slice";

const QUOTE: u8 = 0x22;
const BACKSLASH: u8 = 0x5c;
const COMMA: u8 = 0x2c;
const COLON: u8 = 0x3a;
const OPEN_LIST: u8 = 0x5b;
const OPEN_OBJECT: u8 = 0x7b;

/** `"key":`, behind a comma where one is due; its value comes next. */
export function writeKey(text: Text, key: string): Text {
  return writeWord(text, key).byte(COLON);
}

/** A string of our own, which needs no escapes, behind a comma where one is due. */
export function writeWord(text: Text, value: string): Text {
  return separate(text).byte(QUOTE).string(value).byte(QUOTE);
}

/**
 * A string of a peer's: whatever octets it has, the result is JSON on one line. Text stays; control characters (those
 * of C1 and DEL, too) and what is not UTF-8 become `\u00XX` octet by octet, so that nothing can pretend to be a line end
 * or a command to a terminal. `most`: octets that are written between the quotes; what is behind them is cut off.
 */
export function writeForeign(text: Text, bytes: Slice, most: i32 = i32.MAX_VALUE): Text {
  const start = separate(text).byte(QUOTE).length;
  for (let at = bytes.start; at < bytes.end; at++) {
    const before = text.length;
    const byte = load<u8>(at);
    if (byte == QUOTE || byte == BACKSLASH) text.byte(BACKSLASH).byte(byte);
    else if (byte >= 0x20 && byte < 0x7f) text.byte(byte);
    else at += <usize>writeCharacter(text, at, bytes.end);
    if (text.length - start > most) return text.cutTo(before).byte(QUOTE);
  }
  return text.byte(QUOTE);
}

/** A comma, unless what comes is the first of its object or list, or the value of a key. */
function separate(text: Text): Text {
  if (text.length == 0) return text;
  const last = load<u8>(text.start + <usize>(text.length - 1));
  return last == OPEN_OBJECT || last == OPEN_LIST || last == COLON ? text : text.byte(COMMA);
}

/** Writes what is at `at`, no printable ASCII, and returns how many octets more than one it took. */
function writeCharacter(text: Text, at: usize, end: usize): i32 {
  const length = characterLength(at, end);
  const isC1 = length == 2 && load<u8>(at) == 0xc2 && load<u8>(at + 1) < 0xa0;
  if (length < 2 || isC1) {
    writeEscaped(text, load<u8>(at));
    return 0;
  }
  text.bytes(at, length);
  return length - 1;
}

function writeEscaped(text: Text, byte: u8): void {
  text
    .string("\\u00")
    .byte(hexadecimal(byte >> 4))
    .byte(hexadecimal(byte & 15));
}
