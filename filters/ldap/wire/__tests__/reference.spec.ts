// The reader against a naive decoder that has the whole message in memory, recurses, and knows nothing of chunks.
import { Slice } from "../../../../assembly/bytes/slice";
import { Dice, part } from "../../../shared/__tests__/support";
import {
  chars,
  control,
  EQ,
  hex,
  int,
  msg,
  octet,
  result,
  search,
  searchBody,
  str,
  tlv,
} from "../../__tests__/support";
import { ANOMALIES, NO_ANOMALY } from "../anomalies";
import { Message, SCOPES, SHAPES } from "../message";
import { MessageReader, Progress, Sender } from "../reader";

const MAX_BYTES: i32 = 2_000;
const MAX_DEPTH: i32 = 6;
const MAX_NODES: i32 = 20;

const reader = new MessageReader();

// The reference

let tag: i32 = 0;
let from: i32 = 0;
let to: i32 = 0;
let fault: string = "";

/** Reads the header at `at`; false: `fault` says why not. */
function header(bytes: Slice, at: i32, end: i32): bool {
  fault = "";
  if (end - at < 2) fault = "child_overrun";
  else if ((bytes.at(at) & 31) == 31) fault = "bad_tag";
  else if (bytes.at(at + 1) == 0x80) fault = "indefinite";
  else if (bytes.at(at + 1) > 0x84) fault = "len_octets_gt4";
  if (fault != "") return false;
  tag = bytes.at(at);
  from = at + 2;
  let length: i64 = bytes.at(at + 1);
  if (length > 0x80) {
    const octets = <i32>length - 0x80;
    if (end - at < 2 + octets) {
      fault = "child_overrun";
      return false;
    }
    length = 0;
    for (let i = 0; i < octets; i++) length = length * 256 + bytes.at(from + i);
    from += octets;
  }
  if (length > <i64>(end - from)) fault = "child_overrun";
  to = from + <i32>length;
  return fault == "";
}

/** A header with this tag. */
function expectTag(bytes: Slice, at: i32, end: i32, wanted: i32): bool {
  if (!header(bytes, at, end)) return false;
  if (tag == wanted) return true;
  fault = wanted == 4 && tag == 0x24 ? "constructed_string" : "bad_tag";
  return false;
}

let nodes: i32 = 0;
let depth: i32 = 0;
let hasEquality: bool = false;

/** Walks through the filter at `at`; returns its shape, or "" when it is not one. */
function walk(bytes: Slice, at: i32, end: i32, level: i32, underNot: bool): string {
  if (!header(bytes, at, end)) return "";
  if (level > MAX_DEPTH) {
    fault = "filter_too_deep";
    return "";
  }
  if (nodes >= MAX_NODES) {
    fault = "nodes";
    return "";
  }
  nodes++;
  depth = max(depth, level);
  const kind = tag;
  const begin = from;
  const stop = to;
  if (kind == 0xa0 || kind == 0xa1) return walkList(bytes, begin, stop, level, underNot);
  if (kind == 0xa2) return walkNot(bytes, begin, stop, level);
  if (kind == 0x87) return "presence";
  if (kind == 0xa4) return walkSubstrings(bytes, begin, stop);
  if (kind == 0xa9) return walkComponents(bytes, begin, stop);
  if (kind != 0xa3 && kind != 0xa5 && kind != 0xa6 && kind != 0xa8) {
    fault = "bad_tag";
    return "";
  }
  if (kind == 0xa3 && !underNot) hasEquality = true;
  if (!expectTag(bytes, begin, stop, 4)) return "";
  if (!expectTag(bytes, to, stop, 4)) return "";
  return kind == 0xa3 ? "eq" : kind == 0xa8 ? "approx" : "range";
}

function walkList(bytes: Slice, begin: i32, stop: i32, level: i32, underNot: bool): string {
  if (begin == stop) return "true_false";
  let at = begin;
  while (at < stop) {
    const end = ends(bytes, at, stop);
    if (walk(bytes, at, stop, level + 1, underNot) == "") return "";
    at = end;
  }
  return "compound";
}

function walkNot(bytes: Slice, begin: i32, stop: i32, level: i32): string {
  fault = "zero_length";
  if (begin == stop) return "";
  const end = ends(bytes, begin, stop);
  if (walk(bytes, begin, stop, level + 1, true) == "") return "";
  if (end == stop) return "not_only";
  // The header of a second filter is read before it is known to be one too many.
  if (!header(bytes, end, stop)) return "";
  if (level + 1 > MAX_DEPTH) fault = "filter_too_deep";
  else fault = nodes >= MAX_NODES ? "nodes" : "bad_tag";
  return "";
}

