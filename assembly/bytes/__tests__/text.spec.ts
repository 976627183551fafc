import { Block } from "../block";
import { Slice } from "../slice";
import { Text } from "../text";

/** What was written, as a string. */
function shown(text: Text): string {
  return String.UTF8.decodeUnsafe(text.start, text.length);
}

/** In the collector's sight, as what is on the stack is not. */
let kept: Slice = new Slice();

/** What is not referenced goes, and something else takes its place. */
function churn(): void {
  __collect();
  for (let i = 0; i < 100; i++) Text.ofCapacity(64).string("0123456789");
}

describe("Text", () => {
  it("writes characters of every length", () => {
    const text = Text.ofCapacity(64).string("a~é߿ࠀ€\uffff😀");
    expect(shown(text)).toBe("a~é߿ࠀ€\uffff😀");
    expect(text.length).toBe(1 + 1 + 2 + 2 + 3 + 3 + 3 + 4);
  });

  it("writes lone surrogates as U+FFFD", () => {
    const lone = String.fromCharCode(0xd83d);
    expect(shown(Text.ofCapacity(64).string("a" + lone))).toBe("a\ufffd");
    expect(shown(Text.ofCapacity(64).string(lone + "a"))).toBe("\ufffda");
    expect(shown(Text.ofCapacity(64).string(String.fromCharCode(0xde00) + "a"))).toBe("\ufffda");
  });

  it("writes numbers", () => {
    const text = Text.ofCapacity(128);
    text
      .unsigned(0)
      .byte(0x20)
      .unsigned(u64.MAX_VALUE)
      .byte(0x20)
      .signed(i64.MIN_VALUE)
      .byte(0x20)
      .signed(42);
    expect(shown(text)).toBe("0 18446744073709551615 -9223372036854775808 42");
  });

  it("leaves out everything from what does not fit, and never part of a character", () => {
    const text = Text.ofCapacity(4).string("ab€").string("c");
    expect(shown(text)).toBe("ab");
    expect(text.truncated).toBe(true);
    expect(shown(text.clear().string("abc"))).toBe("abc");
    expect(text.truncated).toBe(false);
  });

  it("cuts bytes between characters", () => {
    const source = Text.ofCapacity(16).string("a€€");
    const text = Text.ofCapacity(6).slice(source.toSlice(new Slice()));
    expect(shown(text)).toBe("a€");
    expect(text.truncated).toBe(true);
    expect(shown(text.bytes(source.start, 1))).toBe("a€");
    const full = Text.ofCapacity(1).byte(0x61).slice(source.toSlice(new Slice()));
    expect(shown(full)).toBe("a");
  });

  it("cuts back", () => {
    const text = Text.ofCapacity(8).string("abcd");
    expect(shown(text.cutTo(2))).toBe("ab");
    expect(shown(text.cutTo(5))).toBe("ab");
    expect(shown(text.cutTo(-1))).toBe("");
  });
});

describe("Block", () => {
  it("is zeroed memory of the size asked for", () => {
    const block = Block.allocate(24);
    expect(block.byteLength).toBe(24);
    expect(load<u64>(Block.start(block), 16)).toBe(0);
    expect(Block.allocate(0).byteLength).toBe(0);
  });

  it("is zeroed where something else was before", () => {
    for (let size: usize = 32; size <= 256; size += 16) {
      const used = heap.alloc(size);
      memory.fill(used, 0xff, size);
      heap.free(used);
      const block = Block.allocate(size - 16);
      for (let i: usize = 0; i < size - 16; i++) expect(load<u8>(Block.start(block) + i)).toBe(0);
    }
  });

  it("keeps the memory of a text for its slice, as long as that is referenced", () => {
    kept = Text.ofCapacity(64).string("kept").toSlice();
    churn();
    expect(kept.equals("kept")).toBe(true);
    const before = memory.size();
    for (let i = 0; i < 100; i++) {
      Text.ofCapacity(64 * 1024);
      __collect();
    }
    expect(memory.size() - before).toBeLessThanOrEqual(4);
  });

  it("gives what was written as a slice, of its own if need be", () => {
    const text = Text.ofCapacity(8).string("ab");
    const other = new Slice();
    expect(text.toSlice(other) === other).toBe(true);
    expect(other.equals("ab")).toBe(true);
    const own = text.toSlice();
    expect(own.equals("ab")).toBe(true);
    expect(text.string("cd").toSlice() === own).toBe(true);
    expect(own.equals("abcd")).toBe(true);
  });
});
