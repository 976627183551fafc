import { bytesOf } from "../../testing";
import { Budget, DEFAULT_MEMORY_BYTES } from "../budget";
import { Collected, MAX_COLLECTED } from "../collected";
import { Slice } from "../slice";

function textOf(collected: Collected): string {
  const all = collected.start(collected.length, new Slice());
  return String.UTF8.decodeUnsafe(all.start, all.length);
}

describe("Collected", () => {
  afterEach(() => {
    Budget.limit = DEFAULT_MEMORY_BYTES;
  });

  it("is empty at first, and after it was cleared", () => {
    const collected = new Collected();
    expect(textOf(collected)).toBe("");
    expect(collected.append(bytesOf(""))).toBe(true);
    expect(collected.append(bytesOf("abc"))).toBe(true);
    collected.clear();
    expect(collected.length).toBe(0);
    expect(textOf(collected)).toBe("");
  });

  it("keeps what it has when it grows", () => {
    const collected = new Collected();
    let text = "";
    for (let i = 0; i < 200; i++) {
      const piece = i.toString() + "-" + "x".repeat(i);
      text += piece;
      expect(collected.append(bytesOf(piece))).toBe(true);
    }
    expect(collected.length).toBe(text.length);
    expect(textOf(collected)).toBe(text);
    const first = collected.start(3, new Slice());
    expect(String.UTF8.decodeUnsafe(first.start, first.length)).toBe("0-1");
  });

  it("hands over what it has", () => {
    const collected = new Collected();
    const other = new Collected();
    collected.append(bytesOf("old"));
    other.append(bytesOf("new"));
    collected.takeFrom(other);
    expect(textOf(collected)).toBe("new");
    expect(other.length).toBe(0);
  });

  it("reuses the memory of what was cleared", () => {
    const collected = new Collected();
    const bytes = bytesOf("x".repeat(5000));
    collected.append(bytes);
    collected.clear();
    Budget.limit = Budget.used;
    expect(collected.append(bytes)).toBe(true);
    expect(new Collected().append(bytesOf("y".repeat(40000)))).toBe(false);
  });

  it("takes no more than a fetch brings, and then nothing of it", () => {
    const collected = new Collected();
    const bytes = bytesOf("x".repeat(MAX_COLLECTED));
    expect(collected.append(bytesOf("a"))).toBe(true);
    expect(collected.append(bytes)).toBe(false);
    expect(collected.length).toBe(1);
    collected.clear();
    expect(collected.append(bytes)).toBe(true);
    expect(collected.append(bytesOf("a"))).toBe(false);
    collected.clear();
  });
});
