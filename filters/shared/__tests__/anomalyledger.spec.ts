import { AnomalyLedger, MAX_PER_KIND } from "../session/anomalyledger";

const ledger = new AnomalyLedger();

/** How many of `times` occurrences count. */
function admitted(kind: i32, times: i32, cap: u16 = MAX_PER_KIND): i32 {
  let count = 0;
  for (let i = 0; i < times; i++) if (ledger.admit(kind, cap)) count++;
  return count;
}

describe("AnomalyLedger", () => {
  beforeEach(() => {
    ledger.clear();
  });

  it("counts each kind up to its cap", () => {
    const cap = <i32>MAX_PER_KIND;
    expect(admitted(3, cap - 1)).toBe(cap - 1);
    expect(admitted(3, 2)).toBe(1);
    expect(admitted(3, 70_000)).toBe(0);
    expect(admitted(63, 2)).toBe(2);
    expect(admitted(0, 5, 1)).toBe(1);
  });

  it("begins anew with each connection", () => {
    expect(admitted(1, 2, 1)).toBe(1);
    expect(admitted(2, 2_000)).toBe(MAX_PER_KIND);
    ledger.clear();
    expect(admitted(1, 2, 1)).toBe(1);
    expect(admitted(2, 1)).toBe(1);
  });
});
