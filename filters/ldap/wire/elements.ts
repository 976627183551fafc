import { Buffer } from "../../../assembly/bytes/buffer";
import { Slice } from "../../../assembly/bytes/slice";
import { Anomaly } from "./anomalies";
import { isHighForm } from "./tags";

/** Octets of a value that can be carried from one chunk to the next: what is looked at of a diagnostic message. */
export const CARRY_BYTES: u32 = 160;

/** Most octets of a header: tag, first octet of the length, four more. */
const MAX_HEADER: u32 = 6;

/** Octets that may follow the first one of a length. */
const MAX_LENGTH_OCTETS: u32 = 4;

/** Set in the first octet of a length: so many octets more follow. */
const LONG_FORM: u32 = 0x80;

/** What came of asking for the next piece of a message. */
export const enum Took {
  /** The chunk is used up; ask again with the next one. */
  more,
  ready,
  /** All of what was to be read is read. */
  done,
  /** Nothing that could be there; `Elements.fault` says why. */
  fault,
}

/**
 * Walks through the elements of one message (X.690 §8.1) wherever the chunks are cut: headers, numbers and the beginnings
 * of values are put together here, everything else is passed by arithmetic. It never looks beyond what it is told to, and
 * every call either takes bytes, or asks for more, or ends in a fault.
 */
@final
export class Elements {
  /** Octets of the message that were taken. */
  at: u32 = 0;
  /** The element whose header was read last: its tag, … */
  tag: u32 = 0;
  /** … the length of its value, how many octets behind the first one told it, and where the value ends. */
  length: u32 = 0;
  lengthOctets: u32 = 0;
  end: u32 = 0;
  /** After `integer`: its value, and whether it has more than 64 bits. */
  number: i64 = 0;
  isHuge: bool = false;
  /** After `collect`: the beginning of the value; valid until the next call with another chunk. */
  readonly value: Slice = new Slice();
  fault: Anomaly = Anomaly.bad_tag;
  /** Where whoever reads the elements has got to. */
  step: i32 = 0;

  /** What lies before is passed without a look. */
  private target: u32 = 0;
  /** Octets in `carry`. */
  private held: u32 = 0;

  /** `carry`: memory of CARRY_BYTES. */
  constructor(private readonly carry: usize) {}

  begin(): void {
    this.at = 0;
    this.target = 0;
    this.held = 0;
    this.step = 0;
  }

  /** How many of the next octets need not be seen. */
  get skips(): u32 {
    return this.target > this.at ? this.target - this.at : 0;
  }

  /** As many octets, at most `skips`, passed. */
  skip(count: u32): void {
    this.at += count;
  }

  /** What lies before the offset `target` is of no interest. Legal between elements. */
  leap(target: u32): void {
    this.target = target;
    this.held = 0;
  }

  /** Passes what is of no interest. False: there is more of it than the chunk has. */
  @inline
  arrive(input: Slice): bool {
    const wanted = this.skips;
    if (wanted == 0) return true;
    const count = min(<u32>input.length, wanted);
    input.start += <usize>count;
    this.at += count;
    return count == wanted;
  }

  /** The header of an element that must end by `parentEnd`. */
  header(input: Slice, parentEnd: u32): Took {
    if (this.held == 0 && this.shortHeader(input, parentEnd)) return Took.ready;
    const took = this.rawHeader(input, parentEnd - (this.at - this.held));
    if (took != Took.ready) return took;
    if (this.length > parentEnd - this.at) return this.fail(Anomaly.child_overrun);
    this.end = this.at + this.length;
    return Took.ready;
  }

  /** The header of the outermost element, whose length nothing bounds; `end` is not set. */
  outerHeader(input: Slice): Took {
    return this.rawHeader(input, MAX_HEADER);
  }

  /** The value as a number with sign. An empty one is 0, as servers have it. */
  integer(input: Slice): bool {
    let at = this.at;
    const first = this.end - this.length;
    if (at == first) {
      this.number = 0;
      this.isHuge = false;
    }
    let number = this.number;
    while (at < this.end && !input.isEmpty) {
      const byte = load<u8>(input.start);
      input.start++;
      if (at == first) {
        number = <i64>(<i8>byte);
      } else {
        if ((number << 8) >> 8 != number) this.isHuge = true;
        number = (number << 8) | (<i64>byte);
      }
      at++;
    }
    this.at = at;
    this.number = number;
    return at == this.end;
  }

