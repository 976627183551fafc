import { Budget } from "../bytes/budget";

/** Most bytes one fetch asks for: Envoy's default buffer limit, and what bounds the scratch memory. */
export const MAX_FETCH: i32 = 1 << 20;

/** First size of the region for chunks: one read of Envoy's buffers. */
const CHUNK_FIRST: usize = 16 << 10;

/** First size of the region for everything else: an address, a version, an id. */
const SMALL_FIRST: usize = 1 << 10;

/** Largest of it: no property that a filter asks for comes near (a PEM chain may). */
const SMALL_LARGEST: usize = 64 << 10;

/** One reusable block, replaced by a larger one on demand. */
class Region {
  private start: usize = 0;
  private capacity: usize = 0;

  constructor(
    private readonly first: usize,
    private readonly largest: usize,
  ) {}

  /** Room for `size` bytes, or 0 when that is too much or the memory budget is spent. */
  @inline
  provide(size: usize): usize {
    if (size <= this.capacity) return this.start;
    return size <= this.largest ? this.grow(size) : 0;
  }

  /** How many of `size` bytes there is room for, after growing as far as the memory budget allows. */
  fit(size: usize): usize {
    this.provide(size);
    return min(size, this.capacity);
  }

  private grow(size: usize): usize {
    let wanted = max(this.capacity, this.first);
    while (wanted < size) wanted <<= 1;
    if (!Budget.take(<u64>(wanted - this.capacity))) return 0;
    if (this.start != 0) heap.free(this.start);
    this.start = heap.alloc(wanted);
    this.capacity = wanted;
    return this.start;
  }
}

/**
 * Memory that the host fills on our request (it calls `malloc` in the middle of a host call). Two regions, chosen
 * by the wrapper before the call: a chunk's bytes stay until the next chunk is fetched, the rest until the next
 * host call.
 */
export class Scratch {
  private static readonly forChunks: Region = new Region(CHUNK_FIRST, <usize>MAX_FETCH);
  private static readonly forRest: Region = new Region(SMALL_FIRST, SMALL_LARGEST);
  private static target: Region = Scratch.forRest;

  /** What `malloc` answers; 0 makes the host call fail with a status. */
  static allocate(size: usize): usize {
    return Scratch.target.provide(size);
  }

  /** How many of `size` bytes of a chunk can be fetched at once: fewer where the memory budget is spent. */
  static fitChunk(size: i32): i32 {
    return <i32>Scratch.forChunks.fit(<usize>size);
  }

  /** Before a host call that fetches a chunk. */
  static enterChunk(): void {
    Scratch.target = Scratch.forChunks;
  }

  /** After it. */
  static leaveChunk(): void {
    Scratch.target = Scratch.forRest;
  }
}
