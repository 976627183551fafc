import { isDigit } from "../bytes/slice";
import { characterLength } from "../bytes/utf8";
import { hexValue, isSpace } from "./characters";

/** Deepest nesting that is read; no filter's configuration has more than four levels. */
export const MAX_DEPTH: i32 = 32;

/** What `JsonReader.next` came to. */
export const enum Token {
  objectStart,
  objectEnd,
  arrayStart,
  arrayEnd,
  /** The key of a member; the colon after it is read with it. */
  key,
  string,
  number,
  yes,
  no,
  nothing,
  /** The document is complete and nothing follows it. */
  end,
  /** See `expected` and `from`; the reader stays here. */
  error,
}

const enum State {
  value,
  /** After `[`. */
  valueOrEnd,
  key,
  /** After `{`. */
  keyOrEnd,
  commaOrEnd,
  end,
  failed,
}

const QUOTE: u8 = 0x22;
const BACKSLASH: u8 = 0x5c;

/**
 * Reads JSON (RFC 8259) token by token, strictly: no trailing commas, no trailing bytes, numbers and escapes as the
 * grammar says, valid UTF-8, no lone surrogates. Any bytes lead to tokens or to one error; nothing is allocated and
 * nothing recurses.
 */
export class JsonReader {
  /** Where the current token begins (strings and keys: their first byte inside the quotes), or the error is. */
  from: usize;
  /** Where it ends, exclusive (strings and keys: at the closing quote). */
  to: usize;
  /** After an error: what would have been right. */
  expected: string = "";

  private at: usize;
  private state: State = State.value;
  private depth: i32 = 0;
  /** One bit per level: 1 in an object. */
  private levels: u64 = 0;

  constructor(
    start: usize,
    private readonly end: usize,
  ) {
    this.at = start;
    this.from = start;
    this.to = start;
  }

  next(): Token {
    this.skipSpace();
    switch (this.state) {
      case State.value:
        return this.value("a value");
      case State.valueOrEnd:
        return this.peek() == 0x5d ? this.close(Token.arrayEnd) : this.value('a value or "]"');
      case State.key:
        return this.key("a key in double quotes");
      case State.keyOrEnd:
        return this.peek() == 0x7d ? this.close(Token.objectEnd) : this.key('a key in double quotes or "}"');
      case State.commaOrEnd:
        return this.commaOrEnd();
      case State.end:
        return this.at == this.end ? this.token(Token.end, 0) : this.fail("the end of the configuration");
      default:
        return Token.error;
    }
  }

  private value(expected: string): Token {
    switch (this.peek()) {
      case 0x7b:
        return this.open(Token.objectStart, State.keyOrEnd, 1);
      case 0x5b:
        return this.open(Token.arrayStart, State.valueOrEnd, 0);
      case 0x22:
        if (!this.string()) return Token.error;
        return this.completed(Token.string);
      case 0x74:
        return this.word("true", Token.yes, expected);
      case 0x66:
        return this.word("false", Token.no, expected);
      case 0x6e:
        return this.word("null", Token.nothing, expected);
      default:
        return this.number(expected);
    }
  }

  private key(expected: string): Token {
    if (this.peek() != <i32>QUOTE) return this.fail(expected);
    if (!this.string()) return Token.error;
    const from = this.from;
    const to = this.to;
    this.skipSpace();
    if (this.peek() != 0x3a) return this.fail('":" after the key');
    this.at++;
    this.from = from;
    this.to = to;
    this.state = State.value;
    return Token.key;
  }

  private commaOrEnd(): Token {
    const isObject = (this.levels & 1) != 0;
    const byte = this.peek();
    if (byte == 0x2c) {
      this.at++;
      this.state = isObject ? State.key : State.value;
      return this.next();
    }
    if (isObject) return byte == 0x7d ? this.close(Token.objectEnd) : this.fail('"," or "}"');
    return byte == 0x5d ? this.close(Token.arrayEnd) : this.fail('"," or "]"');
  }

  private open(token: Token, state: State, bit: u64): Token {
    if (this.depth == MAX_DEPTH) return this.fail("at most 32 levels of nesting");
    this.depth++;
    this.levels = (this.levels << 1) | bit;
    this.state = state;
    return this.token(token, 1);
  }

  private close(token: Token): Token {
    this.depth--;
    this.levels >>= 1;
    this.token(token, 1);
    return this.completed(token);
  }

