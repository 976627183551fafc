import { words } from "../../../assembly/bytes/words";
import { lowerCase, Slice } from "../../../assembly/bytes/slice";

/** Why Active Directory refused a bind: the number behind `data` in its text (label `reason`), in the order of `AD_REASONS`. */
export const AD_REASONS: string[] = words("52e 525 530 531 532 533 568 701 773 775 other");

/** Nothing of the kind was in the text. */
export const NO_AD_REASON: i32 = -1;

/** How much of the text is looked at (docs/ldap.md, rule 15). */
export const AD_TEXT_BYTES: u32 = 160;

const HINT: string = "data ";

/**
 * The place in `AD_REASONS` of what `… AcceptSecurityContext error, data 52e, v1db1` tells, or NO_AD_REASON.
 */
export function adReasonOf(text: Slice): i32 {
  for (let at = text.start; at + <usize>HINT.length < text.end; at++) {
    REST.start = at;
    REST.end = text.end;
    if (!REST.startsWith(HINT)) continue;
    REST.advance(HINT.length);
    if (isHexadecimal(load<u8>(REST.start))) return reasonAt(REST);
  }
  return NO_AD_REASON;
}

function reasonAt(rest: Slice): i32 {
  let end = rest.start;
  while (end < rest.end && isHexadecimal(load<u8>(end))) end++;
  rest.end = end;
  const other = AD_REASONS.length - 1;
  for (let i = 0; i < other; i++) {
    if (rest.equalsIgnoringCase(unchecked(AD_REASONS[i]))) return i;
  }
  return other;
}

function isHexadecimal(byte: u8): bool {
  const lower = lowerCase(byte);
  return (lower >= 0x30 && lower <= 0x39) || (lower >= 0x61 && lower <= 0x66);
}

/** Scratch. */
const REST = new Slice();
