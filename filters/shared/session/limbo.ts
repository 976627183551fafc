import { Buffer, BufferPool } from "../../../assembly/bytes/buffer";
import { Slice } from "../../../assembly/bytes/slice";

/** What became of bytes that were to be put aside. */
export const enum Parked {
  /** All were taken. */
  whole,
  /** The cap is reached; the slice begins with the first byte that was not taken. */
  full,
  /** The memory budget refused a buffer. */
  refused,
}

/** Who reads what was put aside, once its meaning is known. */
export abstract class Rereader {
  /** Takes bytes from the front of `bytes`: all, or up to where nothing is to be read any more. */
  abstract reread(bytes: Slice): void;
}

/**
 * Bytes whose meaning waits for the other side, in buffers that are held only while there are any: one, or two while the
 * first is partly read. No byte is copied twice, however often what is left has to be put aside again.
 */
@final
export class Limbo {
  private head: Buffer | null = null;
  private tail: Buffer | null = null;
  /** Bytes in both. */
  length: i32 = 0;

  constructor(private readonly pool: BufferPool) {}

  /** The first byte, or -1. */
  get first(): i32 {
    const head = this.head;
    return head === null || this.length == 0 ? -1 : <i32>load<u8>(head.pointer + <usize>head.done);
  }

  /** Takes as much from the front of `input` as fits. The rest of a lent buffer is taken with the buffer. */
  park(input: Slice): Parked {
    if (input.isEmpty) return Parked.whole;
    if (this.adopt(input)) return Parked.whole;
    let room = this.pool.size - this.length;
    while (room > 0 && !input.isEmpty) {
      const buffer = this.lastWithRoom();
      if (buffer === null) return Parked.refused;
      const count = buffer.append(PIECE.set(input.start, min(room, input.length)));
      input.advance(count);
      this.length += count;
      room -= count;
    }
    return input.isEmpty ? Parked.whole : Parked.full;
  }

  /**
   * Hands the bytes over: the first buffer, the second one its `nextFree`; each is to be given back by `giveBack` or
   * lent to be read again (`Lent`). Null without any. More can be parked meanwhile.
   */
  detach(): Buffer | null {
    const head = this.head;
    this.head = null;
    this.tail = null;
    this.length = 0;
    return head;
  }

  giveBack(buffer: Buffer): void {
    this.pool.give(buffer);
  }

  /** Hands all bytes to `reader`; what it parks once more stays where it is. `piece`: a slice that no caller of this uses. */
  replay(reader: Rereader, piece: Slice): void {
    this.replayAll(this.detach(), reader, piece);
  }

  /** The same of a chain that `detach` of a limbo with the same pool gave. */
  replayAll(chain: Buffer | null, reader: Rereader, piece: Slice): void {
    for (let parked = chain; parked !== null;) {
      const next = changetype<Buffer | null>(parked.nextFree);
      const before = Lent.begin(parked);
      reader.reread(piece.set(parked.pointer + <usize>parked.done, parked.length - parked.done));
      if (Lent.end(before)) this.giveBack(parked);
      parked = next;
    }
  }

  clear(): void {
    for (let buffer = this.detach(); buffer !== null;) {
      const next = changetype<Buffer | null>(buffer.nextFree);
      this.giveBack(buffer);
      buffer = next;
    }
  }

  /** Whether `input` was the rest of the buffer that is lent, and the buffer is now held here. */
  private adopt(input: Slice): bool {
    const buffer = Lent.buffer;
    if (buffer === null || buffer.capacity != this.pool.size) return false;
    if (input.start < buffer.pointer || input.end != buffer.pointer + <usize>buffer.length) return false;
    if (input.length > this.pool.size - this.length) return false;
    Lent.buffer = null;
    buffer.done = <i32>(input.start - buffer.pointer);
    this.push(buffer);
    this.length += input.length;
    input.start = input.end;
    return true;
  }

  private lastWithRoom(): Buffer | null {
    const last = this.tail;
    if (last !== null && last.length < last.capacity) return last;
    const fresh = this.pool.take();
    if (fresh !== null) this.push(fresh);
    return fresh;
  }

  private push(buffer: Buffer): void {
    const last = this.tail;
    buffer.nextFree = null;
    if (last === null) this.head = buffer;
    else last.nextFree = buffer;
    this.tail = buffer;
  }
}

/** The buffer of a limbo whose bytes are being read again. A limbo that is to hold what is left of them takes it over. */
export class Lent {
  static buffer: Buffer | null = null;

  /** From here on `buffer` is read. Returns what was lent before, for `end`. */
  static begin(buffer: Buffer): Buffer | null {
    const before = Lent.buffer;
    Lent.buffer = buffer;
    return before;
  }

  /** True: nobody has taken the buffer over, so it is to be given back. */
  static end(before: Buffer | null): bool {
    const isFree = Lent.buffer !== null;
    Lent.buffer = before;
    return isFree;
  }
}

/** Scratch: what fits. */
const PIECE = new Slice();
