import { Buffer, BufferPool } from "./buffer";
import { Slice } from "./slice";

/** Blocks of one size, and the next larger ones. */
@final
class Blocks {
  readonly pool: BufferPool;

  constructor(
    readonly size: i32,
    readonly larger: Blocks | null,
  ) {
    this.pool = new BufferPool(size);
  }

  /** The smallest block for `size` bytes, or null: nothing is that large, or the memory budget is spent. */
  take(size: i32): Buffer | null {
    if (size <= this.size) return this.pool.take();
    const larger = this.larger;
    return larger === null ? null : larger.take(size);
  }

  give(block: Buffer): void {
    if (block.capacity == this.size) {
      this.pool.give(block);
      return;
    }
    const larger = this.larger;
    if (larger !== null) larger.give(block);
  }
}

/** Most bytes that can be collected: what one fetch from the proxy brings at most. */
export const MAX_COLLECTED: i32 = 1 << 20;

/** Smallest block; each step is four times the one before. */
const SMALLEST: i32 = 256;

/** Bytes that are collected from several chunks, in blocks that all connections of the VM share. */
@final
export class Collected {
  /** Made with the first object: a module that collects nothing has none. */
  private static made: Blocks | null = null;
  private readonly blocks: Blocks = Collected.shared();
  private block: Buffer | null = null;

  get length(): i32 {
    const block = this.block;
    return block === null ? 0 : block.length;
  }

  /** Appends all of `bytes`. False when there is no memory for them, or they would be more than MAX_COLLECTED: then none. */
  append(bytes: Slice): bool {
    if (bytes.isEmpty) return true;
    if (bytes.length > MAX_COLLECTED - this.length) return false;
    const block = this.withRoom(this.length + bytes.length);
    return block !== null && block.append(bytes) == bytes.length;
  }

  /** Points `into` at the first `count` bytes, at most all; valid until the next change. */
  start(count: i32, into: Slice): Slice {
    const block = this.block;
    return block === null ? into.set(0, 0) : into.set(block.pointer, min(count, block.length));
  }

  /** Takes over what `other` has, and leaves it nothing. */
  takeFrom(other: Collected): void {
    this.clear();
    this.block = other.block;
    other.block = null;
  }

  /** Gives the memory back. */
  clear(): void {
    const block = this.block;
    if (block !== null) this.blocks.give(block);
    this.block = null;
  }

  private static shared(): Blocks {
    const made = Collected.made;
    if (made !== null) return made;
    const fresh = blocksFrom(SMALLEST);
    Collected.made = fresh;
    return fresh;
  }

  private withRoom(size: i32): Buffer | null {
    const old = this.block;
    if (old !== null && size <= old.capacity) return old;
    const larger = this.blocks.take(size);
    if (larger === null) return null;
    if (old !== null) {
      memory.copy(larger.pointer, old.pointer, <usize>old.length);
      larger.length = old.length;
      this.blocks.give(old);
    }
    this.block = larger;
    return larger;
  }
}

/** This size of blocks and all that are larger. */
function blocksFrom(size: i32): Blocks {
  return new Blocks(size, size < MAX_COLLECTED ? blocksFrom(size << 2) : null);
}
