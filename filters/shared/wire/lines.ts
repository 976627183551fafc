import { Buffer, BufferPool } from "../../../assembly/bytes/buffer";
import { Slice } from "../../../assembly/bytes/slice";

/** What a line held besides text; bits of `LineReader.traits`. */
export const enum LineTrait {
  /** A NUL octet. */
  nul = 1,
  /** A CR that is not directly before LF. */
  bareCr = 2,
  /** The line ended with LF alone. */
  bareLf = 4,
  /** An octet of 0x80 or above. */
  eightBit = 8,
}

const NUL: u8 = 0x00;
const CR: u8 = 0x0d;
const LF: u8 = 0x0a;

/** CR LF in memory. */
const CRLF: u16 = 0x0a0d;
/** Octets from here to 0x7f are text: as signed numbers, all others are below. */
const TEXT: i8 = 0x0e;

/** Octets that one SIMD step looks at, and a bit for each. */
const STEP: usize = 16;
const ALL_LANES: u32 = 0xffff;

/**
 * Cuts a byte stream into lines, resumable at any byte. A line ends with LF; a CR before it belongs to the line end.
 * Real servers accept bare LF (knowledge: Postfix, Exim, OpenSMTPD and Dovecot do), so it ends a line here, too.
 *
 * Of a line at most `cap` bytes are kept; the rest is only measured, and reading goes on behind its LF. A line that
 * lies within one slice is not copied; only what a chunk leaves unfinished goes into a buffer of the pool.
 */
@final
export class LineReader {
  // The wide fields first: fields lie in this order, and every session has two readers.
  /** Octets of the complete line without its line end, those beyond `cap` included. */
  length: u64 = 0;
  /** Octets of the complete line with its line end. */
  wireLength: u64 = 0;
  private carried: u64 = 0;
  /** The complete line without its line end, at most `cap` bytes; valid until the next call of `next`. */
  readonly line: Slice = new Slice();
  /** Traits of the complete line. */
  traits: u32 = 0;
  private carriedTraits: u32 = 0;
  private carry: Buffer | null = null;
  /** The memory budget refused a buffer: lines can no longer be told, reading must stop. */
  starved: bool = false;
  private endsInCr: bool = false;

  constructor(
    private readonly buffers: BufferPool,
    private readonly cap: i32,
  ) {}

  /** Whether a line has begun that has not ended yet. */
  get inLine(): bool {
    return this.carried > 0;
  }

  /** Whether the complete line was longer than what is kept of it. */
  get isCut(): bool {
    return this.length > <u64>this.line.length;
  }

  /** Octets seen of the line that has not ended yet. */
  get pending(): u64 {
    return this.carried;
  }

  /** Takes bytes from the front of `input` up to the next LF. True: a line is complete. False: all was taken. */
  next(input: Slice): bool {
    this.settle();
    if (input.isEmpty) return false;
    const from = input.start;
    const at = this.scan(from, input.end);
    if (at == input.end) {
      this.keep(from, at);
      input.start = at;
      return false;
    }
    this.complete(from, at);
    input.start = at + 1;
    return true;
  }

  /** The completed line is no longer needed: gives back the buffer that it may lie in. */
  @inline
  settle(): void {
    if (this.carried == 0) this.releaseCarry();
  }

  /** Forgets everything and gives the buffer back. */
  reset(): void {
    this.carried = 0;
    this.carriedTraits = 0;
    this.endsInCr = false;
    this.starved = false;
    this.releaseCarry();
  }

  @inline
  private releaseCarry(): void {
    const carry = this.carry;
    if (carry === null) return;
    this.buffers.give(carry);
    this.carry = null;
  }

  /** Finds LF or the end, and notes the traits of what lies before it. */
  private scan(from: usize, end: usize): usize {
    if (!this.endsInCr) {
      const at = end - from < STEP ? behindTextOctets(from, end) : behindTextSteps(from, end);
      // Nearly all lines are text and CRLF.
      if (end - at >= 2 && load<u16>(at) == CRLF) {
        this.endsInCr = true;
        return at + 1;
      }
    }
    return end - from < STEP ? this.scanOctets(from, end) : this.scanSteps(from, end);
  }

