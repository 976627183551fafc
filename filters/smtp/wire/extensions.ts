import { words } from "../../../assembly/bytes/words";
import { isLetter, lowerCase, Slice } from "../../../assembly/bytes/slice";

/** Service extensions that a hello's reply may offer (label `extension`, docs/smtp.md), in the order of `EXTENSIONS`. */
export const enum Extension {
  /** RFC 2920. */
  pipelining,
  /** RFC 3030. */
  chunking,
  /** RFC 3030. */
  binarymime,
  /** RFC 6152. */
  eightbitmime,
  /** RFC 6531. */
  smtputf8,
  /** RFC 3461. */
  dsn,
  /** RFC 1870. */
  size,
  /** RFC 4954; also in the old form `AUTH=`. */
  auth,
  /** RFC 3207. */
  starttls,
  /** RFC 2034. */
  enhancedstatuscodes,
  /** RFC 2852. */
  deliverby,
  /** RFC 4865. */
  futurerelease,
  /** RFC 6710. */
  mt_priority,
  /** RFC 8689. */
  requiretls,
  prdr,
  /** RFC 4468. */
  burl,
  /** RFC 9422. */
  limits,
  /** PIPECONNECT, PIPE_CONNECT and X_PIPE_CONNECT. */
  pipeconnect,
  xclient,
  xforward,
  /** RFC 1985. */
  etrn,
  vrfy,
  help,
  other,
}

/** Label values of `Extension`, by its number. */
export const EXTENSIONS: string[] = words(`
  pipelining chunking binarymime 8bitmime smtputf8 dsn size auth starttls enhancedstatuscodes
  deliverby futurerelease mt_priority requiretls prdr burl limits pipeconnect xclient xforward
  etrn vrfy help other
`);

/** Keywords as they stand on the wire, in lower case, by the number of their extension. */
const KEYWORDS: string[] = words(`
  pipelining chunking binarymime 8bitmime smtputf8 dsn size auth starttls enhancedstatuscodes
  deliverby futurerelease mt-priority requiretls prdr burl limits pipeconnect xclient xforward
  etrn vrfy help
`);

/** Letters in a row that a keyword needs to look masked (docs/smtp.md, starttls_stripped_suspected). */
const MASK_LENGTH: i32 = 4;

/** The bit of an extension in a set of offers. */
export function bitOf(extension: Extension): u32 {
  return 1 << (<u32>extension);
}

/** The extension that a line of a hello's reply (without its code) offers. */
export function extensionOf(text: Slice): Extension {
  const keyword = KEYWORD.copyOf(text);
  let end = keyword.start;
  while (end < keyword.end && load<u8>(end) > 0x20 && load<u8>(end) != 0x3d) end++;
  // Only AUTH has a form with an equals sign.
  const equals = end < keyword.end && load<u8>(end) == 0x3d;
  keyword.end = end;
  if (equals) return keyword.equalsIgnoringCase("auth") ? Extension.auth : Extension.other;
  for (let i = 0; i < KEYWORDS.length; i++) {
    if (keyword.equalsIgnoringCase(unchecked(KEYWORDS[i]))) return <Extension>i;
  }
  if (keyword.equalsIgnoringCase("pipe_connect") || keyword.equalsIgnoringCase("x_pipe_connect")) {
    return Extension.pipeconnect;
  }
  return Extension.other;
}

/** Whether a keyword looks overwritten by a middlebox: four equal letters or more and one other at the end (`XXXXXXXA`). */
export function looksMasked(text: Slice): bool {
  let end = text.start;
  while (end < text.end && isLetter(load<u8>(end))) end++;
  const length = <i32>(end - text.start);
  if (length <= MASK_LENGTH || (end < text.end && load<u8>(end) > 0x20)) return false;
  const letter = lowerCase(load<u8>(text.start));
  for (let at = text.start; at < end - 1; at++) {
    if (lowerCase(load<u8>(at)) != letter) return false;
  }
  return true;
}

const KEYWORD = new Slice();