/** Where the element at `at` ends. */
function ends(bytes: Slice, at: i32, stop: i32): i32 {
  return header(bytes, at, stop) ? to : stop;
}

function walkSubstrings(bytes: Slice, begin: i32, stop: i32): string {
  if (!expectTag(bytes, begin, stop, 4)) return "";
  if (!expectTag(bytes, to, stop, 0x30)) return "";
  if (from == to) {
    fault = "zero_length";
    return "";
  }
  let isInitial = false;
  const end = to;
  for (let at = from; at < end; at = to) {
    if (!header(bytes, at, end)) return "";
    if (tag == 0x80 && from < to) isInitial = true;
  }
  return isInitial ? "substr_initial" : "substr_leading";
}

function walkComponents(bytes: Slice, begin: i32, stop: i32): string {
  for (let at = begin; at < stop; at = to) if (!header(bytes, at, stop)) return "";
  return "ext";
}

function number(bytes: Slice): i64 {
  let value: i64 = from < to ? <i64>(<i8>bytes.at(from)) : 0;
  for (let at = from + 1; at < to; at++) value = value * 256 + bytes.at(at);
  return value;
}

/** What a client's message is. */
function reference(bytes: Slice): string {
  if (bytes.at(1) == 0x80) return "lost indefinite";
  if (bytes.at(1) > 0x84) return "lost len_octets_gt4";
  if (bytes.at(1) > 0x80 && bytes.length < 2 + bytes.at(1) - 0x80) return "more";
  header(bytes, 0, i32.MAX_VALUE);
  if (fault == "child_overrun") return "too big";
  if (from == to) return "lost zero_length";
  if (to - from > MAX_BYTES) return "too big";
  const end = to;
  const said = envelope(bytes, end);
  return said == "" ? "lost " + fault : end > bytes.length ? "more" : said;
}

function envelope(bytes: Slice, end: i32): string {
  if (!expectTag(bytes, from, end, 2)) return "";
  const id = number(bytes);
  if (!header(bytes, to, end)) return "";
  if ((tag & 0xc0) != 0x40) {
    fault = "bad_tag";
    return "";
  }
  const op = tag;
  const stop = to;
  let said = `id ${id} tag ${op} size ${end}`;
  let inner = "";
  if (op == 0x63) {
    said += searchOf(bytes, from, stop);
    inner = fault == "nodes" ? "" : fault;
  }
  fault = inner;
  return said + restOf(bytes, stop, end);
}

/** Behind the operation. */
function restOf(bytes: Slice, stop: i32, end: i32): string {
  let inner = fault;
  let hasControls = false;
  let hasTrailing = false;
  let controls = 0;
  for (let at = stop; at < end; at = to) {
    if (!header(bytes, at, end)) {
      hasTrailing = true;
      break;
    }
    const next = to;
    if (tag == 0xa0 && !hasControls) {
      hasControls = true;
      controls = controlsOf(bytes, from, to);
      if (inner == "") inner = fault;
    } else {
      hasTrailing = true;
    }
    to = next;
  }
  let said = ` controls ${controls}`;
  if (hasTrailing) said += " trailing";
  return inner == "" ? said : said + " fault " + inner;
}

/** How many controls there are; `fault`: what is wrong with them. */
function controlsOf(bytes: Slice, begin: i32, end: i32): i32 {
  let count = 0;
  fault = "";
  for (let at = begin; at < end;) {
    if (!expectTag(bytes, at, end, 0x30)) return count;
    const stop = to;
    if (!expectTag(bytes, from, stop, 4)) return count;
    count++;
    for (let inside = to; inside < stop; inside = to) if (!header(bytes, inside, stop)) return count;
    at = stop;
  }
  return count;
}

const FIXED: i32[] = [4, 10, 10, 2, 2, 1];

