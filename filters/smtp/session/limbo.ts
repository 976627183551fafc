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

/** Bytes whose meaning waits for the other side, in a buffer that is held only while there are any. */
@final
export class Limbo {
  private buffer: Buffer | null = null;

  constructor(private readonly pool: BufferPool) {}

  get length(): i32 {
    const buffer = this.buffer;
    return buffer === null ? 0 : buffer.length;
  }

  /** The first byte, or -1. */
  get first(): i32 {
    const buffer = this.buffer;
    return buffer === null || buffer.length == 0 ? -1 : <i32>load<u8>(buffer.pointer);
  }

  /** Takes as much from the front of `input` as fits. */
  park(input: Slice): Parked {
    if (input.isEmpty) return Parked.whole;
    let buffer = this.buffer;
    if (buffer === null) {
      buffer = this.pool.take();
      if (buffer === null) return Parked.refused;
      this.buffer = buffer;
    }
    input.advance(buffer.append(input));
    return input.isEmpty ? Parked.whole : Parked.full;
  }

  /** Hands the bytes over, to be given back by `giveBack`; null without any. More can be parked meanwhile. */
  detach(): Buffer | null {
    const buffer = this.buffer;
    this.buffer = null;
    return buffer;
  }

  giveBack(buffer: Buffer): void {
    this.pool.give(buffer);
  }

  clear(): void {
    const buffer = this.detach();
    if (buffer !== null) this.giveBack(buffer);
  }
}
