import { Slice } from "../../slice";
import { BerFramer } from "../ber";
import { ByteOrder, Counts, FixedPrefix } from "../fixed";
import { Framer, Framing } from "../framer";
import { LineEnd, LineFramer } from "../lines";
import { VarintPrefix } from "../varint";

/** Bytes of a text in which `\xNN` is a byte. */
function bytes(text: string): Uint8Array {
  const list: u8[] = [];
  for (let i = 0; i < text.length; i++) {
    if (text.charAt(i) != "~") {
      list.push(<u8>text.charCodeAt(i));
      continue;
    }
    list.push(<u8>parseInt(text.substr(i + 1, 2), 16));
    i += 2;
  }
  const array = new Uint8Array(list.length);
  for (let i = 0; i < list.length; i++) array[i] = list[i];
  return array;
}

/** The messages of `input` in pieces that end at `cut` and `cut + step`, …: `prefix|body|suffix` each. */
function framed(framer: Framer, input: Uint8Array, cut: i32, step: i32): string {
  let told = "";
  let at = 0;
  let taken: u64 = 0;
  let end = cut;
  const piece = new Slice();
  framer.begin();
  while (at < input.length) {
    while (end <= at) end += step;
    const limit = min(end, input.length);
    piece.set(input.dataStart + <usize>at, limit - at);
    const found = framer.read(piece);
    const now = <i32>(piece.start - input.dataStart);
    expect(now).toBeGreaterThan(at);
    taken += <u64>(now - at);
    at = now;
    if (found == Framing.invalid) return told + "invalid";
    if (found == Framing.more) {
      expect(at).toBe(limit);
      continue;
    }
    const length = taken + framer.rest;
    if (framer.rest > <u64>(input.length - at)) return told + "goes on for " + framer.rest.toString();
    at += <i32>framer.rest;
    const body = <i64>length - <i64>framer.prefix - <i64>framer.suffix;
    told += framer.prefix.toString() + "|" + body.toString() + "|" + framer.suffix.toString() + " ";
    framer.begin();
    taken = 0;
  }
  return told + (taken > 0 ? "unfinished" : "");
}

/** That the messages are the same however the bytes are cut. */
function expectFramed(framer: Framer, text: string, expected: string): void {
  const input = bytes(text);
  expect(framed(framer, input, input.length, 1)).toBe(expected, text);
  for (let step = 1; step <= 3; step++) expect(framed(framer, input, step, step)).toBe(expected, text);
  for (let cut = 1; cut < input.length; cut++) {
    expect(framed(framer, input, cut, input.length)).toBe(expected, text);
  }
}

describe("LineFramer", () => {
  it("ends lines with LF and CRLF", () => {
    const framer = new LineFramer();
    expectFramed(framer, "one~0d~0atwo~0a~0a~0d~0a", "0|3|2 0|3|1 0|0|1 0|0|2 ");
    expectFramed(framer, "a~0db~0d~0d~0a", "0|4|2 ");
    expectFramed(framer, "a line that is longer than a step of the scan~0d~0arest", "0|45|2 unfinished");
    expectFramed(framer, "one~0d", "unfinished");
    expectFramed(framer, "~0d~0d~0aone~0a~0d", "0|1|2 0|3|1 unfinished");
  });

  it("ends lines with CRLF alone, if so told", () => {
    const framer = new LineFramer(LineEnd.crlf);
    expectFramed(framer, "one~0d~0atwo~0amore~0d~0a~0a", "0|3|2 0|8|2 unfinished");
    expectFramed(framer, "~0a~0d~0d~0a", "0|2|2 ");
  });
});

