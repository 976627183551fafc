/** Seeded numbers (xorshift128, seeded by splitmix32): fast, and the same everywhere. */
export class FastRandom {
  private a = 1;
  private b = 2;
  private c = 3;
  private d = 4;

  constructor(seed = 1, stream = 0) {
    this.reseed(seed, stream);
  }

  /** Starts again: the same pair gives the same numbers. */
  reseed(seed: number, stream: number): void {
    let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(stream + 1, 0xc2b2ae35);
    const mix = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      return (mixed ^ (mixed >>> 15)) | 1;
    };
    this.a = mix();
    this.b = mix();
    this.c = mix();
    this.d = mix();
  }

  /** A whole number of 32 bits, 0 included. */
  next(): number {
    let mixed = this.d;
    const first = this.a;
    this.d = this.c;
    this.c = this.b;
    this.b = first;
    mixed ^= mixed << 11;
    mixed ^= mixed >>> 8;
    this.a = mixed ^ first ^ (first >>> 19);
    return this.a >>> 0;
  }

  /** From 0 up to `below`, exclusive; `below` is at least 1. */
  below(below: number): number {
    return this.next() % below;
  }

  chance(percent: number): boolean {
    return this.next() % 100 < percent;
  }

  pick<T>(from: readonly T[]): T {
    const found = from[this.next() % from.length];
    if (found === undefined) throw new RangeError("nothing to pick from");
    return found;
  }
}
