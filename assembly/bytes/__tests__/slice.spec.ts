import { bytesOf } from "../../testing";
import { isDigit, isLetter, lowerCase, Slice } from "../slice";

describe("Slice", () => {
  it("is empty before it points anywhere", () => {
    const slice = new Slice();
    expect(slice.isEmpty).toBe(true);
    expect(slice.length).toBe(0);
    expect(slice.at(0)).toBe(-1);
  });

  it("has a length, none when it is negative", () => {
    expect(Slice.of(1000, 5).length).toBe(5);
    expect(Slice.of(1000, 5).end).toBe(1005);
    expect(Slice.of(1000, -5).length).toBe(0);
    expect(Slice.of(1000, -5).isEmpty).toBe(true);
  });

  it("can be pointed elsewhere", () => {
    const slice = Slice.of(1000, 5);
    expect(slice.set(2000, 3)).toBe(slice);
    expect(slice.start).toBe(2000);
    expect(slice.copyOf(Slice.of(3000, 7))).toBe(slice);
    expect(slice.start).toBe(3000);
    expect(slice.end).toBe(3007);
  });

  it("gives the byte at a place, and -1 outside", () => {
    const slice = bytesOf("añ");
    expect(slice.at(0)).toBe(0x61);
    expect(slice.at(2)).toBe(0xb1);
    expect(slice.at(3)).toBe(-1);
    expect(slice.at(-1)).toBe(-1);
    expect(slice.at(i32.MIN_VALUE)).toBe(-1);
    expect(slice.at(i32.MAX_VALUE)).toBe(-1);
  });

  it("drops bytes from the front, at most all and never backwards", () => {
    const slice = bytesOf("abcd");
    slice.advance(1);
    expect(slice.equals("bcd")).toBe(true);
    slice.advance(-1);
    expect(slice.equals("bcd")).toBe(true);
    slice.advance(0);
    expect(slice.equals("bcd")).toBe(true);
    slice.advance(4);
    expect(slice.isEmpty).toBe(true);
    slice.advance(i32.MAX_VALUE);
    expect(slice.length).toBe(0);
  });

  it("compares with text", () => {
    const slice = bytesOf("Quit");
    expect(slice.equals("Quit")).toBe(true);
    expect(slice.equals("quit")).toBe(false);
    expect(slice.equals("Qui")).toBe(false);
    expect(slice.equals("Quit ")).toBe(false);
    expect(slice.startsWith("Qui")).toBe(true);
    expect(slice.startsWith("")).toBe(true);
    expect(slice.startsWith("Quit ")).toBe(false);
    expect(slice.startsWith("qui")).toBe(false);
    expect(new Slice().equals("")).toBe(true);
  });

  it("compares with lower case text, whatever the case of its letters", () => {
    const slice = bytesOf("Mt-PRIORITY");
    expect(slice.equalsIgnoringCase("mt-priority")).toBe(true);
    expect(slice.equalsIgnoringCase("mt_priority")).toBe(false);
    expect(slice.equalsIgnoringCase("mt-priorit")).toBe(false);
    expect(slice.startsWithIgnoringCase("mt-")).toBe(true);
    expect(slice.startsWithIgnoringCase("mx-")).toBe(false);
    expect(slice.startsWithIgnoringCase("mt-priority!")).toBe(false);
    expect(bytesOf("@[").equalsIgnoringCase("`{")).toBe(false);
  });

  it("does not take part of a character for an ASCII one", () => {
    expect(bytesOf("š").startsWith("a")).toBe(false);
    expect(bytesOf("a").equals("š")).toBe(false);
  });
});

describe("lowerCase", () => {
  it("changes A–Z only", () => {
    for (let byte = 0; byte < 256; byte++) {
      const isUpper = byte >= 0x41 && byte <= 0x5a;
      expect(lowerCase(<u8>byte)).toBe(<u8>(isUpper ? byte + 0x20 : byte));
    }
  });
});

describe("isLetter and isDigit", () => {
  it("know ASCII letters and digits", () => {
    for (let byte = 0; byte < 256; byte++) {
      const isUpper = byte >= 0x41 && byte <= 0x5a;
      const isLower = byte >= 0x61 && byte <= 0x7a;
      expect(isLetter(<u8>byte)).toBe(isUpper || isLower);
      expect(isDigit(<u8>byte)).toBe(byte >= 0x30 && byte <= 0x39);
    }
  });
});
