import { BUFFER_DOWNSTREAM_DATA, BUFFER_UPSTREAM_DATA } from "../abi/constants";
import { Slice } from "../bytes/slice";
import { Fault, Faults } from "../host/faults";
import { Host } from "../host/host";
import { MAX_FETCH, Scratch } from "../host/scratch";

const NONE: i32 = -1;

/**
 * What a data callback brings: bytes that have arrived and now go on. Knowing `size` is free; the bytes are fetched
 * when they are asked for, at a price that dwarfs everything else a filter does, and stay valid until the callback
 * returns, the chunk is edited, or a part outside of them is fetched. Nothing may be kept beyond that.
 */
export abstract class Chunk {
  /** Number of bytes, edits included. */
  size: i32 = 0;
  /** For the runtime: bytes of the proxy's buffer in front of these, which were shown before and are held. */
  skipped: i32 = 0;
  /** For the runtime: whether the filter closed the connection. */
  isClosed: bool = false;

  /** What is in memory: `fetched.length` bytes from the offset `fetchedFrom` on, none when that is NONE. */
  private fetchedFrom: i32 = NONE;
  private readonly fetched: Slice = new Slice();
  private readonly whole: Slice = new Slice();
  private readonly part: Slice = new Slice();

  /** For the runtime. `type`: which of the proxy's buffers (BUFFER_…). */
  constructor(private readonly type: i32) {}

  /**
   * All bytes, or the first MAX_FETCH of them, fewer where the memory budget is spent: take the rest of a larger
   * chunk by `slice`.
   */
  bytes(): Slice {
    return this.fetch(0, this.size, this.size, this.whole);
  }

  /**
   * `length` bytes from the offset `start` on: fewer where the chunk ends or the memory budget is spent, at most
   * MAX_FETCH, empty outside. The same object is returned each time. What was fetched before and covers it is not
   * fetched again.
   */
  slice(start: i32, length: i32): Slice {
    return this.fetch(start, length, length, this.part);
  }

  /**
   * For the runtime: as `slice`, `least` to `most` bytes. What is in memory is enough if it is `least`; otherwise
   * `most` are fetched.
   */
  ahead(start: i32, least: i32, most: i32): Slice {
    return this.fetch(start, least, most, this.part);
  }

  /**
   * Puts `bytes` in front of these. False when the proxy refused, or when bytes in front of these are held: there is
   * no place between them.
   */
  prepend(bytes: Slice): bool {
    return this.skipped == 0 && this.edited(Host.buffers.put(this.type, 0, 0, bytes), bytes.length);
  }

  /** Puts `bytes` behind these. False when the proxy refused. */
  append(bytes: Slice): bool {
    const end = this.skipped + this.size;
    return this.edited(Host.buffers.put(this.type, end, 0, bytes), bytes.length);
  }

  /**
   * Lets `bytes` go on instead of these; they may be empty. False when the proxy refused, or when bytes in front of
   * these are held.
   */
  replace(bytes: Slice): bool {
    return this.replaceStart(this.size, bytes);
  }

  /**
   * Lets `bytes` go on instead of the first `count` of these, the rest behind them; a `count` beyond `size` is all of
   * them. False when the proxy refused, or when bytes in front of these are held.
   */
  replaceStart(count: i32, bytes: Slice): bool {
    if (this.skipped > 0 || count < 0) return false;
    const cut = min(count, this.size);
    return this.edited(Host.buffers.put(this.type, 0, cut, bytes), bytes.length - cut);
  }

  /**
   * Drops all but the first `count` bytes. False when the proxy refused, or when these and what is held in front of them
   * are more than MAX_FETCH or than there is memory for; nothing is dropped then.
   */
  keepStart(count: i32): bool {
    if (count >= this.size) return true;
    const kept = max(count, 0);
    const bytes = this.front(kept);
    if (bytes.length != this.skipped + kept) return false;
    const isDone = Host.buffers.put(this.type, 0, this.skipped + this.size, bytes);
    return this.edited(isDone, kept - this.size);
  }

