import { Budget, DEFAULT_MEMORY_BYTES } from "../../../../assembly/bytes/budget";
import { BufferPool } from "../../../../assembly/bytes/buffer";
import { Slice } from "../../../../assembly/bytes/slice";
import { bytes, characters, Dice, guarded, part } from "../../__tests__/support";
import { LineReader, LineTrait } from "../lines";

const CAP: i32 = 8;
const pool = new BufferPool(CAP + 1);
let reader = new LineReader(pool, CAP);

function traitNames(traits: u32): string {
  let names = "";
  if ((traits & LineTrait.nul) != 0) names += " nul";
  if ((traits & LineTrait.bareCr) != 0) names += " cr";
  if ((traits & LineTrait.bareLf) != 0) names += " lf";
  if ((traits & LineTrait.eightBit) != 0) names += " 8bit";
  return names;
}

function shown(line: string, length: i64, wireLength: i64, traits: u32): string {
  return `[${line}] ${length.toString()}/${wireLength.toString()}${traitNames(traits)}\n`;
}

/** Takes what `piece` completes. */
function feed(piece: Slice): string {
  let found = "";
  while (reader.next(piece)) {
    found += shown(characters(reader.line), reader.length, reader.wireLength, reader.traits);
  }
  if (!piece.isEmpty) found += "NOT ALL TAKEN\n";
  return found;
}

/** The lines of `said`, given in one piece. */
function whole(said: string): string {
  reader.reset();
  return feed(bytes(said));
}

function byByte(input: Slice): string {
  reader.reset();
  let found = "";
  for (let i = 0; i < input.length; i++) found += feed(part(input, i, i + 1));
  return found;
}

function cutAt(input: Slice, at: i32): string {
  reader.reset();
  return feed(part(input, 0, at)) + feed(part(input, at, input.length));
}

/** Each line looked at as a whole: what a reader with all the memory and time would say. */
function reference(said: string): string {
  const lines = said.split("\n");
  let found = "";
  for (let i = 0; i < lines.length - 1; i++) {
    const raw = lines[i];
    const hasCr = raw.endsWith("\r");
    const line = hasCr ? raw.substring(0, raw.length - 1) : raw;
    let traits: u32 = hasCr ? 0 : LineTrait.bareLf;
    if (line.includes("\r")) traits |= LineTrait.bareCr;
    if (line.includes("\0")) traits |= LineTrait.nul;
    for (let at = 0; at < line.length; at++) if (line.charCodeAt(at) >= 0x80) traits |= LineTrait.eightBit;
    found += shown(line.substring(0, CAP), line.length, raw.length + 1, traits);
  }
  return found;
}

const ALPHABET: string[] = [
  "\r",
  "\n",
  "\r\n",
  "\0",
  "\x80",
  "\xff",
  "\x7f",
  "a",
  "bc",
  "0123456789abcdefghij",
];

function randomText(dice: Dice): string {
  let said = "";
  for (let n = dice.throw(24); n > 0; n--) said += ALPHABET[dice.throw(ALPHABET.length)];
  return said;
}

/** Random text in random pieces; the text for which the reader is wrong, or "". */
function firstMistake(dice: Dice, rounds: i32): string {
  for (let round = 0; round < rounds; round++) {
    const said = randomText(dice);
    const input = bytes(said);
    reader.reset();
    let found = "";
    for (let at = 0; at < input.length;) {
      const to = min(at + 1 + dice.throw(40), input.length);
      found += feed(part(input, at, to));
      at = to;
    }
    if (found != reference(said)) return said;
  }
  return "";
}

