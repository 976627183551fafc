/** What a VM reads time from. */
export interface Clock {
  /** Nanoseconds that never go back; the origin means nothing. */
  monotonic(): bigint;
  /** Nanoseconds since 1970. */
  wall(): bigint;
}

export const systemClock: Clock = {
  monotonic: () => process.hrtime.bigint(),
  wall: () => BigInt(Date.now()) * 1_000_000n,
};

/** A clock that stands still until told; for tests. */
export class ManualClock implements Clock {
  private now: bigint;
  private wallOffset: bigint;

  /** `wall` is the wall clock's first reading in nanoseconds since 1970; by default 2026-01-01. */
  constructor({ monotonic = 1_000_000_000n, wall = 1_767_225_600_000_000_000n } = {}) {
    this.now = monotonic;
    this.wallOffset = wall - monotonic;
  }

  monotonic(): bigint {
    return this.now;
  }

  wall(): bigint {
    return this.now + this.wallOffset;
  }

  /** Both clocks go on by this much. */
  advance(milliseconds: number): void {
    this.now += BigInt(Math.round(milliseconds * 1e6));
  }

  /** Only the wall clock jumps, as when a machine's time is set; may be negative. */
  shiftWall(milliseconds: number): void {
    this.wallOffset += BigInt(Math.round(milliseconds * 1e6));
  }
}
