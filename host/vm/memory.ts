/** A module's linear memory, bounds-checked as the host calls need it. Pointers and sizes are taken as unsigned. */
export class LinearMemory {
  private readonly memory: WebAssembly.Memory;
  private view: DataView;
  private octets: Uint8Array;

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
    this.view = new DataView(memory.buffer);
    this.octets = new Uint8Array(memory.buffer);
  }

  get byteLength(): number {
    return this.memory.buffer.byteLength;
  }

  /** A view, good until the module runs again; undefined if it would leave memory. */
  slice(pointer: number, size: number): Uint8Array | undefined {
    const start = pointer >>> 0;
    const end = start + (size >>> 0);
    return end > this.current().length ? undefined : this.octets.subarray(start, end);
  }

  /** Text at a place; undefined if it would leave memory. */
  text(pointer: number, size: number): string | undefined {
    const bytes = this.slice(pointer, size);
    return bytes === undefined
      ? undefined
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  }

  u32(pointer: number): number | undefined {
    return this.slice(pointer, 4) === undefined ? undefined : this.view.getUint32(pointer >>> 0, true);
  }

  write(pointer: number, bytes: Uint8Array): boolean {
    const target = this.slice(pointer, bytes.length);
    target?.set(bytes);
    return target !== undefined;
  }

  writeU32(pointer: number, value: number): boolean {
    if (this.slice(pointer, 4) === undefined) return false;
    this.view.setUint32(pointer >>> 0, value, true);
    return true;
  }

  writeU64(pointer: number, value: bigint): boolean {
    if (this.slice(pointer, 8) === undefined) return false;
    this.view.setBigUint64(pointer >>> 0, BigInt.asUintN(64, value), true);
    return true;
  }

  /** Growth of the memory detaches the old buffer. */
  private current(): Uint8Array {
    if (this.octets.buffer !== this.memory.buffer) {
      this.view = new DataView(this.memory.buffer);
      this.octets = new Uint8Array(this.memory.buffer);
    }
    return this.octets;
  }
}
