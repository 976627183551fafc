import { isDigit } from "../bytes/slice";

/** Digits after which no u64 can hold the number. */
const MAX_DIGITS: i32 = 19;

/** Where an exponent stops being followed: far beyond any number that could fit. */
const MAX_EXPONENT: i32 = 100_000_000;

/** What became of a JSON number that should be whole. */
export const enum Whole {
  /** `WholeNumber.value` holds it. */
  ok,
  /** It has a fraction. */
  fraction,
  /** It does not fit into an i64. */
  tooLarge,
}

/**
 * The whole number that a JSON number stands for, exactly: `1000`, `1000.0`, `1e3` and `0.001e6` are the same.
 * (Envoy holds the numbers of a Struct as doubles and may write them in any of these ways.)
 */
export class WholeNumber {
  /** Of the last call of `parse` that came to `ok`. */
  static value: i64 = 0;

  /** [from, to) must be a number as the reader accepts it. */
  static parse(from: usize, to: usize): Whole {
    const isNegative = load<u8>(from) == 0x2d;
    let digits = 0; // significant ones, leading zeros not counted
    let zeros = 0; // at the end of them
    let magnitude: u64 = 0; // of the digits without these zeros
    let scale = 0; // power of ten of the last digit
    let isFraction = false;
    let at = isNegative ? from + 1 : from;
    for (; at < to; at++) {
      const byte = load<u8>(at);
      if (byte == 0x2e) {
        isFraction = true;
        continue;
      }
      if (!isDigit(byte)) break;
      if (isFraction) scale--;
      if (byte == 0x30) {
        if (digits > 0) zeros++;
        continue;
      }
      const step = digits > 0 ? zeros + 1 : 1;
      digits += step;
      if (digits <= MAX_DIGITS) magnitude = shift(magnitude, step) + <u64>(byte - 0x30);
      zeros = 0;
    }
    if (magnitude == 0) return finish(0, isNegative);
    if (at < to) scale += exponent(at + 1, to);
    scale += zeros;
    if (scale < 0) return Whole.fraction;
    if (digits + scale > MAX_DIGITS) return Whole.tooLarge;
    return finish(shift(magnitude, scale), isNegative);
  }
}

function finish(magnitude: u64, isNegative: bool): Whole {
  if (magnitude > <u64>i64.MAX_VALUE) return Whole.tooLarge;
  WholeNumber.value = isNegative ? -(<i64>magnitude) : <i64>magnitude;
  return Whole.ok;
}

/** `value` × 10 to the power of `places`; the caller knows that it fits. */
function shift(value: u64, places: i32): u64 {
  let shifted = value;
  for (let i = 0; i < places; i++) shifted *= 10;
  return shifted;
}

function exponent(from: usize, to: usize): i32 {
  let at = from;
  const sign = load<u8>(at);
  if (sign == 0x2b || sign == 0x2d) at++;
  let value = 0;
  for (; at < to; at++) value = min(value * 10 + <i32>(load<u8>(at) - 0x30), MAX_EXPONENT);
  return sign == 0x2d ? -value : value;
}
