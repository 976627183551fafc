import { Budget } from "../../../../assembly/bytes/budget";
import { DEFAULT_MEMORY_BYTES } from "../../../../assembly/bytes/budget";
import { Dice } from "../../../shared/__tests__/support";
import { entry, result, saslBind, search, Talk } from "../../__tests__/support";
import { Op } from "../../wire/operations";
import { Operation } from "../operation";
import { ANY_OP, Operations } from "../operations";

/** Place of an operation in the order of `add`. */
function placeOf(operation: Operation | null): i64 {
  return operation === null ? -1 : <i64>operation.sentAt;
}

describe("Operations", () => {
  it("are found by ID and kind, the oldest first, however many there are", () => {
    const dice = new Dice(99);
    const one = new Operations();
    const two = new Operations();
    const ids: u32[] = [];
    const live: bool[] = [];
    for (let i = 0; i < 1_500; i++) {
      const id = <u32>dice.throw(200);
      ids.push(id);
      live.push(true);
      expect(one.add(id, i % 3 == 0 ? Op.bind : Op.search, <u64>i) === null).toBe(false);
      two.add(id, Op.add, 7);
      if (dice.throw(4) == 0) {
        const gone = one.find(<u32>dice.throw(200), ANY_OP);
        if (gone !== null) {
          live[<i32>gone.sentAt] = false;
          one.remove(gone);
        }
      }
    }
    for (let id: u32 = 0; id < 200; id++) {
      let oldest: i64 = -1;
      let bind: i64 = -1;
      for (let i = 1_499; i >= 0; i--) {
        if (!live[i] || ids[i] != id) continue;
        oldest = i;
        if (i % 3 == 0) bind = i;
      }
      expect(placeOf(one.find(id, ANY_OP))).toBe(oldest);
      expect(placeOf(one.find(id, Op.bind))).toBe(bind);
      expect(one.has(id)).toBe(oldest >= 0);
      expect(one.find(id, Op.compare) === null).toBe(true);
    }
    let before: i64 = -1;
    let first = one.oldest;
    while (first !== null) {
      expect(<i64>first.sentAt > before).toBe(true);
      before = first.sentAt;
      one.remove(first);
      first = one.oldest;
    }
    expect(one.length).toBe(0);
    expect(two.length).toBe(1_500);
    first = two.oldest;
    while (first !== null) {
      two.remove(first);
      first = two.oldest;
    }
  });

  it("of the same moment are in the order of their requests; binds do not count as older than a bind", () => {
    const all = new Operations();
    const kinds: Op[] = [Op.bind, Op.search, Op.add, Op.bind, Op.search];
    for (let i = 0; i < kinds.length; i++) all.add(<u32>(i % 2), kinds[i], 5);
    const first = all.find(0, Op.bind);
    const second = all.find(1, Op.bind);
    if (first === null || second === null) throw new Error("no bind");
    expect(all.oldest === first).toBe(true);
    expect(all.oldestBefore(first) === null).toBe(true);
    const search = all.oldestBefore(second);
    expect(search !== null && search.id == 1 && search.kind == Op.search).toBe(true);
    if (search !== null) all.remove(search);
    const add = all.oldestBefore(second);
    expect(add !== null && add.kind == Op.add && all.find(0, ANY_OP) === first).toBe(true);
    if (add !== null) all.remove(add);
    expect(all.oldestBefore(second) === null).toBe(true);
    all.remove(first);
    const last = all.find(0, ANY_OP);
    expect(all.oldest === second).toBe(true);
    expect(last !== null && last.kind == Op.search).toBe(true);
    all.remove(second);
    if (last !== null) all.remove(last);
    expect(all.length).toBe(0);
  });

  it("take at most 64 bytes each", () => {
    const all = new Operations();
    const before = Budget.used;
    for (let i = 0; i < 20_000; i++) all.add(<u32>i, Op.search, 1);
    expect(Budget.used - before <= 64 * 20_000).toBe(true);
    let first = all.oldest;
    while (first !== null) {
      all.remove(first);
      first = all.oldest;
    }
  });

  it("are refused when the budget is spent, and the index stays as it is", () => {
    const all = new Operations();
    Budget.limit = Budget.used;
    let count = 0;
    while (all.add(<u32>count, Op.search, 1) !== null) count++;
    Budget.limit = DEFAULT_MEMORY_BYTES;
    for (let i = 0; i < count; i++) expect(all.find(<u32>i, Op.search) === null).toBe(false);
    expect(all.add(7, Op.search, 1) === null).toBe(false);
    let first = all.oldest;
    while (first !== null) {
      all.remove(first);
      first = all.oldest;
    }
  });
});

describe("A session without memory", () => {
  it("goes opaque where it would need some", () => {
    // Sessions that hold a reader in the middle of a message each, until there is none left.
    const talks: Talk[] = [];
    for (let i = 0; i < 200; i++) talks.push(new Talk());
    Budget.limit = Budget.used;
    let starved = 0;
    for (let i = 0; i < talks.length; i++) {
      talks[i].begin().client(search(1).slice(0, 60));
      if (talks[i].recorder.tally("cap memory") > 0) starved++;
      if (talks[i].recorder.tally("opaque limit") > 0) starved++;
    }
    expect(starved > 100).toBe(true);
    expect(starved % 2).toBe(0);
    for (let i = 0; i < talks.length; i++) talks[i].close();
    for (let i = 0; i < talks.length; i++) talks[i].begin().client("16");
    expect(talks[199].recorder.tally("opaque limit")).toBe(1);
    for (let i = 0; i < talks.length; i++) talks[i].close();
    Budget.limit = DEFAULT_MEMORY_BYTES;
    for (let i = 0; i < talks.length; i++) {
      talks[i]
        .begin()
        .client(saslBind(1, "GSSAPI"))
        .server(result(1, "61", 0));
    }
    Budget.limit = Budget.used;
    for (let i = 0; i < talks.length; i++) talks[i].client("00");
    expect(talks[199].recorder.tally("opaque limit")).toBe(1);
    for (let i = 0; i < talks.length; i++) talks[i].close();
    Budget.limit = DEFAULT_MEMORY_BYTES;
  });

  it("starves at a request, too, and counts it", () => {
    const hog = new Operations();
    const talk = new Talk();
    talk.begin().client(search(1)).server(entry(1));
    Budget.limit = Budget.used;
    while (hog.add(1, Op.search, 1) !== null) continue;
    talk.client(search(2));
    expect(talk.recorder.tally("request search")).toBe(2);
    expect(talk.recorder.tally("end search unanswered")).toBe(2);
    expect(talk.recorder.tally("opaque limit")).toBe(1);
    Budget.limit = DEFAULT_MEMORY_BYTES;
    talk.close();
    let first = hog.oldest;
    while (first !== null) {
      hog.remove(first);
      first = hog.oldest;
    }
  });
});
