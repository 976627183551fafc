import { Budget, DEFAULT_MEMORY_BYTES } from "../budget";
import { Pool, Pooled } from "../pool";

class Item extends Pooled {
  mark: i32 = 0;
}

let pool = new Pool<Item>();

/** An item, with 0 where the pool had none: as-pect's `expect` does not narrow. */
function markOf(item: Item | null): i32 {
  return item === null ? -1 : item.mark;
}

describe("Pool", () => {
  beforeEach(() => {
    pool = new Pool<Item>();
  });

  afterEach(() => {
    Budget.limit = DEFAULT_MEMORY_BYTES;
  });

  it("makes items, and takes their memory from the budget", () => {
    const before = Budget.used;
    expect(pool.take() !== null).toBe(true);
    const each = Budget.used - before;
    expect(each).toBeGreaterThanOrEqual(offsetof<Item>());
    expect(pool.take() !== null).toBe(true);
    expect(Budget.used - before).toBe(2 * each);
    expect(pool.made).toBe(2);
    expect(pool.taken).toBe(2);
  });

  it("hands out again what came back, the latest first, as it was left", () => {
    const first = pool.take();
    const second = pool.take();
    if (first === null || second === null) return expect(false).toBe(true);
    first.mark = 1;
    second.mark = 2;
    pool.give(first);
    pool.give(second);
    expect(pool.taken).toBe(0);
    expect(markOf(pool.take())).toBe(2);
    expect(markOf(pool.take())).toBe(1);
    expect(markOf(pool.take())).toBe(0);
    expect(pool.made).toBe(3);
    expect(pool.taken).toBe(3);
  });

  it("keeps nobody's place in the list of free items", () => {
    const item = pool.take();
    if (item === null) return expect(false).toBe(true);
    pool.give(item);
    const again = pool.take();
    if (again === null) return expect(false).toBe(true);
    expect(again.nextFree === null).toBe(true);
  });

  it("gives null when the budget is spent, and what came back nevertheless", () => {
    const item = pool.take();
    if (item === null) return expect(false).toBe(true);
    Budget.limit = Budget.used;
    expect(markOf(pool.take())).toBe(-1);
    expect(pool.made).toBe(1);
    expect(pool.taken).toBe(1);
    pool.give(item);
    expect(markOf(pool.take())).toBe(0);
  });

  it("keeps its items when the collector runs", () => {
    for (let i = 0; i < 50; i++) {
      const item = pool.take();
      if (item !== null) item.mark = i;
    }
    __collect();
    let sum = 0;
    let made: Pooled | null = pool.take();
    while (made !== null) {
      sum += changetype<Item>(made).mark;
      made = made.nextMade;
    }
    expect(sum).toBe((49 * 50) / 2);
  });
});