  /**
   * For the runtime: puts `bytes`, none of which are the chunk's, in front of these and behind what is held. False when
   * the proxy refused, or when more is held than MAX_FETCH or than there is memory for.
   */
  insert(bytes: Slice): bool {
    if (this.skipped == 0) return this.prepend(bytes);
    const held = this.front(0);
    if (held.length != this.skipped || !Host.buffers.put(this.type, 0, this.skipped, bytes)) return false;
    return this.edited(Host.buffers.put(this.type, 0, 0, held), bytes.length);
  }

  /**
   * Closes both connections after what is already written has gone out; these bytes, if they are the client's, go
   * nowhere. False when the proxy refused.
   */
  close(): bool {
    this.isClosed = true;
    return Host.stream.close();
  }

  /** For the runtime: `size` bytes behind `skipped` ones are what is shown from now on. */
  @inline
  open(skipped: i32, size: i32): void {
    this.skipped = skipped;
    this.size = max(size, 0);
    this.isClosed = false;
    this.fetchedFrom = NONE;
  }

  private edited(isDone: bool, growth: i32): bool {
    if (!isDone) return false;
    this.size += growth;
    this.fetchedFrom = NONE;
    return true;
  }

  private fetch(start: i32, least: i32, most: i32, into: Slice): Slice {
    if (start < 0 || start >= this.size || least <= 0) return into.set(0, 0);
    const count = min(min(most, MAX_FETCH), this.size - start);
    if (!this.holds(start, min(least, count))) this.load(start, count);
    if (this.fetchedFrom == NONE) return into.set(0, 0);
    const before = start - this.fetchedFrom;
    return into.set(this.fetched.start + <usize>before, min(count, this.fetched.length - before));
  }

  /** What is held and the first `count` bytes, as far as they can be fetched at once. */
  private front(count: i32): Slice {
    if (this.skipped == 0) return this.slice(0, count);
    const isLoaded = this.load(-this.skipped, min(this.skipped + count, MAX_FETCH));
    this.fetchedFrom = NONE;
    return isLoaded ? this.part.copyOf(this.fetched) : this.part.set(0, 0);
  }

  private holds(start: i32, count: i32): bool {
    const from = this.fetchedFrom;
    return from != NONE && start >= from && start - from <= this.fetched.length - count;
  }

  private load(start: i32, count: i32): bool {
    this.fetchedFrom = NONE;
    const room = Scratch.fitChunk(count);
    if (room == 0) {
      Faults.report(Fault.outOfMemory, "no memory for the bytes of a chunk");
      return false;
    }
    if (!Host.buffers.fetch(this.type, this.skipped + start, room, this.fetched)) {
      Faults.report(Fault.hostCall, "the proxy refused the bytes of a chunk");
      return false;
    }
    this.fetchedFrom = start;
    return true;
  }
}

/** Bytes from the client. Only they can be held: Envoy cannot stop what a server has sent. */
@final
export class DownstreamChunk extends Chunk {
  /** Whether nothing of the client's goes on when the callback returns. */
  isHeld: bool = false;

  constructor() {
    super(BUFFER_DOWNSTREAM_DATA);
  }

  /**
   * From now on nothing of the client's goes on, these bytes included, until `release` here or on a `Connection`.
   * They stay with the proxy, at most its buffer limit (then no more comes, so never wait for more than that), and
   * go on whole and in order. What comes meanwhile is shown to this filter as it comes.
   */
  hold(): void {
    this.isHeld = true;
  }

  /** Lets go on what is held, these bytes included. No effect when nothing is. */
  release(): void {
    this.isHeld = false;
  }
}

/** Bytes from the server. */
@final
export class UpstreamChunk extends Chunk {
  constructor() {
    super(BUFFER_UPSTREAM_DATA);
  }
}
