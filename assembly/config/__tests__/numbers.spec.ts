import { bytesOf } from "../../testing";
import { Whole, WholeNumber } from "../numbers";

/** The number, or what it is instead. */
function whole(text: string): string {
  const bytes = bytesOf(text);
  switch (WholeNumber.parse(bytes.start, bytes.end)) {
    case Whole.fraction:
      return "fraction";
    case Whole.tooLarge:
      return "too large";
    default:
      return WholeNumber.value.toString();
  }
}

describe("WholeNumber", () => {
  it("is the same however it is written", () => {
    const ways = [
      "1000",
      "1000.0",
      "1000.000",
      "1e3",
      "1E3",
      "1e+3",
      "1.0e3",
      "10e2",
      "0.001e6",
      "10000e-1",
      "100000.00e-2",
    ];
    for (let i = 0; i < ways.length; i++) expect(whole(ways[i])).toBe("1000", ways[i]);
  });

  it("may be negative, or zero in any disguise", () => {
    expect(whole("-5")).toBe("-5");
    expect(whole("-5e1")).toBe("-50");
    const zeros = ["0", "-0", "0.000", "0e5", "0e-5", "0.0e999999999999"];
    for (let i = 0; i < zeros.length; i++) expect(whole(zeros[i])).toBe("0", zeros[i]);
  });

  it("is exact to the edge of 64 bits", () => {
    expect(whole("9223372036854775807")).toBe("9223372036854775807");
    expect(whole("-9223372036854775807")).toBe("-9223372036854775807");
    expect(whole("9223372036854775808")).toBe("too large");
    expect(whole("9007199254740993")).toBe("9007199254740993");
    expect(whole("922337203685477580.7e1")).toBe("9223372036854775807");
    expect(whole("1e18")).toBe("1000000000000000000");
    expect(whole("1e19")).toBe("too large");
    expect(whole("99999999999999999999999999")).toBe("too large");
    expect(whole("1e99999999999999999999")).toBe("too large");
    expect(whole("10000000000000000000000")).toBe("too large");
  });

  it("has no fraction", () => {
    const fractions = [
      "1.5",
      "0.1",
      "1e-1",
      "1000.5",
      "1e-99999999999",
      "123.4560e2",
      "0.00000000000000000000000001",
    ];
    for (let i = 0; i < fractions.length; i++) expect(whole(fractions[i])).toBe("fraction", fractions[i]);
  });
});
