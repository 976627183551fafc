import { ContextTable } from "../context-table";

/** Ids that share their home place in a table of 256, and one whose home is the place behind it. */
const SAME_HOME: u32[] = [5, 238, 615, 848];
const NEXT_HOME: u32 = 94;

describe("ContextTable", () => {
  it("knows nothing at first", () => {
    const table = new ContextTable();
    expect(table.get(1)).toBe(0);
    expect(table.get(0)).toBe(0);
    table.remove(1);
    expect(table.get(1)).toBe(0);
  });

  it("sets, replaces and removes", () => {
    const table = new ContextTable();
    expect(table.set(7, 70)).toBe(true);
    expect(table.set(7, 71)).toBe(true);
    expect(table.get(7)).toBe(71);
    table.remove(7);
    expect(table.get(7)).toBe(0);
  });

  it("has no place for the id 0", () => {
    const table = new ContextTable();
    expect(table.set(0, 1)).toBe(false);
    table.set(1, 10);
    expect(table.get(0)).toBe(0);
  });

  it("keeps finding what lies behind a gap", () => {
    for (let gone = 0; gone < SAME_HOME.length; gone++) {
      const table = new ContextTable();
      for (let i = 0; i < SAME_HOME.length; i++) table.set(SAME_HOME[i], <usize>(i + 1));
      table.set(NEXT_HOME, 60); // pushed out of its home
      table.remove(SAME_HOME[gone]);
      for (let i = 0; i < SAME_HOME.length; i++) {
        expect(table.get(SAME_HOME[i])).toBe(i == gone ? 0 : <usize>(i + 1));
      }
      expect(table.get(NEXT_HOME)).toBe(60);
    }
  });

  it("closes gaps across the end of the table", () => {
    const table = new ContextTable();
    // Their homes: the last place, the one before it, the first.
    const last: u32[] = [144, 377];
    const before: u32[] = [288, 521, 665];
    const first: u32 = 233;
    const ids: u32[] = [last[0], last[1], before[0], before[1], before[2], first];
    for (let i = 0; i < ids.length; i++) table.set(ids[i], <usize>ids[i]);
    table.remove(before[0]);
    table.remove(last[0]);
    expect(table.get(last[1])).toBe(last[1]);
    expect(table.get(before[1])).toBe(before[1]);
    expect(table.get(before[2])).toBe(before[2]);
    expect(table.get(first)).toBe(first);
  });

  it("agrees with a plain map over many changes", () => {
    const table = new ContextTable();
    const map = new Map<u32, usize>();
    let random: u32 = 12345;
    for (let step = 0; step < 20_000; step++) {
      random = random * 1664525 + 1013904223;
      const id = ((random >> 8) % 700) * (random % 3 == 0 ? 256 : 1) + 1;
      if (random >> 28 < 9) {
        table.set(id, <usize>step + 1);
        map.set(id, <usize>step + 1);
      } else {
        table.remove(id);
        map.delete(id);
      }
    }
    const ids = map.keys();
    let wrong = 0;
    for (let i = 0; i < ids.length; i++) if (table.get(ids[i]) != map.get(ids[i])) wrong++;
    for (let id: u32 = 1; id < 2000; id++) if (!map.has(id) && table.get(id) != 0) wrong++;
    expect(wrong).toBe(0);
    expect(ids.length > 300).toBe(true);
  });
});
