import { Slice } from "../../../../assembly/bytes/slice";
import { Dice, part } from "../../../shared/__tests__/support";
import { bytes } from "../../__tests__/support";
import { BodyEvent, BodyReader, BodyTrait } from "../body";

const reader = new BodyReader();

/** Octets that `shown` fed and that the reader left, behind the end. */
let left: i32 = 0;

function traitNames(traits: u32): string {
  let names = "";
  if ((traits & BodyTrait.nul) != 0) names += " nul";
  if ((traits & BodyTrait.bareCr) != 0) names += " cr";
  if ((traits & BodyTrait.bareLf) != 0) names += " lf";
  if ((traits & BodyTrait.candidate) != 0) names += " candidate";
  if ((traits & BodyTrait.smuggling) != 0) names += " smuggling";
  return names;
}

function at(event: string, size: i64, wireSize: i64, traits: u32): string {
  return `${event} ${size.toString()}/${wireSize.toString()}${traitNames(traits)}; `;
}

/** What the reader makes of one piece: events with the sizes and traits of the message at each. */
function feed(piece: Slice): string {
  let found = "";
  while (!piece.isEmpty) {
    const event = reader.read(piece);
    if (event == BodyEvent.candidate) {
      found += at("candidate", reader.candidateBytes, reader.candidateWireBytes, reader.candidateTraits);
    } else if (event == BodyEvent.end) {
      left = piece.length;
      return found + at("end", reader.bytes, reader.wireBytes, reader.traits);
    }
  }
  left = 0;
  return found;
}

function whole(said: string): string {
  reader.begin();
  return feed(bytes(said));
}

function inPieces(input: Slice, dice: Dice, most: i32): string {
  reader.begin();
  let found = "";
  for (let from = 0; from < input.length && !found.includes("end");) {
    const to = min(from + 1 + dice.throw(most), input.length);
    found += feed(part(input, from, to));
    left += input.length - to;
    from = to;
  }
  return found;
}

const COMMANDS: string[] = ["helo", "ehlo", "lhlo", "mail", "rcpt", "data", "bdat", "rset", "quit"];

function beginsWithCommand(line: string): bool {
  if (!COMMANDS.includes(line.substring(0, 4).toLowerCase())) return false;
  return line.length > 4 && " :\r\n".includes(line.charAt(4));
}

/** The whole body looked at line by line, each with its line end: what a reader with all the memory would say. */
function reference(said: string): string {
  let found = "";
  let traits: u32 = 0;
  let size: i64 = 0;
  let taken: i64 = 0;
  let isBehindCrLf = true;
  let isBehindCandidate = false;
  while (taken < said.length) {
    const rest = said.substring(<i32>taken);
    const end = rest.indexOf("\n");
    const line = end < 0 ? rest : rest.substring(0, end + 1);
    if (isBehindCandidate && beginsWithCommand(line)) traits |= BodyTrait.smuggling;
    isBehindCandidate = false;
    if (line == ".\r\n" && isBehindCrLf) {
      left = said.length - <i32>taken - 3;
      return found + at("end", size, taken + 3, traits);
    }
    if (line == ".\n" || line == ".\r\n") {
      const isFirst = (traits & BodyTrait.candidate) == 0;
      if (line == ".\n") traits |= BodyTrait.bareLf;
      traits |= BodyTrait.candidate;
      if (isFirst) found += at("candidate", size, taken + line.length, traits);
      isBehindCandidate = true;
    }
    if (line.includes("\0")) traits |= BodyTrait.nul;
    if (line.replaceAll("\r\n", "").includes("\r") && (end >= 0 || !line.endsWith("\r"))) {
      traits |= BodyTrait.bareCr;
    }
    if (end >= 0 && !line.endsWith("\r\n")) traits |= BodyTrait.bareLf;
    isBehindCrLf = line.endsWith("\r\n");
    size += line.startsWith(".") ? line.length - 1 : line.length;
    taken += line.length;
  }
  left = 0;
  return found;
}

const ODD: string[] = [
  "\r",
  "\n",
  ".",
  "\0",
  "\r\n",
  "\r\n.",
  "\n.\n",
  "\n.\r\n",
  "\r\n.\n",
  "MAIL ",
  "x",
  "\r\n.\r\n",
];
/** What stops the fast path. */
const BREAKS: string[] = [
  "\0",
  "\r",
  "\n",
  ".",
  "\t",
  "\r\n.",
  "\n.\n",
  "\n.\r\n",
  "\r\n.\n",
  "\r\n.\r\n",
  "\r\n..",
  "\r\n",
];
const CALM: string[] = [
  "the quick brown fox jumps over the lazy dog",
  "\r\n",
  "\r\n",
  "x",
  "\r\n..stuffed",
  " ",
  "y\r\n",
];