  /** After a complete value: what may follow. */
  private completed(token: Token): Token {
    this.state = this.depth == 0 ? State.end : State.commaOrEnd;
    return token;
  }

  private word(word: string, token: Token, expected: string): Token {
    const from = this.at;
    for (let i = 0; i < word.length; i++) {
      if (this.byteAt(from + <usize>i) != <i32>load<u16>(changetype<usize>(word) + ((<usize>i) << 1))) {
        return this.fail(expected);
      }
    }
    this.token(token, word.length);
    return this.completed(token);
  }

  private number(expected: string): Token {
    const from = this.at;
    let at = from;
    if (this.byteAt(at) == 0x2d) at++;
    const whole = this.digits(at);
    if (whole == at) {
      if (at == from) return this.fail(expected);
      return this.failAt(at, "a digit");
    }
    if (this.byteAt(at) == 0x30 && whole > at + 1) return this.failAt(at + 1, "no digit after a leading 0");
    at = whole;
    if (this.byteAt(at) == 0x2e) {
      const fraction = this.digits(at + 1);
      if (fraction == at + 1) return this.failAt(fraction, "a digit");
      at = fraction;
    }
    if ((this.byteAt(at) | 0x20) == 0x65) {
      at++;
      if (this.byteAt(at) == 0x2b || this.byteAt(at) == 0x2d) at++;
      const exponent = this.digits(at);
      if (exponent == at) return this.failAt(at, "a digit");
      at = exponent;
    }
    this.token(Token.number, <i32>(at - from));
    return this.completed(Token.number);
  }

  private digits(from: usize): usize {
    let at = from;
    while (at < this.end && isDigit(load<u8>(at))) at++;
    return at;
  }

  /** Reads a string whose opening quote is next; false after an error. */
  private string(): bool {
    let at = this.at + 1;
    this.from = at;
    while (at < this.end) {
      const byte = load<u8>(at);
      if (byte == QUOTE) {
        this.to = at;
        this.at = at + 1;
        return true;
      }
      const length = byte == BACKSLASH ? this.escape(at) : byte < 0x20 ? 0 : characterLength(at, this.end);
      if (length == 0) {
        this.failAt(at, textProblem(byte));
        return false;
      }
      at += <usize>length;
    }
    this.failAt(at, "a closing quote");
    return false;
  }

  /** Length of the escape at `at`, 0 when it is none; a surrogate must come with its other half. */
  private escape(at: usize): i32 {
    switch (this.byteAt(at + 1)) {
      case 0x22: // "
      case 0x5c: // \
      case 0x2f: // /
      case 0x62: // b
      case 0x66: // f
      case 0x6e: // n
      case 0x72: // r
      case 0x74: // t
        return 2;
      case 0x75: // u
        break;
      default:
        return 0;
    }
    const unit = this.unit(at);
    if (unit < 0 || (unit >= 0xdc00 && unit < 0xe000)) return 0;
    if (unit < 0xd800 || unit >= 0xe000) return 6;
    const low = this.unit(at + 6);
    return low >= 0xdc00 && low < 0xe000 ? 12 : 0;
  }

  /** The number in `\uXXXX` at `at`, or -1. */
  private unit(at: usize): i32 {
    if (at + 6 > this.end || load<u8>(at) != BACKSLASH || load<u8>(at + 1) != 0x75) return -1;
    let unit = 0;
    for (let i: usize = 2; i < 6; i++) {
      const digit = hexValue(load<u8>(at + i));
      if (digit < 0) return -1;
      unit = (unit << 4) | digit;
    }
    return unit;
  }

  private skipSpace(): void {
    while (this.at < this.end && isSpace(load<u8>(this.at))) this.at++;
  }

  private peek(): i32 {
    return this.byteAt(this.at);
  }

  private byteAt(at: usize): i32 {
    return at < this.end ? <i32>load<u8>(at) : -1;
  }

  private token(token: Token, length: i32): Token {
    this.from = this.at;
    this.at += <usize>length;
    this.to = this.at;
    return token;
  }

  private fail(expected: string): Token {
    return this.failAt(this.at, expected);
  }

  private failAt(at: usize, expected: string): Token {
    this.state = State.failed;
    this.from = at;
    this.to = at;
    this.expected = expected;
    return Token.error;
  }
}

/** What is missing where a string holds `byte` and must not. */
function textProblem(byte: u8): string {
  if (byte == BACKSLASH) return "an escape";
  return byte < 0x20 ? "an escape for the control character" : "valid UTF-8";
}
