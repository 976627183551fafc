import { Budget, DEFAULT_MEMORY_BYTES } from "../../../../assembly/bytes/budget";
import { BufferPool } from "../../../../assembly/bytes/buffer";
import { Slice } from "../../../../assembly/bytes/slice";
import { bytes, text } from "../../__tests__/support";
import { Limbo, Parked } from "../limbo";

const RESULTS: string[] = ["whole", "full", "refused"];

let pool = new BufferPool(8);
let limbo = new Limbo(pool);

/** What became of the bytes, and what of them was not taken. */
function park(said: string): string {
  const input = bytes(said);
  const result = limbo.park(input);
  return `${RESULTS[result]} [${text(input)}]`;
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
    expect(text(Slice.of(handed.pointer, handed.length))).toBe("abc");
    expect(pool.taken).toBe(2);
    limbo.giveBack(handed);
    expect(pool.taken).toBe(1);
    expect(limbo.length).toBe(2);
    expect(limbo.first).toBe(0x64);
  });

  it("refuses without memory", () => {
    Budget.limit = Budget.used;
    expect(park("abc")).toBe("refused [abc]");
    expect(limbo.length).toBe(0);
    expect(Parked.refused).toBe(2);
  });
});
