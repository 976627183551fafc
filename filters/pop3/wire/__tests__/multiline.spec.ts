import { Slice } from "../../../../assembly/bytes/slice";
import { characters, Dice, part } from "../../../shared/__tests__/support";
import { bytes } from "../../__tests__/support";
import { MultilineEvent, MultilineReader, MultilineTrait } from "../multiline";

const reader = new MultilineReader();

function traitNames(): string {
  const traits = reader.traits;
  let names = "";
  if ((traits & MultilineTrait.nul) != 0) names += " nul";
  if ((traits & MultilineTrait.bareCr) != 0) names += " cr";
  if ((traits & MultilineTrait.bareLf) != 0) names += " lf";
  if ((traits & MultilineTrait.ambiguous) != 0) names += " ambiguous";
  return names;
}

/** Reads `pieces` octets at a time; `bytes/wireBytes traits rest` at the end, or `unended` with the same. */
function readIn(pieces: i32, all: Slice, endsInLf: bool): string {
  reader.begin(endsInLf, false);
  for (let at = 0; at < all.length; at += pieces) {
    const piece = part(all, at, min(at + pieces, all.length));
    const event = reader.read(piece);
    if (event != MultilineEvent.end) {
      if (!piece.isEmpty) return "NOT ALL TAKEN";
      continue;
    }
    const rest = all.end - piece.start;
    return `${reader.bytes}/${reader.wireBytes}${traitNames()} [${characters(part(all, all.length - <i32>rest, all.length))}]`;
  }
  return `unended ${reader.bytes}/${reader.wireBytes}${traitNames()}`;
}

function read(text: string, endsInLf: bool = false): string {
  const all = bytes(text);
  const whole = readIn(i32.MAX_VALUE / 2, all, endsInLf);
  for (let pieces = 1; pieces < min(all.length, 24); pieces++) {
    const other = readIn(pieces, all, endsInLf);
    if (other != whole) return `by ${pieces}: ${other}, not ${whole}`;
  }
  return whole;
}

describe("MultilineReader", () => {
  it("ends at the line with the single dot", () => {
    expect(read(".\r\n+OK")).toBe("0/3 [+OK]");
    expect(read("hello\r\n.\r\n")).toBe("7/10 []");
    expect(read("a\r\n\r\nb\r\n.\r\nrest")).toBe("8/11 [rest]");
    expect(read("")).toBe("unended 0/0");
    expect(read("hello\r\n.\r")).toBe("unended 9/9");
  });

  it("undoes the stuffing", () => {
    expect(read("..\r\n.\r\n")).toBe("3/7 []");
    expect(read("..a\r\n...\r\n.b\r\n.\r\n")).toBe("11/17 []");
    expect(read("a.\r\n.\r\n")).toBe("4/7 []");
  });

  it("follows a server that ends its lines with CRLF by CRLF alone", () => {
    expect(read("a\n.\nb\r\n.\r\n")).toBe("7/10 lf ambiguous []");
    expect(read("a\n.\r\nb\r\n.\r\n")).toBe("8/11 lf ambiguous []");
    expect(read("a\r\n.\nb\r\n.\r\n")).toBe("7/11 lf ambiguous []");
    expect(read("a\n..\r\n.\r\n")).toBe("6/9 lf []");
    expect(read("\n.x\r\n.\r\n")).toBe("5/8 lf []");
  });

  it("follows a server that ends its lines with LF by any dot line", () => {
    expect(read("a\n.\nb", true)).toBe("2/4 [b]");
    expect(read("a\r\n.\r\nb", true)).toBe("3/6 [b]");
    expect(read("..\n.x\n.\n", true)).toBe("4/8 []");
  });

  it("notes what is no text", () => {
    expect(read("a\0b\r\n.\r\n")).toBe("5/8 nul []");
    expect(read("a\rb\r\n.\r\n")).toBe("5/8 cr []");
    expect(read(".\rb\r\n.\r\n")).toBe("4/8 cr []");
    expect(read("a\r\r\n.\r\n")).toBe("4/7 cr []");
  });

  it("tells lines by their first octets, where it is asked to", () => {
    reader.begin(false, true);
    const input = bytes("TOP\r\nSASL PLAIN LOGIN CRAM-MD5\r\n..x\r\n.\r\n+OK");
    let told = "";
    while (reader.read(input) == MultilineEvent.line) told += characters(reader.head) + ";";
    expect(told).toBe("TOP;SASL PLAIN LOGIN;.x;");
    expect(characters(input)).toBe("+OK");
  });

  it("reads the same however text is cut, long lines and odd ones alike", () => {
    const dice = new Dice(3);
    const parts = ["\r\n", "\r\n", ".", "..", "\n", "\r", "x", "\0", "abcdefghijklmnopqrstuvwxyz0123456789"];
    for (let run = 0; run < 60; run++) {
      let text = "";
      for (let i = 0; i < 60; i++) {
        const piece = parts[dice.throw(parts.length)];
        text += piece.length > 20 ? piece.repeat(1 + dice.throw(6)) : piece;
      }
      const endsInLf = dice.throw(4) == 0;
      const found = read(text + "\r\n.\r\n", endsInLf);
      expect(found.startsWith("by ")).toBe(false, found);
      expect(found.startsWith("unended")).toBe(false, text);
    }
  });
});
