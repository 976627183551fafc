import { Slice } from "heirloom/assembly";

const LF: u32 = 0x0a;
const CR: u32 = 0x0d;
const SPACE: u32 = 0x20;

/** Bytes that a `u64` holds. */
const MAX_WORD: i32 = 8;

/** A word of up to 8 ASCII characters as a number, its first one lowest. */
export function packed(word: string): u64 {
  let number: u64 = 0;
  for (let i = 0; i < word.length; i++) number |= (<u64>word.charCodeAt(i)) << ((<u64>i) << 3);
  return number;
}

/**
 * Finds the lines in bytes that come in any pieces, and the first word of each. That is all that is kept of a line, so
 * no line is too long.
 */
@final
export class LineReader {
  /** The first word of the line, letters in lower case, packed; 0 when there is none or it is longer than 8 bytes. */
  word: u64 = 0;
  private length: i32 = 0;
  private isInWord: bool = true;
  private isComplete: bool = false;

  clear(): void {
    this.word = 0;
    this.length = 0;
    this.isInWord = true;
    this.isComplete = false;
  }

  /** Takes bytes away from the front of `input`; true when they end a line, whose `word` is valid until the next call. */
  next(input: Slice): bool {
    if (this.isComplete) this.clear();
    while (!input.isEmpty) {
      const byte = <u32>input.at(0);
      input.advance(1);
      if (byte == LF) {
        if (this.length > MAX_WORD) this.word = 0;
        this.isComplete = true;
        return true;
      }
      if (this.isInWord) this.take(byte);
    }
    return false;
  }

  private take(byte: u32): void {
    if (byte == SPACE || byte == CR) {
      this.isInWord = false;
      return;
    }
    const isCapital = byte >= 0x41 && byte <= 0x5a;
    const letter: u64 = isCapital ? byte | 0x20 : byte;
    const place = (<u64>this.length) << 3;
    if (this.length < MAX_WORD) this.word |= letter << place;
    this.length = min(this.length + 1, MAX_WORD + 1);
  }
}
