import { words } from "../../../assembly/bytes/words";
import { isDigit, isLetter, lowerCase, Slice } from "../../../assembly/bytes/slice";

/** Why Active Directory refused a bind: the number behind `data` in its text (label `reason`), in the order of `AD_REASONS`. */
export const AD_REASONS: string[] = words("52e 525 530 531 532 533 568 701 773 775 other");

/** Nothing of the kind was in the text. */
export const NO_AD_REASON: i32 = -1;

/** How much of the text is looked at (docs/ldap.md, rule 15). */
export const AD_TEXT_BYTES: u32 = 160;

const HINT: string = "data ";

/**
 * The place in `AD_REASONS` of what `… AcceptSecurityContext error, data 52e, v1db1` tells, or NO_AD_REASON.
 * `isCut`: the text goes on behind `text`, so that a number at its end may not be all of it.
 */
export function adReasonOf(text: Slice, isCut: bool): i32 {
  for (let at = text.start; at + <usize>HINT.length < text.end; at++) {
    if (at > text.start && isAlphanumeric(load<u8>(at - 1))) continue;
    REST.start = at;
    REST.end = text.end;
    if (!REST.startsWith(HINT)) continue;
    REST.advance(HINT.length);
    if (takesNumber(REST, isCut)) return reasonOf(REST);
  }
  return NO_AD_REASON;
}

/** Cuts `rest` to the number that it begins with. False: there is none, or it is only the beginning of something. */
function takesNumber(rest: Slice, isCut: bool): bool {
  let end = rest.start;
  while (end < rest.end && isHexadecimal(load<u8>(end))) end++;
  if (end == rest.start) return false;
  if (end == rest.end) return !isCut;
  rest.end = end;
  return !isAlphanumeric(load<u8>(end));
}

function reasonOf(number: Slice): i32 {
  const other = AD_REASONS.length - 1;
  for (let i = 0; i < other; i++) {
    if (number.equalsIgnoringCase(unchecked(AD_REASONS[i]))) return i;
  }
  return other;
}

function isHexadecimal(byte: u8): bool {
  const lower = lowerCase(byte);
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
}

function isAlphanumeric(byte: u8): bool {
  return isDigit(byte) || isLetter(byte);
}

/** Scratch. */
const REST = new Slice();