function searchOf(bytes: Slice, begin: i32, stop: i32): string {
  let scope = "other";
  let at = begin;
  nodes = 0;
  depth = 0;
  hasEquality = false;
  for (let i = 0; i < FIXED.length; i++) {
    if (!expectTag(bytes, at, stop, FIXED[i])) return ` ${scope} invalid`;
    if (i == 1) {
      const value = number(bytes);
      scope = value >= 0 && value < 4 ? SCOPES[<i32>value] : "other";
    }
    at = to;
  }
  let next = ends(bytes, at, stop);
  let shape = walk(bytes, at, stop, 1, false);
  if (shape == "") return ` ${scope} invalid`;
  if (shape == "compound") shape = hasEquality ? "compound_eq" : "compound_no_eq";
  const said = ` ${scope} ${shape} ${depth}/${nodes}`;
  if (!expectTag(bytes, next, stop, 0x30)) return said;
  const end = to;
  let count = 0;
  for (next = from; next < end; next = to) {
    if (!expectTag(bytes, next, end, 4)) return said;
    count++;
  }
  return said + ` of ${count}`;
}

// What the reader says

function told(m: Message): string {
  let said = `id ${m.idNumber} tag ${m.tag} size ${m.size}`;
  if (m.tag == 0x63) {
    said += ` ${SCOPES[m.scope]} ${SHAPES[m.shape]}`;
    if (m.isFilterRead) said += ` ${m.filterDepth}/${m.filterNodes}`;
    if (m.areAttributesRead) said += ` of ${m.attributes}`;
  }
  said += ` controls ${m.controls}`;
  if (m.hasTrailing) said += " trailing";
  return m.fault == NO_ANOMALY ? said : said + " fault " + ANOMALIES[m.fault];
}

/** Reads `bytes` in pieces of at most `most` octets. */
function read(bytes: Slice, most: i32): string {
  reader.begin(Sender.client, MAX_BYTES, MAX_DEPTH, MAX_NODES);
  let progress = Progress.more;
  for (let at = 0; at < bytes.length && progress == Progress.more; at += most) {
    const piece = part(bytes, at, min(at + most, bytes.length));
    progress = reader.read(piece);
    if (progress == Progress.more && !piece.isEmpty) return "NOT ALL TAKEN";
  }
  reader.release();
  if (progress == Progress.lost) return "lost " + ANOMALIES[reader.fault];
  if (progress == Progress.tooBig) return "too big";
  return progress == Progress.complete ? told(reader.message) : "more";
}

// Random messages

function randomFilter(dice: Dice, level: i32): string {
  const kind = level > 5 ? 3 + dice.throw(7) : dice.throw(11);
  if (kind < 2) {
    let inside = "";
    for (let n = dice.throw(5); n > 0; n--) inside += randomFilter(dice, level + 1);
    return tlv(kind == 0 ? "a0" : "a1", inside);
  }
  if (kind == 2) return tlv("a2", dice.throw(9) == 0 ? "" : randomFilter(dice, level + 1));
  const pair = str("a".repeat(dice.throw(9))) + str("b".repeat(dice.throw(300)));
  if (kind == 3) return EQ;
  if (kind == 4) return tlv("a5", pair);
  if (kind == 5) return tlv("a6", pair);
  if (kind == 6) return tlv("a8", pair);
  if (kind == 7) return tlv("87", chars("objectClass"));
  if (kind == 8) return tlv("a9", "8101788201798301618401ff");
  if (kind == 9) return tlv("a4", str("cn") + tlv("30", dice.throw(2) == 0 ? "800161" : "810161820162"));
  return tlv("a3", pair);
}

function randomMessage(dice: Dice): string {
  let attributes = "";
  for (let n = dice.throw(4); n > 0; n--) attributes += str("x".repeat(dice.throw(5)));
  let controls = "";
  for (let n = dice.throw(3); n > 0; n--) {
    controls += control("1.2.3", dice.throw(2) == 0 ? "0101ff" : tlv("04", "00".repeat(dice.throw(200))));
  }
  const body = searchBody("dc=t", dice.throw(5), randomFilter(dice, 1), attributes);
  const id = dice.throw(100_000) - 50_000;
  const kind = dice.throw(8);
  if (kind == 0) return msg(id, tlv("7a", "00".repeat(dice.throw(200))), controls);
  if (kind == 1) return tlv("30", int(id) + body + tlv("a0", controls) + "0500" + tlv("a0", ""));
  return msg(id, body, controls);
}

/** With a few octets replaced, most of them in places where tags and lengths are. */
function mutate(bytes: Slice, dice: Dice): void {
  for (let n = dice.throw(4); n > 0; n--) {
    const at = 1 + dice.throw(bytes.length - 1);
    const value = dice.throw(3) == 0 ? dice.throw(256) : (bytes.at(at) + dice.throw(5) - 2) & 255;
    store<u8>(bytes.start + <usize>at, <u8>value);
  }
}

