import { Slice } from "../../../assembly/bytes/slice";
import { words } from "../../../assembly/bytes/words";

/** Capabilities (RFC 2449 §6; label `extension`, docs/pop3.md), in the order of `EXTENSIONS`. */
export const enum Extension {
  top,
  user,
  uidl,
  /** RFC 5034 §3. */
  sasl,
  /** RFC 2595 §4. */
  stls,
  resp_codes,
  /** RFC 3206 §6. */
  auth_resp_code,
  login_delay,
  pipelining,
  expire,
  implementation,
  /** RFC 6856. */
  utf8,
  lang,
  other,
}

/** Label values of `Extension`, by its number. */
export const EXTENSIONS: string[] = words(`
  top user uidl sasl stls resp_codes auth_resp_code login_delay pipelining expire implementation utf8 lang other
`);

/** Octets of a capability that tell which one it is: the longest keyword and what ends it. */
export const KEYWORD_BYTES: i32 = 16;

export function bitOf(extension: Extension): u32 {
  return 1 << (<u32>extension);
}

/** The capability that a line of the reply to CAPA names in its first word, the case ignored. */
export function extensionOf(line: Slice): Extension {
  KEYWORD.start = line.start;
  let end = line.start;
  while (end < line.end && load<u8>(end) > 0x20) end++;
  KEYWORD.end = end;
  if (KEYWORD.equalsIgnoringCase("top")) return Extension.top;
  if (KEYWORD.equalsIgnoringCase("user")) return Extension.user;
  if (KEYWORD.equalsIgnoringCase("uidl")) return Extension.uidl;
  if (KEYWORD.equalsIgnoringCase("sasl")) return Extension.sasl;
  if (KEYWORD.equalsIgnoringCase("stls")) return Extension.stls;
  if (KEYWORD.equalsIgnoringCase("resp-codes")) return Extension.resp_codes;
  if (KEYWORD.equalsIgnoringCase("auth-resp-code")) return Extension.auth_resp_code;
  if (KEYWORD.equalsIgnoringCase("login-delay")) return Extension.login_delay;
  if (KEYWORD.equalsIgnoringCase("pipelining")) return Extension.pipelining;
  if (KEYWORD.equalsIgnoringCase("expire")) return Extension.expire;
  if (KEYWORD.equalsIgnoringCase("implementation")) return Extension.implementation;
  if (KEYWORD.equalsIgnoringCase("utf8")) return Extension.utf8;
  return KEYWORD.equalsIgnoringCase("lang") ? Extension.lang : Extension.other;
}

/** Whether a capability looks overwritten by a middlebox that wants no TLS: four times the same letter. */
export function looksMasked(line: Slice): bool {
  const first = line.at(0);
  if (first != 0x58 && first != 0x78 && first != 0x2a) return false;
  return line.at(1) == first && line.at(2) == first && line.at(3) == first && line.at(4) <= 0x20;
}

/** Scratch: the first word. */
const KEYWORD = new Slice();
