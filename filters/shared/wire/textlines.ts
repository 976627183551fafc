import { isLetter, Slice } from "../../../assembly/bytes/slice";

// Lines of text that are no commands of a protocol of lines, but mean something by themselves.

const SPACE: u8 = 0x20;

/**
 * Whether a line is an HTTP request line (RFC 9112 §3): a method, a blank, and `HTTP/` in its last word. `isCut`: the
 * line's end was not kept; then a path or URL behind the blank is enough.
 */
export function isHttpRequestLine(line: Slice, isCut: bool): bool {
  let at = line.start;
  while (at < line.end && isLetter(load<u8>(at))) at++;
  const method = at - line.start;
  if (method < 3 || method > 7 || at >= line.end || load<u8>(at) != SPACE) return false;
  WORD.start = at + 1;
  WORD.end = line.end;
  if (isCut) return WORD.startsWith("/") || WORD.startsWithIgnoringCase("http://");
  let last = line.end;
  while (last > at && load<u8>(last - 1) != SPACE) last--;
  WORD.start = last;
  return WORD.startsWithIgnoringCase("http/");
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
const WORD = new Slice();
