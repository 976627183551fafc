/**
 * A range of bytes in linear memory, end exclusive. It does not own what it points to: a slice of a chunk is valid
 * until the callback returns, one of the proxy's until the next host call (docs/sdk.md, "Memory").
 */
export class Slice {
  /** Address of the first byte. */
  start: usize = 0;
  /** Address behind the last byte. */
  end: usize = 0;

  /** A slice of `length` bytes from `start`; a negative length is an empty slice. */
  static of(start: usize, length: i32): Slice {
    return new Slice().set(start, length);
  }

  /** Points this slice elsewhere; returns itself. A negative length is an empty slice. */
  @inline
  set(start: usize, length: i32): Slice {
    this.start = start;
    this.end = start + <usize>max(length, 0);
    return this;
  }

  /** Takes the range of another slice; returns itself. */
  copyOf(other: Slice): Slice {
    this.start = other.start;
    this.end = other.end;
    return this;
  }

  /** How many bytes. */
  get length(): i32 {
    return <i32>(this.end - this.start);
  }

  /** Whether there is no byte. */
  get isEmpty(): bool {
    return this.start >= this.end;
  }

  /** The byte at `index`, or -1 outside the slice. */
  at(index: i32): i32 {
    if (index < 0 || index >= this.length) return -1;
    return <i32>load<u8>(this.start + <usize>index);
  }

  /** Drops `count` bytes from the front, at most all. */
  advance(count: i32): void {
    this.start = min(this.start + <usize>max(count, 0), this.end);
  }

  /** Whether the bytes are exactly the characters of `text`, which must be ASCII. */
  equals(text: string): bool {
    return this.length == text.length && this.startsWith(text);
  }

  /** Whether the bytes begin with the characters of `text`, which must be ASCII. */
  startsWith(text: string): bool {
    if (this.length < text.length) return false;
    const characters = changetype<usize>(text);
    for (let i = 0; i < text.length; i++) {
      if (<u16>load<u8>(this.start + <usize>i) != load<u16>(characters + ((<usize>i) << 1))) return false;
    }
    return true;
  }

  /** As `startsWith`, the case of ASCII letters ignored; `text` must be lower case. */
  startsWithIgnoringCase(text: string): bool {
    if (this.length < text.length) return false;
    const characters = changetype<usize>(text);
    for (let i = 0; i < text.length; i++) {
      const byte = lowerCase(load<u8>(this.start + <usize>i));
      if (<u16>byte != load<u16>(characters + ((<usize>i) << 1))) return false;
    }
    return true;
  }

  /** As `equals`, the case of ASCII letters ignored; `text` must be lower case. */
  equalsIgnoringCase(text: string): bool {
    return this.length == text.length && this.startsWithIgnoringCase(text);
  }
}

/** ASCII A–Z to a–z; every other byte as it is, so that no UTF-8 byte is ever changed. */
export function lowerCase(byte: u8): u8 {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

/** Whether the byte is an ASCII letter. */
export function isLetter(byte: u8): bool {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** Whether the byte is an ASCII digit. */
export function isDigit(byte: u8): bool {
  return byte >= 0x30 && byte <= 0x39;
}