  /** The first octets of the value, at most `most` and CARRY_BYTES; the rest is passed. False: not all are there yet. */
  collect(input: Slice, most: u32): bool {
    const wanted = min(this.length, min(most, CARRY_BYTES));
    if (this.held == 0 && <u32>input.length >= wanted) {
      this.value.set(input.start, <i32>wanted);
      input.start += <usize>wanted;
      this.at += wanted;
      this.target = this.end;
      return true;
    }
    const count = min(<u32>input.length, wanted - this.held);
    memory.copy(this.carry + <usize>this.held, input.start, <usize>count);
    input.start += <usize>count;
    this.at += count;
    this.held += count;
    if (this.held < wanted) return false;
    this.held = 0;
    this.value.set(this.carry, <i32>wanted);
    this.target = this.end;
    return true;
  }

  /** Appends the value to `into`, as much as it holds; the rest is passed. False: not all is there yet. */
  copy(input: Slice, into: Buffer): bool {
    const left = <i32>min(this.end - this.at, <u32>(into.capacity - into.length));
    const count = min(input.length, left);
    into.append(PIECE.set(input.start, count));
    input.start += <usize>count;
    this.at += <u32>count;
    if (count < left) return false;
    this.target = this.end;
    return true;
  }

  /** The next octet of the value, or -1 when there is none in the chunk or in the value. */
  octet(input: Slice): i32 {
    if (this.at >= this.end || input.isEmpty) return -1;
    const byte = load<u8>(input.start);
    input.start++;
    this.at++;
    return <i32>byte;
  }

  fail(fault: Anomaly): Took {
    this.held = 0;
    this.fault = fault;
    return Took.fault;
  }

  /** What most headers are: two octets, whole in the chunk, and with room for their value. False: nothing was taken. */
  private shortHeader(input: Slice, parentEnd: u32): bool {
    if (input.length < 2) return false;
    const tag = <u32>load<u8>(input.start);
    const length = <u32>load<u8>(input.start + 1);
    const end = this.at + 2 + length;
    if (length >= LONG_FORM || isHighForm(tag) || end > parentEnd) return false;
    input.start += 2;
    this.at += 2;
    this.tag = tag;
    this.length = length;
    this.lengthOctets = 0;
    this.end = end;
    return true;
  }

  /** `room`: octets that the header may have at most. */
  private rawHeader(input: Slice, room: u32): Took {
    if (room < 2) return this.fail(Anomaly.child_overrun);
    if (this.held > 0 || input.length < <i32>MAX_HEADER) return this.headerInPieces(input, room);
    const from = input.start;
    const first = <u32>load<u8>(from + 1);
    if (!this.allows(<u32>load<u8>(from), first, room)) return Took.fault;
    const taken: u32 = first < LONG_FORM ? 2 : 2 + first - LONG_FORM;
    this.decode(from, taken);
    input.start += <usize>taken;
    this.at += taken;
    return Took.ready;
  }

  private headerInPieces(input: Slice, room: u32): Took {
    while (!input.isEmpty) {
      store<u8>(this.carry + <usize>this.held, load<u8>(input.start));
      input.start++;
      this.at++;
      this.held++;
      if (this.held < 2) continue;
      const first = <u32>load<u8>(this.carry + 1);
      if (!this.allows(<u32>load<u8>(this.carry), first, room)) return Took.fault;
      const wanted: u32 = first < LONG_FORM ? 2 : 2 + first - LONG_FORM;
      if (this.held < wanted) continue;
      this.decode(this.carry, wanted);
      this.held = 0;
      return Took.ready;
    }
    return Took.more;
  }

  /** Whether a header can begin with this tag and this first octet of a length. */
  private allows(tag: u32, first: u32, room: u32): bool {
    const octets: u32 = first < LONG_FORM ? 0 : first - LONG_FORM;
    if (isHighForm(tag)) this.fail(Anomaly.bad_tag);
    else if (first == LONG_FORM) this.fail(Anomaly.indefinite);
    else if (octets > MAX_LENGTH_OCTETS) this.fail(Anomaly.len_octets_gt4);
    else if (octets + 2 > room) this.fail(Anomaly.child_overrun);
    else return true;
    return false;
  }

  /** A header of `taken` octets, whole in memory. */
  private decode(from: usize, taken: u32): void {
    const first = <u32>load<u8>(from + 1);
    let length = first;
    if (first >= LONG_FORM) {
      length = 0;
      for (let i: u32 = 2; i < taken; i++) length = (length << 8) | (<u32>load<u8>(from + <usize>i));
    }
    this.tag = <u32>load<u8>(from);
    this.length = length;
    this.lengthOctets = taken - 2;
  }
}

/** Scratch. */
const PIECE = new Slice();
