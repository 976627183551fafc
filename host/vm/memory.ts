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
    if (!this.holds(pointer, size)) return undefined;
    const start = pointer >>> 0;
    return this.octets.subarray(start, start + (size >>> 0));
  }

  /** Text at a place; undefined if it would leave memory. */
  text(pointer: number, size: number): string | undefined {
    const bytes = this.slice(pointer, size);
    return bytes === undefined
      ? undefined
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  }

  u32(pointer: number): number | undefined {
    return !this.holds(pointer, 4) ? undefined : this.view.getUint32(pointer >>> 0, true);
  }

  write(pointer: number, bytes: Uint8Array): boolean {
    if (!this.holds(pointer, bytes.length)) return false;
    this.octets.set(bytes, pointer >>> 0);
    return true;
  }

  writeU32(pointer: number, value: number): boolean {
    if (!this.holds(pointer, 4)) return false;
    this.view.setUint32(pointer >>> 0, value, true);
    return true;
  }

  writeU64(pointer: number, value: bigint): boolean {
    if (!this.holds(pointer, 8)) return false;
    this.view.setBigUint64(pointer >>> 0, BigInt.asUintN(64, value), true);
    return true;
  }

  /** Whether memory has such a place. Growth of the memory detaches the old buffer, so this comes before any access. */
  private holds(pointer: number, size: number): boolean {
    const { buffer } = this.memory;
    if (this.octets.buffer !== buffer) {
      this.view = new DataView(buffer);
      this.octets = new Uint8Array(buffer);
    }
    return (pointer >>> 0) + (size >>> 0) <= this.octets.length;
  }
}
