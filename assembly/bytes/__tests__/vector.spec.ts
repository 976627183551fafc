import { Vector } from "../vector";

class Item {
  constructor(readonly mark: i32) {}
}

let items = new Vector<Item>();

function markAt(index: i32): i32 {
  const item = items.get(index);
  return item === null ? -1 : item.mark;
}

describe("Vector", () => {
  beforeEach(() => {
    items = new Vector<Item>();
  });

  it("is empty to begin with", () => {
    expect(items.length).toBe(0);
    expect(markAt(0)).toBe(-1);
  });

  it("keeps objects in their order, however many", () => {
    for (let i = 0; i < 100; i++) items.push(new Item(i));
    expect(items.length).toBe(100);
    for (let i = 0; i < 100; i++) expect(markAt(i)).toBe(i);
  });

  it("gives null outside", () => {
    items.push(new Item(7));
    expect(markAt(0)).toBe(7);
    expect(markAt(1)).toBe(-1);
    expect(markAt(-1)).toBe(-1);
    expect(markAt(i32.MAX_VALUE)).toBe(-1);
  });

  it("keeps its objects when the collector runs", () => {
    for (let i = 0; i < 20; i++) items.push(new Item(i));
    __collect();
    for (let i = 0; i < 1000; i++) new Item(-5);
    for (let i = 0; i < 20; i++) expect(markAt(i)).toBe(i);
  });
});
