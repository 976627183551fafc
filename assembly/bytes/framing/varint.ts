import { Slice } from "../slice";
import { Framer, Framing } from "./framer";

/** Most bytes of a varint that fits into 64 bits. */
const LONGEST: i32 = 10;
const LONGEST_FRONT: i32 = 64;
const GOES_ON: u8 = 0x80;
const BITS: i32 = 7;

/** Bits of a varint's tenth byte that still fit into 64 bits. */
const LAST_BITS: u8 = 0x01;

/**
 * Messages whose length is a varint (LEB128: seven bits a byte, the lowest first, as protobuf and MQTT write it) that
 * counts what is behind it. A varint that is too long, or beyond 64 bits, is invalid.
 */
@final
export class VarintPrefix extends Framer {
  private readonly longest: i32;
  private front: i32 = 0;
  private taken: i32 = 0;

  /** `longest`: most bytes of the varint, 1 … 10; protobuf's 32 bits take 5, MQTT allows 4. */
  constructor(longest: i32 = LONGEST) {
    super(true);
    this.longest = min(max(longest, 1), LONGEST);
  }

  /** `count` bytes of the prefix are in front of the length (0 … 64), such as the kind of the message. */
  behind(count: i32): VarintPrefix {
    this.front = min(max(count, 0), LONGEST_FRONT);
    return this;
  }

  begin(): void {
    this.taken = 0;
    this.rest = 0;
  }

  read(input: Slice): Framing {
    while (!input.isEmpty) {
      const byte = load<u8>(input.start);
      const at = this.taken - this.front;
      input.start++;
      this.taken++;
      if (at < 0) continue;
      if (at == LONGEST - 1 && byte > LAST_BITS) return Framing.invalid;
      const place = <u64>(at * BITS);
      this.rest |= (<u64>(byte & ~GOES_ON)) << place;
      if ((byte & GOES_ON) == 0) {
        this.prefix = this.taken;
        return Framing.ends;
      }
      if (at + 1 == this.longest) return Framing.invalid;
    }
    return Framing.more;
  }
}
