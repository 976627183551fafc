import { Block } from "../bytes/block";
import { Slice } from "../bytes/slice";
import { Text } from "../bytes/text";
import { MAX_DEPTH } from "./reader";
import { MAX_ESCAPE, writeEscaped } from "./strings";

/** Bytes of JSON that a byte of a Struct can become (`\u001f`), and a number besides. */
const GROWTH: usize = <usize>MAX_ESCAPE;
const SLACK: usize = 64;

/** Tags: field number × 8 + wire type (google/protobuf/struct.proto). */
const ITEM: i32 = 0x0a; // Struct.fields, ListValue.values
const KEY: i32 = 0x0a;
const VALUE: i32 = 0x12;
const NOTHING: i32 = 0x08;
const NUMBER: i32 = 0x11;
const STRING: i32 = 0x1a;
const BOOL: i32 = 0x20;
const STRUCT: i32 = 0x2a;
const LIST: i32 = 0x32;

/** For each open level where it ends, and its closing bracket. */
const levels: usize = memory.data(256);
const LEVEL: usize = 8;

/** Numbers from here on are not written out in digits. */
const LARGE: f64 = 9e18;

/**
 * A serialised google.protobuf.Struct as JSON. Envoy documents that a Struct reaches the module as JSON text, but
 * 1.40 passes its bytes as they are; this reads those. Nothing recurses on what is read.
 */
export class StructReader {
  private at: usize;
  private depth: i32 = 0;
  private readonly block: ArrayBuffer;
  private readonly text: Text;
  private readonly json: Slice = new Slice();

  /** Whether this can only be a Struct: it begins with a field, and holds a tag that JSON cannot hold. */
  static looksLike(bytes: Slice): bool {
    if (bytes.at(0) != ITEM) return false;
    for (let at = bytes.start; at < bytes.end; at++) {
      if (load<u8>(at) == <u8>VALUE) return true;
    }
    return false;
  }

  constructor(bytes: Slice) {
    this.at = bytes.start;
    const block = Block.allocate(<usize>bytes.length * GROWTH + SLACK);
    this.block = block;
    this.text = new Text(Block.start(block), block.byteLength);
    this.open(0x7b, bytes.end);
  }

  /** The JSON text, valid while the configuration is read; null when the bytes are no Struct, or nested too deeply. */
  read(): Slice | null {
    while (this.depth > 0) {
      const good = this.at == this.end() ? this.close() : this.item();
      if (!good) return null;
    }
    return this.text.truncated ? null : this.text.toSlice(this.json);
  }

  private item(): bool {
    const last = this.text.length > 0 ? load<u8>(this.text.start + <usize>this.text.length - 1) : 0;
    if (last != 0x7b && last != 0x5b) this.text.byte(0x2c);
    const end = this.enter(ITEM, this.end());
    if (end == 0) return false;
    if (this.closing() == 0x5d) return this.value(end);
    const keyEnd = this.enter(KEY, end);
    if (keyEnd == 0) return false;
    this.string(keyEnd);
    this.text.byte(0x3a);
    return this.enter(VALUE, end) == end && this.value(end);
  }

  /** Reads a Value that fills everything up to `end`. */
  private value(end: usize): bool {
    if (this.at == end) return this.word("null");
    switch (<i32>load<u8>(this.at)) {
      case NOTHING:
        return this.varint(end) == 0 && this.at == end && this.word("null");
      case BOOL:
        return this.bool(end) && this.at == end;
      case NUMBER:
        if (end - this.at != 9) return false;
        this.number(load<f64>(this.at + 1));
        this.at = end;
        return true;
      case STRING:
        if (this.enter(STRING, end) != end) return false;
        this.string(end);
        return true;
      case STRUCT:
        return this.enter(STRUCT, end) == end && this.open(0x7b, end);
      case LIST:
        return this.enter(LIST, end) == end && this.open(0x5b, end);
      default:
        return false;
    }
  }

  private open(bracket: u8, end: usize): bool {
    if (this.depth == MAX_DEPTH) return false;
    const level = levels + <usize>this.depth * LEVEL;
    store<u32>(level, <u32>end);
    store<u32>(level + 4, <u32>bracket + 2); // } and ] come two after { and [
    this.depth++;
    this.text.byte(bracket);
    return true;
  }

  private close(): bool {
    this.text.byte(this.closing());
    this.depth--;
    return true;
  }

  private end(): usize {
    return <usize>load<u32>(levels + <usize>(this.depth - 1) * LEVEL);
  }

  private closing(): u8 {
    return <u8>load<u32>(levels + <usize>(this.depth - 1) * LEVEL + 4);
  }

  /** Reads `tag` and a length; where that ends, or 0 when it does not fit before `end`. */
  private enter(tag: i32, end: usize): usize {
    if (this.at >= end || <i32>load<u8>(this.at) != tag) return 0;
    const length = this.varint(end);
    return length < 0 || <usize>length > end - this.at ? 0 : this.at + <usize>length;
  }

  /** Skips a tag and reads the number after it; -1 when there is none, or a larger one than any length here. */
  private varint(end: usize): i32 {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      this.at++;
      if (this.at >= end) return -1;
      const byte = <i32>load<u8>(this.at);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.at++;
        return value;
      }
    }
    return -1;
  }

  private bool(end: usize): bool {
    const value = this.varint(end);
    return value >= 0 && this.word(value == 0 ? "false" : "true");
  }

  private word(word: string): bool {
    this.text.string(word);
    return true;
  }

  private string(end: usize): void {
    this.text.byte(0x22);
    writeEscaped(this.text, this.at, end);
    this.at = end;
    this.text.byte(0x22);
  }

  /** Whole numbers exactly; of others what an error message needs. */
  private number(value: f64): void {
    const size = Math.abs(value);
    if (!(size < LARGE)) {
      this.text.string(value < 0 ? "-9e18" : "9e18"); // NaN too: nothing that any setting would take
      return;
    }
    if (value < 0) this.text.byte(0x2d);
    const whole = <u64>size;
    this.text.unsigned(whole);
    const rest = size - <f64>whole;
    if (rest == 0) return;
    this.text.byte(0x2e);
    this.fraction(rest);
  }

  /** At least one digit that is not 0, so that what has a fraction keeps one. */
  private fraction(value: f64): void {
    const digits = <u64>min(max(value * 1_000_000, 1), 999_999);
    for (let unit: u64 = 100_000; unit > 0 && digits % (unit * 10) != 0; unit /= 10) {
      this.text.byte(0x30 + <u8>((digits / unit) % 10));
    }
  }
}
