/** Zeroed memory that the collector owns: it stays as long as the ArrayBuffer is referenced, and never moves. */
export class Block {
  /** `size` in bytes. For configuration time: allocating may grow memory. */
  static allocate(size: usize): ArrayBuffer {
    return changetype<ArrayBuffer>(__new(size, idof<ArrayBuffer>()));
  }

  /** Where the bytes of `block` begin. */
  static start(block: ArrayBuffer): usize {
    return changetype<usize>(block);
  }
}