describe("LineReader", () => {
  beforeEach(() => {
    reader.reset();
    reader = new LineReader(pool, CAP);
  });

  it("takes CRLF for the end of a line, and LF alone", () => {
    expect(whole("a\r\nbc\n\r\n\n")).toBe("[a] 1/3\n[bc] 2/3 lf\n[] 0/2\n[] 0/1 lf\n");
  });

  it("notes NUL, CR before anything but LF, and octets from 0x80 on", () => {
    expect(whole("a\0\r\n")).toBe("[a\0] 2/4 nul\n");
    expect(whole("a\rb\r\n")).toBe("[a\rb] 3/5 cr\n");
    expect(whole("a\r\r\n")).toBe("[a\r] 2/4 cr\n");
    expect(whole("\x7f\r\n")).toBe("[\x7f] 1/3\n");
    expect(whole("\x80\r\n")).toBe("[\x80] 1/3 8bit\n");
    expect(whole("\xff\n")).toBe("[\xff] 1/2 lf 8bit\n");
  });

  it("forgets the traits of one line before the next", () => {
    expect(whole("\0\r\x80\na\r\n")).toBe("[\0\r\x80] 3/4 nul cr lf 8bit\n[a] 1/3\n");
  });

  it("keeps as much as the cap, and measures the rest", () => {
    expect(whole("1234567\r\n")).toBe("[1234567] 7/9\n");
    expect(whole("12345678\r\n")).toBe("[12345678] 8/10\n");
    expect(whole("123456789\r\n")).toBe("[12345678] 9/11\n");
    expect(whole("1234567\n")).toBe("[1234567] 7/8 lf\n");
    expect(whole("12345678\n")).toBe("[12345678] 8/9 lf\n");
    expect(whole("123456789\n")).toBe("[12345678] 9/10 lf\n");
  });

  it("tells whether the line was cut", () => {
    whole("12345678\r\n");
    expect(reader.isCut).toBe(false);
    whole("123456789\r\n");
    expect(reader.isCut).toBe(true);
    byByte(bytes("123456789\n"));
    expect(reader.isCut).toBe(true);
    byByte(bytes("12345678\r\n"));
    expect(reader.isCut).toBe(false);
  });

  it("tells CR at and behind the cap from the line end", () => {
    expect(whole("1234567\r\r\n")).toBe("[1234567\r] 8/10 cr\n");
    expect(whole("12345678\r\r\n")).toBe("[12345678] 9/11 cr\n");
    expect(whole("12345678\rx\r\n")).toBe("[12345678] 10/12 cr\n");
  });

  it("reads the same however the bytes come", () => {
    const said = "a\r\n12345678\r\n123456789\n1234567\r\r\n\0\r\x80\n\r\n\n1234567890123\r\nrest";
    const input = bytes(said);
    expect(whole(said)).toBe(reference(said));
    expect(byByte(input)).toBe(reference(said));
    for (let at = 0; at <= input.length; at++) expect(cutAt(input, at)).toBe(reference(said));
  });

  it("agrees with a reader that has the whole text, in random pieces", () => {
    expect(firstMistake(new Dice(1), 6_000)).toBe("");
  });

  it("is not led astray by what lies beyond the slice", () => {
    reader.reset();
    expect(feed(guarded("0123456789abcde", "\r\n\0\x80")) + feed(guarded("\n", "\r"))).toBe(
      "[01234567] 15/16 lf\n",
    );
  });

  it("says what is pending", () => {
    expect(whole("ab")).toBe("");
    expect(reader.inLine).toBe(true);
    expect(reader.pending).toBe(2);
    expect(feed(bytes("c\r\n"))).toBe("[abc] 3/5\n");
    expect(reader.inLine).toBe(false);
    expect(reader.next(bytes(""))).toBe(false);
  });

  it("does not copy a line that lies in one slice", () => {
    const input = bytes("abc\r\n");
    const start = input.start;
    expect(reader.next(input)).toBe(true);
    expect(reader.line.start).toBe(start);
    expect(pool.taken).toBe(0);
  });

  it("borrows a buffer for as long as a line is unfinished or needed", () => {
    expect(whole("ab")).toBe("");
    expect(pool.taken).toBe(1);
    expect(reader.next(bytes("c\r\n"))).toBe(true);
    reader.settle();
    expect(pool.taken).toBe(0);
    expect(whole("ab")).toBe("");
    reader.settle();
    expect(pool.taken).toBe(1);
    reader.reset();
    expect(pool.taken).toBe(0);
    expect(feed(bytes("x\r\n"))).toBe("[x] 1/3\n");
  });

  it("says so when there is no memory for a buffer", () => {
    const cold = new BufferPool(CAP + 1);
    reader = new LineReader(cold, CAP);
    Budget.limit = Budget.used;
    expect(feed(bytes("ab"))).toBe("");
    expect(reader.starved).toBe(true);
    expect(feed(bytes("c\r\n"))).toBe("[] 3/5\n");
    Budget.limit = DEFAULT_MEMORY_BYTES;
    reader.reset();
    expect(reader.starved).toBe(false);
  });
});
