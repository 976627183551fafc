import { Slice } from "../slice";
import { Framer, Framing } from "./framer";

/** Most bytes a length has, and what is in front of it and behind it in a prefix. */
const LONGEST_LENGTH: i32 = 8;
const LONGEST_AROUND: i32 = 64;

/** Which byte of a number comes first. */
export enum ByteOrder {
  /** The most significant one, as in most protocols. */
  big,
  little,
}

/** What a declared length counts. */
export enum Counts {
  /** What is behind the prefix: Kafka, DNS over TCP, MySQL. */
  body,
  /** The length itself and everything behind it: PostgreSQL. */
  lengthAndBody,
  /** Everything: SMPP, Diameter. */
  message,
}

/**
 * Messages whose prefix holds their length in a fixed number of bytes: `new FixedPrefix(4)` is four bytes, the most
 * significant first, that count the body. A length that is smaller than what it counts at least is invalid.
 */
@final
export class FixedPrefix extends Framer {
  private readonly width: i32;
  private readonly order: ByteOrder;
  private readonly counts: Counts;
  private front: i32 = 0;
  private back: i32 = 0;
  private taken: i32 = 0;
  private value: u64 = 0;

  /** `width`: bytes of the length, 1 … 8. */
  constructor(width: i32, order: ByteOrder = ByteOrder.big, counts: Counts = Counts.body) {
    super(true);
    this.width = min(max(width, 1), LONGEST_LENGTH);
    this.order = order;
    this.counts = counts;
  }

  /** `count` bytes of the prefix are in front of the length (0 … 64), such as the kind of the message. */
  behind(count: i32): FixedPrefix {
    this.front = min(max(count, 0), LONGEST_AROUND);
    return this;
  }

  /** `count` bytes of the prefix are behind the length (0 … 64), such as a sequence number. */
  before(count: i32): FixedPrefix {
    this.back = min(max(count, 0), LONGEST_AROUND);
    return this;
  }

  begin(): void {
    this.taken = 0;
    this.value = 0;
    this.prefix = this.front + this.width + this.back;
  }

  read(input: Slice): Framing {
    while (this.taken < this.prefix && !input.isEmpty) {
      this.take(<u64>load<u8>(input.start));
      input.start++;
      this.taken++;
    }
    return this.taken == this.prefix ? this.measure() : Framing.more;
  }

  private take(byte: u64): void {
    const at = this.taken - this.front;
    if (at < 0 || at >= this.width) return;
    if (this.order == ByteOrder.big) this.value = (this.value << 8) | byte;
    else this.value |= byte << ((<u64>at) << 3);
  }

  private measure(): Framing {
    let counted = 0;
    if (this.counts == Counts.lengthAndBody) counted = this.prefix - this.front;
    else if (this.counts == Counts.message) counted = this.prefix;
    if (this.value < <u64>counted) return Framing.invalid;
    this.rest = this.value - <u64>counted;
    return Framing.ends;
  }
}
