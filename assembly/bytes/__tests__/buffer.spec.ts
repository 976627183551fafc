import { bytesOf } from "../../testing";
import { Budget, DEFAULT_MEMORY_BYTES } from "../budget";
import { Buffer, BufferPool } from "../buffer";
import { Slice } from "../slice";

let pool = new BufferPool(8);

/** Takes a block; the spec fails without one. */
function take(): Buffer {
  const buffer = pool.take();
  if (buffer !== null) return buffer;
  expect(false).toBe(true, "no memory");
  return new Buffer(1);
}

function content(buffer: Buffer): string {
  return String.UTF8.decodeUnsafe(buffer.pointer, buffer.length);
}

describe("Buffer", () => {
  it("takes as much as fits", () => {
    const buffer = new Buffer(5);
    expect(buffer.append(bytesOf("ab"))).toBe(2);
    expect(buffer.append(new Slice())).toBe(0);
    expect(buffer.append(bytesOf("cdef"))).toBe(3);
    expect(buffer.append(bytesOf("x"))).toBe(0);
    expect(buffer.length).toBe(5);
    expect(content(buffer)).toBe("abcde");
  });
});

describe("BufferPool", () => {
  beforeEach(() => {
    pool = new BufferPool(8);
  });

  afterEach(() => {
    pool.dispose();
    Budget.limit = DEFAULT_MEMORY_BYTES;
  });

  it("makes blocks of its size within the budget", () => {
    const before = Budget.used;
    expect(take().capacity).toBe(8);
    take();
    expect(Budget.used - before).toBe(16);
    expect(pool.taken).toBe(2);
    Budget.limit = Budget.used + 7;
    expect(pool.take() === null).toBe(true);
    expect(pool.taken).toBe(2);
    Budget.limit = Budget.used + 8;
    expect(pool.take() !== null).toBe(true);
  });

  it("hands out again what came back, empty", () => {
    const first = take();
    first.append(bytesOf("abc"));
    pool.give(first);
    expect(pool.taken).toBe(0);
    const again = take();
    expect(again).toBe(first);
    expect(again.length).toBe(0);
    expect(again.nextFree === null).toBe(true);
    expect(take().pointer).not.toBe(first.pointer);
  });

  it("gives all memory back, and goes on afterwards", () => {
    const before = Budget.used;
    pool.give(take());
    take();
    take();
    pool.dispose();
    expect(Budget.used).toBe(before);
    expect(pool.taken).toBe(0);
    expect(take().append(bytesOf("abc"))).toBe(3);
    expect(Budget.used).toBe(before + 8);
  });
});
