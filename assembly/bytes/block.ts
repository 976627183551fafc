/** Zeroed memory that the collector owns: it stays as long as the ArrayBuffer is referenced, and never moves. */
export class Block {
  /** `size` in bytes. For configuration time: allocating may grow memory. */
  static allocate(size: usize): ArrayBuffer {
    const start = __new(size, idof<ArrayBuffer>());
    memory.fill(start, 0, size); // the minimal runtime leaves what was there
    return changetype<ArrayBuffer>(start);
  }

  /** Where the bytes of `block` begin. */
  static start(block: ArrayBuffer): usize {
    return changetype<usize>(block);
  }
}
