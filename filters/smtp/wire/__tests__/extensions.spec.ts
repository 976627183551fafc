import { bytes } from "../../__tests__/support";
import { bitOf, Extension, extensionOf, EXTENSIONS, looksMasked } from "../extensions";

function extension(line: string): string {
  return EXTENSIONS[extensionOf(bytes(line))];
}

/** Keywords as servers write them, in the order of the label values. */
const KEYWORDS: string[] =
  "PIPELINING CHUNKING BINARYMIME 8BITMIME SMTPUTF8 DSN SIZE AUTH STARTTLS ENHANCEDSTATUSCODES DELIVERBY FUTURERELEASE MT-PRIORITY REQUIRETLS PRDR BURL LIMITS PIPECONNECT XCLIENT XFORWARD ETRN VRFY HELP".split(
    " ",
  );

describe("extensionOf", () => {
  it("knows every keyword, alone or with parameters, whatever the case", () => {
    for (let i = 0; i < KEYWORDS.length; i++) {
      expect(extension(KEYWORDS[i])).toBe(EXTENSIONS[i]);
      expect(extension(KEYWORDS[i].toLowerCase() + " 1 2")).toBe(EXTENSIONS[i]);
      expect(extension(KEYWORDS[i] + "\t")).toBe(EXTENSIONS[i]);
    }
  });

  it("knows no keyword that is longer or shorter", () => {
    for (let i = 0; i < KEYWORDS.length; i++) {
      expect(extension(KEYWORDS[i] + "X")).toBe("other");
      expect(extension(KEYWORDS[i].substring(1))).toBe("other");
    }
    expect(extension("")).toBe("other");
    expect(extension(" SIZE")).toBe("other");
    expect(extension("other")).toBe("other");
  });

  it("knows the old form of AUTH, and of no other", () => {
    expect(extension("AUTH=LOGIN PLAIN")).toBe("auth");
    expect(extension("auth=")).toBe("auth");
    expect(extension("SIZE=1000")).toBe("other");
  });

  it("knows PIPECONNECT by its three names", () => {
    expect(extension("PIPE_CONNECT")).toBe("pipeconnect");
    expect(extension("X_PIPE_CONNECT")).toBe("pipeconnect");
    expect(extension("PIPECONNECT")).toBe("pipeconnect");
  });

  it("has a label and a bit for each", () => {
    expect(EXTENSIONS.length).toBe(Extension.other + 1);
    let all: u32 = 0;
    for (let i = 0; i < EXTENSIONS.length; i++) all |= bitOf(<Extension>i);
    expect(all).toBe(((<u32>1) << EXTENSIONS.length) - 1);
  });
});

describe("looksMasked", () => {
  it("sees four equal letters or more and one at the end", () => {
    expect(looksMasked(bytes("XXXXXXXA"))).toBe(true);
    expect(looksMasked(bytes("XXXXXXXX"))).toBe(true);
    expect(looksMasked(bytes("xXxXa"))).toBe(true);
    expect(looksMasked(bytes("XXXXA 1000"))).toBe(true);
  });

  it("sees nothing in ordinary keywords", () => {
    expect(looksMasked(bytes("XXXA"))).toBe(false);
    expect(looksMasked(bytes("XXXX"))).toBe(false);
    expect(looksMasked(bytes("XXXBA"))).toBe(false);
    expect(looksMasked(bytes("XXXXAB"))).toBe(false);
    expect(looksMasked(bytes("XXXXA-B"))).toBe(false);
    expect(looksMasked(bytes("XCLIENT"))).toBe(false);
    expect(looksMasked(bytes("00000000"))).toBe(false);
    expect(looksMasked(bytes(""))).toBe(false);
  });
});
