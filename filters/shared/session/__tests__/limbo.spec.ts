import { Budget, DEFAULT_MEMORY_BYTES } from "../../../../assembly/bytes/budget";
import { Buffer, BufferPool } from "../../../../assembly/bytes/buffer";
import { Slice } from "../../../../assembly/bytes/slice";
import { bytes, characters } from "../../__tests__/support";
import { Lent, Limbo, Parked } from "../limbo";

const RESULTS: string[] = ["whole", "full", "refused"];

let pool = new BufferPool(8);
let limbo = new Limbo(pool);

/** What became of the bytes, and what of them was not taken. */
function park(said: string): string {
  const input = bytes(said);
  const result = limbo.park(input);
  return `${RESULTS[result]} [${characters(input)}]`;
}

describe("Limbo", () => {
  beforeEach(() => {
    pool = new BufferPool(8);
    limbo = new Limbo(pool);
  });

  afterEach(() => {
    Budget.limit = DEFAULT_MEMORY_BYTES;
  });

  it("takes as much as fits", () => {
    expect(limbo.length).toBe(0);
    expect(limbo.first).toBe(-1);
    expect(park("abc")).toBe("whole []");
    expect(park("defgh")).toBe("whole []");
    expect(limbo.length).toBe(8);
    expect(limbo.first).toBe(0x61);
    expect(park("ij")).toBe("full [ij]");
    limbo.clear();
    expect(park("abcdefghij")).toBe("full [ij]");
  });

  it("holds a buffer only while there are bytes", () => {
    expect(park("")).toBe("whole []");
    expect(pool.taken).toBe(0);
    park("a");
    expect(pool.taken).toBe(1);
    limbo.clear();
    limbo.clear();
    expect(pool.taken).toBe(0);
    expect(limbo.length).toBe(0);
  });

  it("hands the bytes over, and takes others meanwhile", () => {
    expect(limbo.detach() === null).toBe(true);
    park("abc");
    const handed = limbo.detach();
    if (handed === null) return expect(false).toBe(true);
    expect(park("de")).toBe("whole []");
    expect(characters(Slice.of(handed.pointer, handed.length))).toBe("abc");
    expect(pool.taken).toBe(2);
    limbo.giveBack(handed);
    expect(pool.taken).toBe(1);
    expect(limbo.length).toBe(2);
    expect(limbo.first).toBe(0x64);
  });

  it("takes what is left of a lent buffer with the buffer", () => {
    park("abcdefgh");
    const lent = limbo.detach();
    if (lent === null) return expect(false).toBe(true);
    const before = Lent.begin(lent);
    const left = Slice.of(lent.pointer + 3, 5);
    expect(limbo.park(left)).toBe(Parked.whole);
    expect(left.isEmpty).toBe(true);
    expect(Lent.end(before)).toBe(false);
    expect(pool.taken).toBe(1);
    expect(limbo.length).toBe(5);
    expect(limbo.first).toBe(0x64);
    // Up to the cap there is room, in a second buffer.
    expect(park("ijkl")).toBe("full [l]");
    expect(pool.taken).toBe(2);
    const head = limbo.detach();
    if (head === null) return expect(false).toBe(true);
    const tail = changetype<Buffer | null>(head.nextFree);
    expect(characters(Slice.of(head.pointer + <usize>head.done, head.length - head.done))).toBe("defgh");
    expect(tail === null ? "" : characters(Slice.of(tail.pointer, tail.length))).toBe("ijk");
    if (tail !== null) limbo.giveBack(tail);
    limbo.giveBack(head);
    expect(pool.taken).toBe(0);
  });

  it("leaves a lent buffer of which nothing is left to its lender", () => {
    park("abc");
    const lent = limbo.detach();
    if (lent === null) return expect(false).toBe(true);
    const before = Lent.begin(lent);
    expect(park("xyz")).toBe("whole []");
    expect(Lent.end(before)).toBe(true);
    limbo.giveBack(lent);
    expect(limbo.length).toBe(3);
    expect(pool.taken).toBe(1);
  });

  it("refuses without memory", () => {
    Budget.limit = Budget.used;
    expect(park("abc")).toBe("refused [abc]");
    expect(limbo.length).toBe(0);
    expect(Parked.refused).toBe(2);
  });
});