function digits(bytes: Slice): string {
  let all = "";
  for (let i = 0; i < bytes.length; i++) all += octet(bytes.at(i));
  return all;
}

describe("MessageReader", () => {
  it("says what a naive decoder says", () => {
    const dice = new Dice(4_711);
    let complete = 0;
    let lost = 0;
    let faults = 0;
    for (let round = 0; round < 2_500; round++) {
      const message = randomMessage(dice);
      const bytes = hex(message);
      mutate(bytes, dice);
      const wanted = reference(bytes);
      const shown = digits(bytes);
      if (wanted.startsWith("id")) complete++;
      if (wanted.startsWith("lost")) lost++;
      if (wanted.includes("fault")) faults++;
      if (wanted == "more") {
        heap.free(bytes.start - 16);
        continue; // a fault may come before the end
      }
      expect(read(bytes, bytes.length)).toBe(wanted, shown);
      expect(read(bytes, 1)).toBe(wanted, "byte by byte: " + shown);
      expect(read(bytes, 1 + dice.throw(20))).toBe(wanted, "in pieces: " + shown);
      heap.free(bytes.start - 16);
    }
    expect(complete > 800).toBe(true, `complete: ${complete}`);
    expect(lost > 50).toBe(true, `lost: ${lost}`);
    expect(faults > 200).toBe(true, `faults: ${faults}`);
  });

  it("knows what a message may be long", () => {
    expect(read(hex("308207d1"), 9)).toBe("too big");
    expect(read(hex("308207d0"), 9)).toBe("more");
    expect(read(hex("3084ffffffff"), 1)).toBe("too big");
  });

  it("reads on where a cap of a filter is reached", () => {
    let deep = EQ;
    for (let i = 0; i < 100; i++) deep = tlv("a2", deep);
    expect(read(hex(search(1, deep)), 7)).toBe(
      "id 1 tag 99 size 285 sub invalid controls 0 fault filter_too_deep",
    );
    expect(read(hex(search(1, tlv("a1", EQ.repeat(30)))), 7)).toBe(
      "id 1 tag 99 size 338 sub invalid controls 0",
    );
  });

  it("says how much need not be seen", () => {
    const bytes = hex(msg(1, tlv("68", str("dc=t") + "00".repeat(500))));
    reader.begin(Sender.client, MAX_BYTES, MAX_DEPTH, MAX_NODES);
    expect(reader.read(part(bytes, 0, 20))).toBe(Progress.more);
    expect(reader.skips).toBe(<u32>(bytes.length - 20));
    reader.skip(reader.skips - 1);
    expect(reader.read(new Slice())).toBe(Progress.more);
    reader.skip(1);
    expect(reader.read(new Slice())).toBe(Progress.complete);
    expect(reader.message.size).toBe(<u32>bytes.length);
  });

  it("reads a server's messages as responses", () => {
    reader.begin(Sender.server, MAX_BYTES, MAX_DEPTH, MAX_NODES);
    expect(reader.read(hex(result(5, "65", 32, tlv("a3", str("ldap://x")))))).toBe(Progress.complete);
    expect(reader.message.code).toBe(32);
    expect(reader.message.hasReferral).toBe(true);
  });

  it("tells lengths with more octets than they need, except where Windows writes them", () => {
    const cases: string[] = [
      "30810502010142 00|y",
      "3005020101 4200|n",
      "300602010142 8100|y",
      "3084000000050201014200|n",
      "308400000009020101638400000000|n",
      "3084000000050201016300|y",
      "3082000502010142 00|y",
      "300902010163840000 0000|y",
    ];
    for (let i = 0; i < cases.length; i++) {
      reader.begin(Sender.client, MAX_BYTES, MAX_DEPTH, MAX_NODES);
      expect(reader.read(hex(cases[i].split("|")[0]))).toBe(Progress.complete, cases[i]);
      expect(reader.message.isNonminimal).toBe(cases[i].endsWith("y"), cases[i]);
    }
    const big = msg(1, tlv("4a", "61".repeat(200)));
    reader.begin(Sender.client, MAX_BYTES, MAX_DEPTH, MAX_NODES);
    expect(reader.read(hex(big))).toBe(Progress.complete);
    expect(reader.message.isNonminimal).toBe(false);
  });
});