  /** For fewer octets than a step takes. */
  private scanOctets(from: usize, end: usize): usize {
    let at = from;
    while (at < end) {
      const byte = load<u8>(at);
      if (byte == LF) break;
      if (this.endsInCr) this.carriedTraits |= LineTrait.bareCr;
      this.endsInCr = byte == CR;
      if (byte == NUL) this.carriedTraits |= LineTrait.nul;
      else if (byte >= 0x80) this.carriedTraits |= LineTrait.eightBit;
      at++;
    }
    return at;
  }

  /** The last step takes octets again that are known, as it must not look beyond the end. */
  private scanSteps(from: usize, end: usize): usize {
    let at = from;
    let traits = this.carriedTraits;
    let afterCr = <u32>this.endsInCr;
    while (at < end) {
      const base = min(at, end - STEP);
      const known = <u32>(at - base);
      const octets = v128.load(base);
      const lfs = i8x16.eq(octets, i8x16.splat(LF));
      const crs = i8x16.eq(octets, i8x16.splat(CR));
      const nuls = i8x16.eq(octets, i8x16.splat(NUL));
      const odd = i8x16.bitmask(v128.or(v128.or(lfs, crs), v128.or(nuls, octets))) >> known;
      if (((<u32>odd) | afterCr) == 0) {
        at = base + STEP;
        continue;
      }
      const lf = (<u32>i8x16.bitmask(lfs)) >> known;
      // Bit i + 1: CR lies at octet i; bit 0: before them all.
      const behindCr = (((<u32>i8x16.bitmask(crs)) >> known) << 1) | afterCr;
      const before = lf == 0 ? ALL_LANES >> known : (lf & -lf) - 1;
      if ((behindCr & before) != 0) traits |= LineTrait.bareCr;
      if ((((<u32>i8x16.bitmask(nuls)) >> known) & before) != 0) traits |= LineTrait.nul;
      if ((((<u32>i8x16.bitmask(octets)) >> known) & before) != 0) traits |= LineTrait.eightBit;
      const taken = lf == 0 ? <u32>STEP - known : ctz(lf);
      at += <usize>taken;
      afterCr = (behindCr >> taken) & 1;
      if (lf != 0) break;
    }
    this.carriedTraits = traits;
    this.endsInCr = afterCr != 0;
    return at;
  }

  private keep(from: usize, end: usize): void {
    const length = end - from;
    this.carried += <u64>length;
    let carry = this.carry;
    if (carry === null) {
      carry = this.buffers.take();
      if (carry === null) {
        this.starved = true;
        return;
      }
      this.carry = carry;
    }
    // One octet beyond the cap, so that a CR there can still be told from text.
    carry.append(PIECE.set(from, <i32>min(length, <usize>(this.cap + 1))));
  }

  private complete(from: usize, at: usize): void {
    const withoutLf = this.carried + <u64>(at - from);
    this.length = this.endsInCr ? withoutLf - 1 : withoutLf;
    this.wireLength = withoutLf + 1;
    this.traits = this.endsInCr ? this.carriedTraits : this.carriedTraits | LineTrait.bareLf;
    const kept = <i32>min(this.length, <u64>this.cap);
    const carry = this.carry;
    if (this.carried == 0) {
      this.line.set(from, kept);
    } else if (carry === null) {
      this.line.set(from, 0);
    } else {
      carry.append(PIECE.set(from, <i32>min(at - from, <usize>(this.cap + 1))));
      this.line.set(carry.pointer, min(kept, carry.length));
    }
    this.carried = 0;
    this.carriedTraits = 0;
    this.endsInCr = false;
  }
}

const PIECE = new Slice();

/** Where text from `from` on ends. */
function behindTextOctets(from: usize, end: usize): usize {
  let at = from;
  while (at < end && load<i8>(at) >= TEXT) at++;
  return at;
}

/** The same, for as many octets as a step takes, or more. */
function behindTextSteps(from: usize, end: usize): usize {
  let at = from;
  while (at < end) {
    const base = min(at, end - STEP);
    const others = (<u32>i8x16.bitmask(i8x16.lt_s(v128.load(base), i8x16.splat(TEXT)))) >> (<u32>(at - base));
    if (others != 0) return at + <usize>ctz(others);
    at = base + STEP;
  }
  return at;
}
