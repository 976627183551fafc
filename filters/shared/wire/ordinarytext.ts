const NUL: u8 = 0x00;
const LF: u8 = 0x0a;
const CR: u8 = 0x0d;
const DOT: u8 = 0x2e;

/** CR LF in memory. */
const CRLF: u32 = 0x0a0d;
/** Octets below it end lines or are NUL (or a tab and its like, which the blocks take). */
const TEXT: u8 = 0x0e;

/** Octets of one vector. */
const STEP: usize = 16;
/** Octets that one round of blocks looks at. */
const BLOCK: usize = 64;
/** Octets to learn the length of lines from: three lines of base64 (RFC 2045 §6.8). */
const SAMPLE: usize = 256;
/** Octets of lines of one length after which it is looked whether they were text: at most so many are looked at again. */
const ROUND: usize = 1024;
/** Octets from which on learning it pays. */
const WORTHWHILE: usize = 1024;

/**
 * Skips what a message body is made of: octets other than NUL, CRLF line ends, no line that begins with a dot.
 * Attachments are lines of one length, and of those only the octets and the end are looked at, twice as fast as
 * blocks of 64 octets, which any text comes in.
 */
export class OrdinaryText {
  /**
   * How far from `at` on there is only ordinary text, in whole steps or lines. The octet in front of `at` can be
   * read, and is text or ends a line in order.
   */
  static skip(at: usize, end: usize): usize {
    if (end - at < WORTHWHILE) return OrdinaryText.blocks(at, end);
    const sampled = OrdinaryText.blocks(at, at + SAMPLE);
    if (sampled < at + SAMPLE) return sampled;
    return OrdinaryText.blocks(OrdinaryText.linesAlike(at, sampled, end), end);
  }

  /** Goes on behind a sample in lines that are as long as its last whole one. */
  private static linesAlike(from: usize, to: usize, end: usize): usize {
    // A line whose first octet was looked at: it is no dot.
    const next = behindLineFeed(from, to - 1);
    const last = behindLineFeed(from, next - 1);
    const length = next - last;
    if (last <= from || length < STEP + 2) return to;
    return max(to, OrdinaryText.lines(next, end, length));
  }

  /** How far from `at`, the start of a line, on there are only lines of `length` octets with their CRLF. */
  private static lines(at: usize, end: usize, length: usize): usize {
    let from: usize;
    do {
      from = at;
      at = OrdinaryText.someLines(at, min(at + ROUND, end), length);
    } while (at != from);
    return at;
  }

  /** The same for a few lines, none of which goes when one of them holds an octet below TEXT. */
  private static someLines(from: usize, end: usize, length: usize): usize {
    const last = length - 2 - STEP;
    let lowest = i8x16.splat(TEXT);
    let at = from;
    // One octet more is looked at: the first of the next line.
    for (; at + length < end; at += length) {
      const tail = load<u32>(at + length - 3);
      if (((tail >> 8) & 0xffff) != CRLF || <u8>(tail >> 24) == DOT) break;
      const lastStep = at + last;
      lowest = i8x16.min_u(lowest, v128.load(lastStep));
      let step = at;
      for (; step + 3 * STEP < lastStep; step += BLOCK)
        lowest = i8x16.min_u(lowest, OrdinaryText.lowestOf(step));
      for (; step < lastStep; step += STEP) lowest = i8x16.min_u(lowest, v128.load(step));
    }
    return v128.any_true(i8x16.lt_u(lowest, i8x16.splat(TEXT))) ? from : at;
  }

  /** The lowest octets of a block, lane by lane. */
  @inline
  private static lowestOf(at: usize): v128 {
    const a = i8x16.min_u(v128.load(at), v128.load(at, STEP));
    return i8x16.min_u(a, i8x16.min_u(v128.load(at, 2 * STEP), v128.load(at, 3 * STEP)));
  }

  /** How far from `at` on there are only whole steps of ordinary text. */
  private static blocks(at: usize, end: usize): usize {
    while (at + BLOCK <= end) {
      const a = v128.load(at);
      const b = v128.load(at + STEP);
      const c = v128.load(at + 2 * STEP);
      const d = v128.load(at + 3 * STEP);
      // Put together from what is loaded already.
      const beforeA = v128.load(at - 1);
      const beforeB = OrdinaryText.shifted(a, b);
      const beforeC = OrdinaryText.shifted(b, c);
      const beforeD = OrdinaryText.shifted(c, d);
      const unpaired = v128.or(
        v128.or(OrdinaryText.unpaired(a, beforeA), OrdinaryText.unpaired(b, beforeB)),
        v128.or(OrdinaryText.unpaired(c, beforeC), OrdinaryText.unpaired(d, beforeD)),
      );
      const lowest = i8x16.min_u(
        i8x16.min_u(OrdinaryText.lowest(a, beforeA), OrdinaryText.lowest(b, beforeB)),
        i8x16.min_u(OrdinaryText.lowest(c, beforeC), OrdinaryText.lowest(d, beforeD)),
      );
      if (OrdinaryText.isOdd(unpaired, lowest)) break;
      at += BLOCK;
    }
    // What is left of the chunk, or of the block up to the step with the oddity.
    while (at + STEP <= end) {
      const octets = v128.load(at);
      const before = v128.load(at - 1);
      if (OrdinaryText.isOdd(OrdinaryText.unpaired(octets, before), OrdinaryText.lowest(octets, before)))
        break;
      at += STEP;
    }
    return at;
  }

  /** The octets of `vector` with the last one of `previous` in front, without the last. */
  @inline
  private static shifted(previous: v128, vector: v128): v128 {
    return i8x16.shuffle(previous, vector, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
  }

  /** Not 0 in lanes with LF but no CR before it, or CR before something else. */
  @inline
  private static unpaired(octets: v128, before: v128): v128 {
    return v128.xor(i8x16.eq(octets, i8x16.splat(LF)), i8x16.eq(before, i8x16.splat(CR)));
  }

  /** 0 in lanes with a NUL or with a dot behind LF. */
  @inline
  private static lowest(octets: v128, before: v128): v128 {
    const dotted = v128.or(v128.xor(octets, i8x16.splat(DOT)), v128.xor(before, i8x16.splat(LF)));
    return i8x16.min_u(octets, dotted);
  }

  /** Whether some lane needs a closer look. */
  @inline
  private static isOdd(unpaired: v128, lowest: v128): bool {
    return v128.any_true(v128.or(unpaired, i8x16.eq(lowest, i8x16.splat(NUL))));
  }
}

/** Behind the last LF in [from, to), or `from`. */
function behindLineFeed(from: usize, to: usize): usize {
  for (; to - from >= STEP; to -= STEP) {
    const hits = <u32>i8x16.bitmask(i8x16.eq(v128.load(to - STEP), i8x16.splat(LF)));
    if (hits != 0) return to - STEP + <usize>(32 - clz(hits));
  }
  while (to > from && load<u8>(to - 1) != LF) to--;
  return to;
}
