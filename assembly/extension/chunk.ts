import { Slice } from "../bytes/slice";
import { Fault, Faults } from "../host/faults";
import { Host } from "../host/host";
import { MAX_FETCH, Scratch } from "../host/scratch";

const NONE: i32 = -1;

/**
 * What a data callback brings: bytes that have arrived and now go on. Knowing `size` is free; the bytes are fetched
 * when they are asked for, at a price that dwarfs everything else a filter does, and stay valid until the callback
 * returns or a part outside of them is fetched. Nothing may be kept beyond that.
 */
export class Chunk {
  /** Number of bytes. */
  size: i32 = 0;

  private type: i32 = 0;
  /** What is in memory: `fetched.length` bytes from the offset `fetchedFrom` on, none when that is NONE. */
  private fetchedFrom: i32 = NONE;
  private readonly fetched: Slice = new Slice();
  private readonly whole: Slice = new Slice();
  private readonly part: Slice = new Slice();

  /**
   * All bytes, or the first MAX_FETCH of them, fewer where the memory budget is spent: take the rest of a larger
   * chunk by `slice`.
   */
  bytes(): Slice {
    return this.fetch(0, this.size, this.whole);
  }

  /**
   * `length` bytes from the offset `start` on: fewer where the chunk ends or the memory budget is spent, at most
   * MAX_FETCH, empty outside. The same object is returned each time. What was fetched before and covers it is not fetched again.
   */
  slice(start: i32, length: i32): Slice {
    return this.fetch(start, length, this.part);
  }

  /** For the runtime: the chunk of the callback that begins. `type`: which of the proxy's buffers (BUFFER_…). */
  open(type: i32, size: i32): void {
    this.type = type;
    this.size = max(size, 0);
    this.fetchedFrom = NONE;
  }

  private fetch(start: i32, length: i32, into: Slice): Slice {
    if (start < 0 || start >= this.size || length <= 0) return into.set(0, 0);
    const count = min(min(length, MAX_FETCH), this.size - start);
    if (!this.holds(start, count)) this.load(start, count);
    if (this.fetchedFrom == NONE) return into.set(0, 0);
    const skipped = start - this.fetchedFrom;
    return into.set(this.fetched.start + <usize>skipped, min(count, this.fetched.length - skipped));
  }

  private holds(start: i32, count: i32): bool {
    const from = this.fetchedFrom;
    return from != NONE && start >= from && start - from <= this.fetched.length - count;
  }

  private load(start: i32, count: i32): void {
    this.fetchedFrom = NONE;
    const room = Scratch.fitChunk(count);
    if (room == 0) Faults.report(Fault.outOfMemory, "no memory for the bytes of a chunk");
    else if (Host.buffers.fetch(this.type, start, room, this.fetched)) this.fetchedFrom = start;
    else Faults.report(Fault.hostCall, "the proxy refused the bytes of a chunk");
  }
}
