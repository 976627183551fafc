import { Block } from "./block";
import { Budget } from "./budget";
import { Pooled } from "./pool";
import { Slice } from "./slice";

/** A reusable block of raw memory with a length; comes from a `BufferPool` of blocks of one size. */
@final
export class Buffer extends Pooled {
  /** Address of the first byte. */
  readonly pointer: usize;
  /** Bytes that it has room for. */
  readonly capacity: i32;
  private readonly block: ArrayBuffer;
  /** Bytes in use, 0 … capacity. */
  length: i32 = 0;
  /** Bytes at the front that their user is done with; the pool sets it to 0. */
  done: i32 = 0;

  constructor(capacity: i32) {
    super();
    const block = Block.allocate(<usize>capacity);
    this.capacity = capacity;
    this.block = block;
    this.pointer = Block.start(block);
  }

  /** Copies as much of `bytes` as fits behind what is there, and returns how much that was. */
  append(bytes: Slice): i32 {
    const count = min(bytes.length, this.capacity - this.length);
    if (count <= 0) return 0;
    memory.copy(this.pointer + <usize>this.length, bytes.start, <usize>count);
    this.length += count;
    return count;
  }
}

/** Reused blocks of one size, within the VM's memory budget. */
export class BufferPool {
  /** How many blocks are in use. */
  taken: i32 = 0;
  private allMade: Buffer | null = null;
  private free: Buffer | null = null;

  /** `size`: capacity of each block in bytes, at least 1. */
  constructor(readonly size: i32) {}

  /** An empty block, or null when the memory budget is spent. */
  take(): Buffer | null {
    const reused = this.free;
    if (reused !== null) {
      this.free = changetype<Buffer | null>(reused.nextFree);
      reused.nextFree = null;
      reused.length = 0;
      reused.done = 0;
      this.taken++;
      return reused;
    }
    if (!Budget.take(<u64>this.size)) return null;
    const fresh = new Buffer(this.size);
    fresh.nextMade = this.allMade;
    this.allMade = fresh;
    this.taken++;
    return fresh;
  }

  /** Takes a block back. It must have come from this pool and must not be given twice. */
  give(buffer: Buffer): void {
    buffer.nextFree = this.free;
    this.free = buffer;
    this.taken--;
  }

  /**
   * Lets go of every block made; for the end of a configuration, when no block is in use any more. The pool is empty
   * and usable afterwards.
   */
  dispose(): void {
    let buffer = this.allMade;
    while (buffer !== null) {
      Budget.giveBack(<u64>this.size);
      buffer = changetype<Buffer | null>(buffer.nextMade);
    }
    this.allMade = null;
    this.free = null;
    this.taken = 0;
  }
}
