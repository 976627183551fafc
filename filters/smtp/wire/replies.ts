import { words } from "../../../assembly/bytes/words";
import { isDigit, Slice } from "../../../assembly/bytes/slice";
import { bitOf, Extension, extensionOf, looksMasked } from "./extensions";

/** Reply classes (label `class`, docs/smtp.md), in the order of `CLASSES`. */
export const enum ReplyClass {
  success,
  intermediate,
  transient,
  permanent,
  other,
}

/** Label values of `ReplyClass`, by its number. */
export const CLASSES: string[] = words("2xx 3xx 4xx 5xx other");

/** The class of a code: its first digit decides (RFC 5321 §4.3.2). */
export function classOf(code: i32): ReplyClass {
  if (code >= 200 && code < 300) return ReplyClass.success;
  if (code >= 300 && code < 400) return ReplyClass.intermediate;
  if (code >= 400 && code < 500) return ReplyClass.transient;
  if (code >= 500 && code < 600) return ReplyClass.permanent;
  return ReplyClass.other;
}

/** More lines than this in one reply are an anomaly; no server needs them. */
export const MAX_REPLY_LINES: i32 = 128;

/** Octets of a reply line that are kept: the code and the longest keyword or status with room to spare. */
export const REPLY_LINE_BYTES: i32 = 64;

const SPACE: u8 = 0x20;
const HYPHEN: u8 = 0x2d;
const DOT: u8 = 0x2e;

/** One reply, put together from its lines (RFC 5321 §4.2.1). Reused: the first line of the next one begins anew. */
@final
export class Reply {
  /** The code of the last line, 0–999. */
  code: i32 = 0;
  /** Lines of the reply. */
  lines: i32 = 0;
  /** The lines did not all have the same code. */
  isMixed: bool = false;
  /** The last line carries an enhanced status code (RFC 3463). */
  hasStatus: bool = false;
  statusClass: i32 = 0;
  statusSubject: i32 = 0;
  statusDetail: i32 = 0;
  /** Extensions that all lines but the first offer, as `bitOf` bits; meaningful in the reply to a hello. */
  offers: u32 = 0;
  /** A line but the first has a keyword that looks overwritten by a middlebox. */
  offersMasked: bool = false;

  private open: bool = false;

  get replyClass(): ReplyClass {
    return classOf(this.code);
  }

  /** Takes a line without its line end. True: the reply is complete. */
  add(line: Slice): bool {
    const code = codeOf(line);
    if (!this.open) {
      // A line without a code answers nothing (docs/smtp.md).
      if (code < 0) return false;
      this.begin(code);
    } else if (code >= 0 && code != this.code) {
      this.isMixed = true;
      this.code = code;
    }
    this.lines++;
    if (code < 0) return false;
    TEXT.start = min(line.start + 4, line.end);
    TEXT.end = line.end;
    if (this.lines > 1) this.readOffer();
    if (line.at(3) == <i32>HYPHEN) return false;
    this.readStatus();
    this.open = false;
    return true;
  }

  /** Forgets an unfinished reply. */
  reset(): void {
    this.open = false;
  }

  private begin(code: i32): void {
    this.open = true;
    this.code = code;
    this.lines = 0;
    this.isMixed = false;
    this.offers = 0;
    this.offersMasked = false;
  }

  /** An empty line (smtp-sink ends with one) offers nothing. */
  private readOffer(): void {
    if (TEXT.at(0) <= <i32>SPACE) return;
    const extension = extensionOf(TEXT);
    this.offers |= bitOf(extension);
    if (extension == Extension.other && looksMasked(TEXT)) this.offersMasked = true;
  }

  /** `class.subject.detail` with 1–3 digits each, directly behind the code (RFC 2034 §4). */
  private readStatus(): void {
    const text = TEXT;
    this.hasStatus = false;
    const first = text.at(0);
    if ((first != 0x32 && first != 0x34 && first != 0x35) || text.at(1) != <i32>DOT) return;
    this.statusClass = first - 0x30;
    text.advance(2);
    this.statusSubject = takeNumber(text);
    if (this.statusSubject < 0 || text.at(0) != <i32>DOT) return;
    text.advance(1);
    this.statusDetail = takeNumber(text);
    const behind = text.at(0);
    this.hasStatus = this.statusDetail >= 0 && (behind < 0 || behind <= <i32>SPACE);
  }
}

/** Scratch: what a reply line says behind its code. */
const TEXT = new Slice();

/** Takes one to three digits from the front; -1 without any or with more. */
function takeNumber(text: Slice): i32 {
  let value = 0;
  let digits = 0;
  while (!text.isEmpty && isDigit(load<u8>(text.start))) {
    if (++digits > 3) return -1;
    value = value * 10 + <i32>(load<u8>(text.start) - 0x30);
    text.start++;
  }
  return digits == 0 ? -1 : value;
}

/** The three leading digits of a line as a number, or -1. */
export function codeOf(line: Slice): i32 {
  if (line.length < 3) return -1;
  const a = load<u8>(line.start);
  const b = load<u8>(line.start + 1);
  const c = load<u8>(line.start + 2);
  if (!isDigit(a) || !isDigit(b) || !isDigit(c)) return -1;
  return <i32>(a - 0x30) * 100 + <i32>(b - 0x30) * 10 + <i32>(c - 0x30);
}

/** What the head of the server's stream can be said to be. */
export const enum GreetingVerdict {
  /** Not enough octets yet, and none that does not fit. */
  undecided,
  /** `[245]dd` followed by a space, a hyphen or the line end (docs/smtp.md). */
  smtp,
  /** Not an SMTP server. */
  foreign,
}

/** Looks at the first octets of the server's stream, across chunks. */
@final
export class GreetingCheck {
  /** Octets looked at so far. */
  private seen: i32 = 0;

  begin(): void {
    this.seen = 0;
  }

  /** Looks at (does not take) the octets that follow those of the last call. */
  look(input: Slice): GreetingVerdict {
    for (let at = input.start; at < input.end; at++) {
      const verdict = this.judge(load<u8>(at));
      if (verdict != GreetingVerdict.undecided) return verdict;
    }
    return GreetingVerdict.undecided;
  }

  private judge(byte: u8): GreetingVerdict {
    const place = this.seen++;
    if (place == 0) {
      const fits = byte == 0x32 || byte == 0x34 || byte == 0x35;
      return fits ? GreetingVerdict.undecided : GreetingVerdict.foreign;
    }
    if (place < 3) return isDigit(byte) ? GreetingVerdict.undecided : GreetingVerdict.foreign;
    const fits = byte == SPACE || byte == HYPHEN || byte == 0x0d || byte == 0x0a;
    return fits ? GreetingVerdict.smtp : GreetingVerdict.foreign;
  }
}
