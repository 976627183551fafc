import { Block } from "./block";
import { Slice } from "./slice";
import { characterLength } from "./utf8";

/** Decimal digits of the largest u64. */
const MAX_DIGITS: i32 = 20;

/** What stands for what is no character. */
const REPLACEMENT: u32 = 0xfffd;

const digits: usize = memory.data(20);

/** What a text shows as its own, and the memory that was made for it. */
class Written extends Slice {
  block: ArrayBuffer | null = null;
}

/**
 * A bounded writer of UTF-8: names of metrics, log lines, messages. From the first thing that does not fit, everything is
 * left out (never part of a character), and `truncated` says so. The memory is never grown.
 */
@final
export class Text {
  /** Bytes written, 0 … capacity. */
  length: i32 = 0;
  /** Whether something did not fit since `clear`. */
  truncated: bool = false;
  private readonly whole: Written = new Written();

  /** A writer over memory of `capacity` bytes from `start` on, which is the owner's business. */
  constructor(
    readonly start: usize,
    readonly capacity: i32,
  ) {}

  /**
   * A writer over fresh memory of `capacity` bytes, which stays as long as the text or its own slice (`toSlice`) is
   * referenced. For configuration time.
   */
  static ofCapacity(capacity: i32): Text {
    const block = Block.allocate(<usize>capacity);
    const text = new Text(Block.start(block), capacity);
    text.whole.block = block;
    return text;
  }

  /** Begins anew; returns itself, as all that writes. */
  clear(): Text {
    this.length = 0;
    this.truncated = false;
    return this;
  }

  /** Cuts back to `length` bytes; no effect when there are fewer. */
  cutTo(length: i32): Text {
    this.length = min(this.length, max(length, 0));
    return this;
  }

  /** Points `into`, without one a slice that is this text's own, at what was written; returns it. */
  toSlice(into: Slice = this.whole): Slice {
    return into.set(this.start, this.length);
  }

  /** One byte, which is not checked. */
  byte(value: u8): Text {
    if (this.fits(1)) {
      store<u8>(this.start + <usize>this.length, value);
      this.length++;
    }
    return this;
  }

  /**
   * `length` bytes from the address `start` on, which are not checked. What does not fit is cut off, between two
   * characters of UTF-8.
   */
  bytes(start: usize, length: i32): Text {
    if (this.truncated) return this;
    let count = min(length, this.capacity - this.length);
    if (count < length) {
      this.truncated = true;
      while (count > 0 && (load<u8>(start + <usize>count) & 0xc0) == 0x80) count--;
    }
    if (count <= 0) return this;
    memory.copy(this.start + <usize>this.length, start, <usize>count);
    this.length += count;
    return this;
  }

  /** As `bytes`. */
  slice(slice: Slice): Text {
    return this.bytes(slice.start, slice.length);
  }

  /** Writes bytes that may be no UTF-8: each byte that is not part of a character becomes U+FFFD. */
  replacing(bytes: Slice): Text {
    let at = bytes.start;
    while (at < bytes.end) {
      const length = characterLength(at, bytes.end);
      if (length == 0) this.character(REPLACEMENT);
      else this.bytes(at, length);
      at += <usize>max(length, 1);
    }
    return this;
  }

  /** Lone surrogates become U+FFFD. */
  string(text: string): Text {
    const units = changetype<usize>(text);
    for (let i = 0; i < text.length; i++) {
      let point = <u32>load<u16>(units + ((<usize>i) << 1));
      if (point >= 0xd800 && point < 0xe000) {
        const low = i + 1 < text.length ? <u32>load<u16>(units + ((<usize>(i + 1)) << 1)) : 0;
        if (point < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
          point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
          i++;
        } else {
          point = REPLACEMENT;
        }
      }
      this.character(point);
    }
    return this;
  }

  /** One Unicode character, given by its number. */
  character(point: u32): Text {
    if (point < 0x80) return this.byte(<u8>point);
    const count = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (!this.fits(count)) return this;
    let at = this.start + <usize>(this.length + count);
    let rest = point;
    for (let i = 1; i < count; i++) {
      at--;
      store<u8>(at, <u8>(0x80 | (rest & 0x3f)));
      rest >>= 6;
    }
    store<u8>(at - 1, <u8>((0xf00 >> count) | rest));
    this.length += count;
    return this;
  }

  /** A number in decimal digits. */
  unsigned(value: u64): Text {
    let rest = value;
    let count = 0;
    do {
      count++;
      store<u8>(digits + <usize>(MAX_DIGITS - count), <u8>(0x30 + <u8>(rest % 10)));
      rest /= 10;
    } while (rest != 0);
    return this.bytes(digits + <usize>(MAX_DIGITS - count), count);
  }

  /** A number in decimal digits, with its sign if it is negative. */
  signed(value: i64): Text {
    if (value >= 0) return this.unsigned(<u64>value);
    return this.byte(0x2d).unsigned(<u64>0 - <u64>value);
  }

  private fits(count: i32): bool {
    if (!this.truncated && this.length + count <= this.capacity) return true;
    this.truncated = true;
    return false;
  }
}

/** A hexadecimal digit in lower case, of 0 … 15. */
export function hexadecimal(value: u8): u8 {
  return value < 10 ? 0x30 + value : 0x57 + value;
}

/** How many bytes `text` has as UTF-8. */
export function utf8Length(text: string): i32 {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = <u32>load<u16>(changetype<usize>(text) + ((<usize>i) << 1));
    if (unit < 0x80) length += 1;
    else if (unit < 0x800) length += 2;
    else if (unit >= 0xd800 && unit < 0xe000)
      length += 2; // half of a pair, four bytes together
    else length += 3;
  }
  return length;
}
