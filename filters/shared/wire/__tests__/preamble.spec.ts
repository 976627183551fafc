import { Slice } from "../../../../assembly/bytes/slice";
import { bytes, characters, guarded, part } from "../../__tests__/support";
import { Opening, OpeningReader } from "../preamble";

const SIGNATURE: string = "\r\n\r\n\0\r\nQUIT\n";
const NAMES: string[] = ["undecided", "tls", "proxyV2", "plain"];

const reader = new OpeningReader();

const HELD = new Slice();

/** Verdict, what is held of earlier pieces, and what is left of the last one. */
function read(first: string, second: string = "", allowProxy: bool = true): string {
  reader.begin();
  let piece = bytes(first);
  let verdict = reader.read(piece, allowProxy);
  if (verdict == Opening.undecided && second.length > 0) {
    if (!piece.isEmpty) return "NOT ALL TAKEN";
    piece = bytes(second);
    verdict = reader.read(piece, allowProxy);
  }
  return `${NAMES[verdict]} [${characters(reader.held(HELD))}] [${characters(piece)}]`;
}

/** A preamble that announces `length` octets of addresses. */
function preamble(length: i32): string {
  const header = "\x21\x11" + String.fromCharCode(length >> 8) + String.fromCharCode(length & 255);
  return SIGNATURE + header + "\x16".repeat(length);
}

describe("OpeningReader", () => {
  it("leaves text alone", () => {
    expect(read("EHLO x\r\n")).toBe("plain [] [EHLO x\r\n]");
    expect(read("\0")).toBe("plain [] [\0]");
  });

  it("is undecided about nothing", () => {
    expect(read("")).toBe("undecided [] []");
    expect(reader.pending).toBe(0);
  });

  it("knows a TLS record by its first two octets", () => {
    expect(read("\x16\x03\x01")).toBe("tls [] [\x03\x01]");
    expect(read("\x16", "\x03\x01")).toBe("tls [] [\x03\x01]");
    expect(read("\x16\x03", "", false)).toBe("tls [] [\x03]");
  });

  it("takes another octet behind 0x16 for text", () => {
    expect(read("\x16\x02")).toBe("plain [] [\x16\x02]");
    expect(read("\x16", "\x02x")).toBe("plain [\x16] [\x02x]");
    expect(read("\x16")).toBe("undecided [] []");
    expect(reader.pending).toBe(1);
  });

  it("takes a PROXY preamble as a whole, wherever it is cut", () => {
    for (let length = 0; length < 40; length += 12) {
      const whole = preamble(length) + "EHLO";
      expect(read(whole)).toBe("proxyV2 [] [EHLO]");
      for (let cut = 1; cut < 16 + length; cut++) {
        expect(read(whole.substring(0, cut), whole.substring(cut))).toBe("proxyV2 [] [EHLO]");
      }
    }
  });

  it("takes a PROXY preamble byte by byte", () => {
    const input = bytes(preamble(300));
    reader.begin();
    for (let i = 0; i < input.length - 1; i++) {
      expect(reader.read(part(input, i, i + 1), true)).toBe(Opening.undecided);
    }
    expect(reader.read(part(input, input.length - 1, input.length), true)).toBe(Opening.proxyV2);
  });

  it("gives back what only began like a preamble, wherever it is cut", () => {
    for (let matching = 1; matching < SIGNATURE.length; matching++) {
      const whole = SIGNATURE.substring(0, matching) + "x";
      expect(read(whole)).toBe(`plain [] [${whole}]`);
      for (let cut = 1; cut <= matching; cut++) {
        const held = whole.substring(0, cut);
        expect(read(held, whole.substring(cut))).toBe(`plain [${held}] [${whole.substring(cut)}]`);
      }
    }
  });

  it("looks for no preamble where none is allowed", () => {
    expect(read(preamble(0), "", false)).toBe(`plain [] [${preamble(0)}]`);
  });

  it("begins anew", () => {
    expect(read("\r\n")).toBe("undecided [] []");
    reader.begin();
    expect(reader.pending).toBe(0);
    expect(reader.read(guarded("x", SIGNATURE), true)).toBe(Opening.plain);
    expect(reader.held(HELD).isEmpty).toBe(true);
  });
});
