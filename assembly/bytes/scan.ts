/** Bytes that one SIMD step looks at. */
const STEP: usize = 16;

const LF: u8 = 0x0a;

/** Where the first `byte` lies in [from, end), or `end`. */
export function indexOf(byte: u8, from: usize, end: usize): usize {
  let at = from;
  if (end - from < STEP) {
    while (at < end && load<u8>(at) != byte) at++;
    return at;
  }
  const wanted = i8x16.splat(<i8>byte);
  while (at < end) {
    // The last step takes bytes again that are known, as it must not look beyond the end.
    const base = min(at, end - STEP);
    const hits = (<u32>i8x16.bitmask(i8x16.eq(v128.load(base), wanted))) >> (<u32>(at - base));
    if (hits != 0) return at + <usize>ctz(hits);
    at = base + STEP;
  }
  return at;
}

/** Where the first LF lies in [from, end), or `end`. */
export function indexOfLineFeed(from: usize, end: usize): usize {
  return indexOf(LF, from, end);
}
