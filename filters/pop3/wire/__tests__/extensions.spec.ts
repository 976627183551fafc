import { bytes } from "../../__tests__/support";
import { extensionOf, EXTENSIONS, looksMasked } from "../extensions";

function extension(line: string): string {
  return EXTENSIONS[extensionOf(bytes(line))];
}

describe("extensionOf", () => {
  it("knows the capabilities by their first word", () => {
    for (let i = 0; i < EXTENSIONS.length - 1; i++) {
      const word = EXTENSIONS[i].replaceAll("_", "-");
      expect(extension(word)).toBe(EXTENSIONS[i]);
      expect(extension(word.toUpperCase() + " x")).toBe(EXTENSIONS[i]);
    }
  });

  it("takes everything else for other", () => {
    const others = ["", " TOP", "TOPS", "X-TOP", "RESP_CODES", "LOGIN-DELAYED"];
    for (let i = 0; i < others.length; i++) expect(extension(others[i])).toBe("other", others[i]);
  });
});

describe("looksMasked", () => {
  it("sees a capability that was overwritten", () => {
    expect(looksMasked(bytes("XXXX"))).toBe(true);
    expect(looksMasked(bytes("xxxx y"))).toBe(true);
    expect(looksMasked(bytes("****"))).toBe(true);
    const others = ["", "XXX", "XXXXX", "STLS", "XX X", "aaaa"];
    for (let i = 0; i < others.length; i++) expect(looksMasked(bytes(others[i]))).toBe(false, others[i]);
  });
});
