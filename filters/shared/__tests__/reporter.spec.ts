import { ConnectionReporter, MAX_PER_KIND } from "../session/reporter";
import { Surroundings } from "../session/surroundings";

class Nowhere extends Surroundings {
  now(): u64 {
    return 0;
  }
  isEncrypted(): bool {
    return false;
  }
}

class Tally extends ConnectionReporter {
  /** How many of `times` occurrences count. */
  admitted(kind: i32, times: i32, cap: u16 = MAX_PER_KIND): i32 {
    let count = 0;
    for (let i = 0; i < times; i++) if (this.admits(kind, cap)) count++;
    return count;
  }
}

const tally = new Tally(new Nowhere());

describe("ConnectionReporter", () => {
  beforeEach(() => {
    tally.begin();
  });

  it("counts each kind of anomaly up to its cap", () => {
    const cap = <i32>MAX_PER_KIND;
    expect(tally.admitted(3, cap - 1)).toBe(cap - 1);
    expect(tally.admitted(3, 2)).toBe(1);
    expect(tally.admitted(3, 70_000)).toBe(0);
    expect(tally.admitted(63, 2)).toBe(2);
    expect(tally.admitted(0, 5, 1)).toBe(1);
  });

  it("begins anew with each connection", () => {
    expect(tally.admitted(1, 2, 1)).toBe(1);
    expect(tally.admitted(2, 2_000)).toBe(MAX_PER_KIND);
    tally.release();
    tally.begin();
    expect(tally.admitted(1, 2, 1)).toBe(1);
    expect(tally.admitted(2, 1)).toBe(1);
  });
});
