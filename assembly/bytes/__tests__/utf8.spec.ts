import { bytesOf } from "../../testing";
import { Slice } from "../slice";
import { Text } from "../text";
import { Utf8 } from "../utf8";

/** Bytes written as hexadecimal digits. */
function hex(digits: string): Slice {
  const bytes = bytesOf("x".repeat(digits.length / 2));
  for (let i = 0; i < bytes.length; i++) {
    store<u8>(bytes.start + i, <u8>parseInt(digits.substr(i * 2, 2), 16));
  }
  return bytes;
}

/** The text, "none" where there is none. */
function decoded(bytes: Slice): string {
  const text = Utf8.decode(bytes);
  return text === null ? "none" : text;
}

function replaced(bytes: Slice, capacity: i32 = 64): string {
  const text = Text.ofCapacity(capacity).replacing(bytes);
  return String.UTF8.decodeUnsafe(text.start, text.length);
}

/** What is no UTF-8, and how many bytes in front of it are. */
const BAD: string[] = [
  "80",
  "c3",
  "c0af",
  "e08080",
  "eda080",
  "f0808080",
  "f4908080",
  "f5",
  "ff",
  "e282",
  "f09f98",
];

describe("Utf8", () => {
  it("knows text of one, two, three and four bytes a character", () => {
    const text = "aé€😀 z";
    expect(Utf8.isValid(bytesOf(text))).toBe(true);
    expect(Utf8.validLength(bytesOf(text))).toBe(12);
    expect(decoded(bytesOf(text))).toBe(text);
    expect(replaced(bytesOf(text))).toBe(text);
  });

  it("takes nothing for text, and NUL for a character", () => {
    expect(Utf8.isValid(new Slice())).toBe(true);
    expect(decoded(new Slice())).toBe("");
    expect(decoded(hex("006100")).length).toBe(3);
  });

  it("has no text for what is no UTF-8: stray, cut off, too long, surrogates, beyond Unicode", () => {
    for (let i = 0; i < BAD.length; i++) {
      expect(Utf8.isValid(hex(BAD[i]))).toBe(false, BAD[i]);
      expect(Utf8.decode(hex(BAD[i])) === null).toBe(true, BAD[i]);
      expect(Utf8.validLength(hex("61c3a9" + BAD[i] + "62"))).toBe(3, BAD[i]);
    }
  });

  it("never looks behind the end", () => {
    const text = bytesOf("€😀");
    expect(Utf8.validLength(Slice.of(text.start, 2))).toBe(0);
    expect(Utf8.validLength(Slice.of(text.start, 6))).toBe(3);
  });
});

describe("Text.replacing", () => {
  it("puts U+FFFD in the place of each byte that is no character", () => {
    expect(replaced(hex("61ff62c3"))).toBe("a\uFFFDb\uFFFD");
    expect(replaced(hex("e28261"))).toBe("\uFFFD\uFFFDa");
  });

  it("keeps to the capacity, and to whole characters", () => {
    expect(replaced(hex("6161ff61"), 4)).toBe("aa");
    expect(replaced(bytesOf("aé€"), 4)).toBe("aé");
  });
});