/** `oddity`: of 100 pieces how many are no ordinary text. */
function randomBody(dice: Dice, parts: i32, oddity: i32): string {
  let said = "";
  for (let n = dice.throw(parts); n > 0; n--) {
    const list = dice.throw(100) < oddity ? ODD : CALM;
    said += list[dice.throw(list.length)];
  }
  return said;
}

/** The first random body for which the reader and the reference differ, whole or in pieces; or "". */
function firstMistake(dice: Dice, rounds: i32, parts: i32, oddity: i32): string {
  for (let round = 0; round < rounds; round++) {
    const said = randomBody(dice, parts, oddity);
    const expected = reference(said);
    const expectedLeft = left;
    if (whole(said) != expected || left != expectedLeft) return said;
    if (inPieces(bytes(said), dice, 90) != expected || left != expectedLeft) return said;
  }
  return "";
}

/** `count` times "x". */
function xs(count: i32): string {
  return "x".repeat(count);
}

describe("BodyReader", () => {
  it("ends at CRLF.CRLF, which is no part of the message but for its first CRLF", () => {
    expect(whole("ab\r\n.\r\n")).toBe("end 4/7; ");
    expect(whole("a\r\nbc\r\n.\r\nQUIT\r\n")).toBe("end 7/10; ");
    expect(left).toBe(6);
  });

  it("ends at once at a dot line", () => {
    expect(whole(".\r\n")).toBe("end 0/3; ");
    expect(whole("\r\n.\r\n")).toBe("end 2/5; ");
  });

  it("undoes dot-stuffing", () => {
    expect(whole("..\r\n.\r\n")).toBe("end 3/7; ");
    expect(whole(".a\r\n...b\r\n.\r\n")).toBe("end 8/13; ");
    expect(whole("a..b\r\n.\r\n")).toBe("end 6/9; ");
  });

  it("notes NUL, bare CR and bare LF", () => {
    expect(whole("a\0\r\n.\r\n")).toBe("end 4/7 nul; ");
    expect(whole("a\rb\r\n.\r\n")).toBe("end 5/8 cr; ");
    expect(whole("a\r\r\n.\r\n")).toBe("end 4/7 cr; ");
    expect(whole("a\nb\r\n.\r\n")).toBe("end 5/8 lf; ");
    expect(whole("\0\r\n.\r\n")).toBe("end 3/6 nul; ");
    expect(whole(".\0\r\n.\r\n")).toBe("end 3/7 nul; ");
    expect(whole(".\rx\r\n.\r\n")).toBe("end 4/8 cr; ");
    expect(whole("\n.\rx\r\n.\r\n")).toBe("end 5/9 cr lf; ");
    expect(whole(".\r\r\n.\r\n")).toBe("end 3/7 cr; ");
  });

  it("stops once at a dot line with a bare LF on one side or both", () => {
    expect(whole("a\n.\r\nb\r\n.\r\n")).toBe("candidate 2/5 lf candidate; end 7/11 lf candidate; ");
    expect(whole("a\r\n.\nb\r\n.\r\n")).toBe("candidate 3/5 lf candidate; end 7/11 lf candidate; ");
    expect(whole("a\n.\nb\r\n.\r\n")).toBe("candidate 2/4 lf candidate; end 6/10 lf candidate; ");
    expect(whole(".\nb\r\n.\r\n")).toBe("candidate 0/2 lf candidate; end 4/8 lf candidate; ");
    expect(whole("a\n.\n.\n.\r\nx")).toBe("candidate 2/4 lf candidate; ");
  });

  it("ends at CRLF.CRLF whose first CRLF belongs to a candidate", () => {
    expect(whole("a\n.\r\n.\r\n")).toBe("candidate 2/5 lf candidate; end 4/8 lf candidate; ");
  });

  it("looks for a command directly behind a candidate", () => {
    const unsuspected = "candidate 2/5 lf candidate; end 16/20 lf candidate; ";
    expect(whole("a\n.\r\nmAiL FROM:\r\n.\r\n")).toBe(
      "candidate 2/5 lf candidate; end 16/20 lf candidate smuggling; ",
    );
    expect(whole("a\n.\r\nmailto x  \r\n.\r\n")).toBe(unsuspected);
    expect(whole("a\n.\r\n\r\nMAIL x  \r\n.\r\n")).toBe(unsuspected);
    expect(whole("a\n.\r\nRSET\n.\r\n")).toBe("candidate 2/5 lf candidate; ");
    expect(reader.traits & BodyTrait.smuggling).toBe(BodyTrait.smuggling);
    expect(whole("a\n.\nx\r\n.\nQUIT\r\n.\r\n")).toBe(
      "candidate 2/4 lf candidate; end 13/18 lf candidate smuggling; ",
    );
  });

  it("knows every command that moves a transaction", () => {
    for (let i = 0; i < COMMANDS.length; i++) {
      whole("\n.\n" + COMMANDS[i].toUpperCase() + ":x");
      expect(reader.traits & BodyTrait.smuggling).toBe(BodyTrait.smuggling, COMMANDS[i]);
    }
    whole("\n.\nNOOP x");
    expect(reader.traits & BodyTrait.smuggling).toBe(0);
  });

  it("says whether there is a candidate", () => {
    whole("a\r\n");
    expect(reader.hasCandidate).toBe(false);
    whole("a\n.\n");
    expect(reader.hasCandidate).toBe(true);
    reader.begin();
    expect(reader.hasCandidate).toBe(false);
  });

  it("sees an oddity wherever it lies in a block", () => {
    for (let i = 0; i < BREAKS.length; i++) {
      for (let place = 0; place < 140; place++) {
        const said = xs(place) + BREAKS[i] + xs(150 - place) + "\r\n.\r\nrest";
        const expected = reference(said);
        expect(whole(said)).toBe(expected, "oddity " + i.toString() + " at " + place.toString());
      }
    }
  });

  it("sees an oddity wherever it lies in lines of one length", () => {
    const line = xs(61) + "\r\n";
    const lines = line.repeat(20);
    // In the place of text, so that the length stays; from within the sample on to behind some lines.
    for (let i = 0; i < BREAKS.length; i++) {
      for (let place = 180; place < 520; place++) {
        const behind = lines.substring(place + BREAKS[i].length);
        const said = lines.substring(0, place) + BREAKS[i] + behind + ".\r\nrest";
        const expected = reference(said);
        expect(whole(said)).toBe(expected, "oddity " + i.toString() + " at " + place.toString());
      }
    }
  });

  it("follows lines of one length, whatever it is", () => {
    for (let length = 0; length < 140; length++) {
      const line = xs(length) + "\r\n";
      const said = line.repeat(<i32>(1_500 / (length + 2)) + 1) + ".\r\nrest";
      expect(whole(said)).toBe(reference(said), length.toString());
    }
  });

  it("sees a stuffed dot at each line of one length, wherever the sample ends in them", () => {
    const line = xs(61) + "\r\n";
    for (let offset = 0; offset < line.length; offset++) {
      const lines = xs(offset) + "\r\n" + line.repeat(20);
      for (let start = offset + 2; start < 400; start += line.length) {
        const said = lines.substring(0, start) + "." + lines.substring(start + 1) + ".\r\nrest";
        expect(whole(said)).toBe(reference(said), `offset ${offset}, line at ${start}`);
      }
    }
  });

  it("reads the same however the bytes come", () => {
    const said = xs(70) + "\r\n..\r\n.a\rb\0\n.\r\nMAIL \r\n" + xs(66) + "\r\n.\n.\r\n.\r\nQUIT\r\n";
    const input = bytes(said);
    const expected = reference(said);
    expect(whole(said)).toBe(expected);
    for (let cut = 0; cut <= input.length; cut++) {
      reader.begin();
      const head = feed(part(input, 0, cut));
      expect(head.includes("end") ? head : head + feed(part(input, cut, input.length))).toBe(expected);
    }
    expect(inPieces(input, new Dice(1), 1)).toBe(expected);
  });

  it("agrees with a reader that has the whole body: line ends, dots and NULs", () => {
    expect(firstMistake(new Dice(2), 3_000, 30, 90)).toBe("");
  });

  it("agrees with a reader that has the whole body: mostly text", () => {
    expect(firstMistake(new Dice(3), 3_000, 40, 4)).toBe("");
  });
});
