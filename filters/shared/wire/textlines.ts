import { isLetter, Slice } from "../../../assembly/bytes/slice";

// Lines of text that are no commands of a protocol of lines, but mean something by themselves.

const SPACE: u8 = 0x20;

/** Whether a line is an HTTP request line (RFC 9112 §3): a method, a blank, and `HTTP/` in its last word. */
export function isHttpRequestLine(line: Slice): bool {
  let at = line.start;
  while (at < line.end && isLetter(load<u8>(at))) at++;
  const method = at - line.start;
  if (method < 3 || method > 7 || at >= line.end || load<u8>(at) != SPACE) return false;
  let last = line.end;
  while (last > at && load<u8>(last - 1) != SPACE) last--;
  LAST_WORD.start = last;
  LAST_WORD.end = line.end;
  return LAST_WORD.startsWithIgnoringCase("http/");
}

/** Whether a line is a PROXY protocol version 1 preamble. */
export function isProxyV1(line: Slice): bool {
  return line.startsWith("PROXY TCP4 ") || line.startsWith("PROXY TCP6 ") || line.startsWith("PROXY UNKNOWN");
}

/** Whether a line asks for nothing but to end an AUTH exchange (RFC 4954 §4). */
export function isCancel(line: Slice): bool {
  return line.length == 1 && line.at(0) == 0x2a;
}

/** Scratch. */
const LAST_WORD = new Slice();
