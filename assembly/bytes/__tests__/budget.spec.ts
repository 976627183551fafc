import { Budget, DEFAULT_MEMORY_BYTES } from "../budget";

let before: u64 = 0;

describe("Budget", () => {
  beforeEach(() => {
    before = Budget.used;
    Budget.used = 0;
    Budget.limit = 100;
  });

  afterEach(() => {
    Budget.used = before;
    Budget.limit = DEFAULT_MEMORY_BYTES;
  });

  it("grants what fits, to the last byte", () => {
    expect(Budget.take(60)).toBe(true);
    expect(Budget.take(41)).toBe(false);
    expect(Budget.used).toBe(60);
    expect(Budget.take(40)).toBe(true);
    expect(Budget.used).toBe(100);
    expect(Budget.take(1)).toBe(false);
    expect(Budget.take(0)).toBe(true);
  });

  it("refuses more than there ever is, however much", () => {
    expect(Budget.take(101)).toBe(false);
    expect(Budget.take(u64.MAX_VALUE)).toBe(false);
    expect(Budget.used).toBe(0);
  });

  it("refuses everything when the limit falls below what is taken", () => {
    expect(Budget.take(80)).toBe(true);
    Budget.limit = 50;
    expect(Budget.take(1)).toBe(false);
    expect(Budget.take(0)).toBe(false);
  });

  it("grants again what was given back, and never more", () => {
    expect(Budget.take(80)).toBe(true);
    Budget.giveBack(30);
    expect(Budget.take(50)).toBe(true);
    Budget.giveBack(1000);
    expect(Budget.used).toBe(0);
  });
});