describe("FixedPrefix", () => {
  it("reads lengths of any width in both orders", () => {
    expectFramed(new FixedPrefix(1), "~03abc~00~01a", "1|3|0 1|0|0 1|1|0 ");
    expectFramed(new FixedPrefix(2), "~00~02ab~00~00", "2|2|0 2|0|0 ");
    expectFramed(new FixedPrefix(2, ByteOrder.little), "~02~00ab~03~00c", "2|2|0 goes on for 3");
    expectFramed(new FixedPrefix(3, ByteOrder.little), "~02~00~00ab", "3|2|0 ");
    expectFramed(new FixedPrefix(4), "~00~00~00~02ab~00~00~00", "4|2|0 unfinished");
    expectFramed(new FixedPrefix(8), "~00~00~00~00~00~00~00~01a", "8|1|0 ");
    expectFramed(new FixedPrefix(8, ByteOrder.little), "~01~00~00~00~00~00~00~00a", "8|1|0 ");
  });

  it("reads what is around the length, and what it counts", () => {
    const postgres = new FixedPrefix(4, ByteOrder.big, Counts.lengthAndBody).behind(1);
    expectFramed(postgres, "Q~00~00~00~06abS~00~00~00~04", "5|2|0 5|0|0 ");
    expectFramed(postgres, "Q~00~00~00~03", "invalid");
    const mysql = new FixedPrefix(3, ByteOrder.little).before(1);
    expectFramed(mysql, "~01~00~00~09a~00~00~00~0a", "4|1|0 4|0|0 ");
    const smpp = new FixedPrefix(4, ByteOrder.big, Counts.message).before(12);
    expectFramed(smpp, "~00~00~00~11............a", "16|1|0 ");
    expectFramed(smpp, "~00~00~00~0f............a", "invalid");
    const diameter = new FixedPrefix(3, ByteOrder.big, Counts.message).behind(1);
    expectFramed(diameter, "v~00~00~06ab", "4|2|0 ");
  });

  it("costs nothing for the longest length there is", () => {
    expectFramed(new FixedPrefix(8), "~ff~ff~ff~ff~ff~ff~ff~ffa", "goes on for 18446744073709551615");
    expectFramed(new FixedPrefix(8), "~80~00~00~00~00~00~00~00a", "goes on for 9223372036854775808");
  });

  it("takes what is out of range for the nearer end", () => {
    expectFramed(new FixedPrefix(0).behind(-1).before(-1), "~01a", "1|1|0 ");
    expectFramed(new FixedPrefix(99), "~00~00~00~00~00~00~00~01a", "8|1|0 ");
  });
});

describe("VarintPrefix", () => {
  it("reads lengths of one and more bytes", () => {
    expectFramed(new VarintPrefix(), "~00~01a~82~00bc", "1|0|0 1|1|0 2|2|0 ");
    expectFramed(new VarintPrefix(), "~ac~02x", "goes on for 300");
    expectFramed(new VarintPrefix(4).behind(1), "0~02ab0~00", "2|2|0 2|0|0 ");
  });

  it("knows the longest, and what is too long", () => {
    const longest = "~ff~ff~ff~ff~ff~ff~ff~ff~ff";
    expectFramed(new VarintPrefix(), longest + "~01x", "goes on for 18446744073709551615");
    expectFramed(new VarintPrefix(), longest + "~02x", "invalid");
    expectFramed(new VarintPrefix(), longest + "~81x", "invalid");
    expectFramed(new VarintPrefix(4), "~80~80~80~80~00", "invalid");
    expectFramed(new VarintPrefix(4), "~80~80~80~00~01a", "4|0|0 1|1|0 ");
    expectFramed(new VarintPrefix(0), "~01a~81", "1|1|0 invalid");
  });
});

describe("BerFramer", () => {
  it("reads short and long lengths", () => {
    expectFramed(new BerFramer(), "~30~03abc~30~00", "2|3|0 2|0|0 ");
    expectFramed(new BerFramer(), "~30~81~02ab~30~84~00~00~00~01a", "3|2|0 6|1|0 ");
    expectFramed(new BerFramer(), "~30~88~80~00~00~00~00~00~00~00a", "goes on for 9223372036854775808");
  });

  it("reads tags in the high form", () => {
    expectFramed(new BerFramer(), "~bf~81~02~01a~bf~02~00", "4|1|0 3|0|0 ");
    expectFramed(new BerFramer(), "~bf~81~81~81~81", "invalid");
    expectFramed(new BerFramer(), "~bf~81~81~81~01~01a", "6|1|0 ");
  });

  it("refuses the indefinite form and lengths of more than eight octets", () => {
    expectFramed(new BerFramer(), "~30~80~00~00", "invalid");
    expectFramed(new BerFramer(), "~30~89~00~00~00~00~00~00~00~00~00", "invalid");
    expectFramed(new BerFramer(), "~30~ff", "invalid");
  });
});

describe("Every framer", () => {
  it("says the same of any bytes however they are cut", () => {
    let state: u32 = 20261121;
    for (let round = 0; round < 300; round++) {
      const input = new Uint8Array(40);
      for (let i = 0; i < input.length; i++) {
        state = state * 1664525 + 1013904223;
        // Small numbers more often: they are what lengths and line ends are made of.
        input[i] = <u8>((state >> 24) & ((state & 0x800) == 0 ? 0x0f : 0xff));
      }
      const framer = anyOf(round);
      const whole = framed(framer, input, input.length, 1);
      const cut = 1 + <i32>((state >> 8) % 39);
      expect(framed(framer, input, cut, 1 + (round & 7))).toBe(whole);
    }
  });
});

function anyOf(round: i32): Framer {
  const kind = round % 6;
  if (kind == 0) return new LineFramer();
  if (kind == 1) return new LineFramer(LineEnd.crlf);
  if (kind == 2) return new FixedPrefix(1 + (round % 8), ByteOrder.little).behind(1);
  if (kind == 3) return new FixedPrefix(1, ByteOrder.big, Counts.message).before(1);
  return kind == 4 ? new VarintPrefix() : new BerFramer();
}
