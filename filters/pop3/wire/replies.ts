import { words } from "../../../assembly/bytes/words";
import { isDigit, lowerCase, Slice } from "../../../assembly/bytes/slice";

/** What a line of the server's begins with (label `class`, docs/pop3.md), in the order of `STATUSES`. */
export const enum Status {
  /** `+OK` (RFC 1939 §3). */
  ok,
  /** `-ERR`. */
  err,
  /** `+` alone or before a blank: a challenge inside an AUTH exchange (RFC 5034 §4). */
  more,
  /** Nothing of these. */
  none,
}

/** Label values of `Status`, by its number. */
export const STATUSES: string[] = words("ok err continue other");

/** The response code of -ERR (RFC 2449 §8; label `code`, docs/pop3.md), in the order of `CODES`. */
export const enum Code {
  /** RFC 2449 §8.1.2. */
  in_use,
  /** RFC 2449 §8.1.1. */
  login_delay,
  /** RFC 3206 §4. */
  sys_temp,
  sys_perm,
  /** RFC 3206 §5: what the client presented is wrong. */
  auth,
  /** RFC 6856 §4. */
  utf8,
  other,
  /** There is none. */
  none,
}

/** Label values of `Code`, by its number. */
export const CODES: string[] = words("in_use login_delay sys_temp sys_perm auth utf8 other none");

/** Octets of a line of the server's that are kept: status, response code, and the two numbers of STAT. */
export const REPLY_LINE_BYTES: i32 = 64;

const SPACE: i32 = 0x20;
const OPEN: i32 = 0x5b;
const CLOSE: u8 = 0x5d;

/** What a line begins with. The case is ignored, though RFC 1939 §3 wants capitals. */
export function statusOf(line: Slice): Status {
  if (line.startsWithIgnoringCase("+ok")) return Status.ok;
  if (line.startsWithIgnoringCase("-err")) return Status.err;
  return line.at(0) == 0x2b && (line.length == 1 || line.at(1) == SPACE) ? Status.more : Status.none;
}

/** The response code of a line with -ERR: `-ERR [IN-USE] text`. */
export function codeOf(line: Slice): Code {
  if (line.at(4) != SPACE || line.at(5) != OPEN) return Code.none;
  let end = line.start + 6;
  while (end < line.end && load<u8>(end) != CLOSE) end++;
  if (end == line.end) return Code.none;
  NAME.start = line.start + 6;
  NAME.end = end;
  if (NAME.equalsIgnoringCase("in-use")) return Code.in_use;
  if (NAME.equalsIgnoringCase("login-delay")) return Code.login_delay;
  if (NAME.equalsIgnoringCase("sys/temp")) return Code.sys_temp;
  if (NAME.equalsIgnoringCase("sys/perm")) return Code.sys_perm;
  if (NAME.equalsIgnoringCase("auth")) return Code.auth;
  return NAME.equalsIgnoringCase("utf8") ? Code.utf8 : Code.other;
}

/** The drop listing of STAT: `+OK 2 320` (RFC 1939 §5). */
@final
export class Maildrop {
  messages: u64 = 0;
  octets: u64 = 0;

  /** False where the line has not two numbers. */
  read(line: Slice): bool {
    NAME.start = min(line.start + 3, line.end);
    NAME.end = line.end;
    const messages = takeNumber(NAME);
    const octets = takeNumber(NAME);
    if (messages < 0 || octets < 0) return false;
    this.messages = <u64>messages;
    this.octets = <u64>octets;
    return true;
  }
}

/** Digits that are believed: more octets than there are. */
const MAX_DIGITS: i32 = 15;

/** A number behind blanks, taken from the front; -1 without one. */
function takeNumber(text: Slice): i64 {
  while (text.at(0) == SPACE) text.start++;
  let value: i64 = 0;
  let digits = 0;
  while (!text.isEmpty && isDigit(load<u8>(text.start))) {
    if (++digits > MAX_DIGITS) return -1;
    value = value * 10 + <i64>(load<u8>(text.start) - 0x30);
    text.start++;
  }
  return digits == 0 ? -1 : value;
}

/** Scratch. */
const NAME = new Slice();

/** What the head of the server's stream can be said to be. */
export const enum GreetingVerdict {
  /** Not enough octets yet, and none that does not fit. */
  undecided,
  /** `+OK` or `-ERR`. */
  pop3,
  /** Not a POP3 server. */
  foreign,
}

/** What a greeting begins with, in small letters. */
const OK: usize = memory.data<u8>([0x2b, 0x6f, 0x6b]);
const ERR: usize = memory.data<u8>([0x2d, 0x65, 0x72, 0x72]);

/** Looks at the first octets of the server's stream, across chunks. */
@final
export class GreetingCheck {
  /** Octets looked at so far. */
  private seen: i32 = 0;
  private isErr: bool = false;

  begin(): void {
    this.seen = 0;
  }

  /** Looks at (does not take) the octets that follow those of the last call. */
  look(input: Slice): GreetingVerdict {
    for (let at = input.start; at < input.end; at++) {
      const verdict = this.judge(lowerCase(load<u8>(at)));
      if (verdict != GreetingVerdict.undecided) return verdict;
    }
    return GreetingVerdict.undecided;
  }

  private judge(byte: u8): GreetingVerdict {
    if (this.seen == 0) this.isErr = byte == load<u8>(ERR);
    const wanted = this.isErr ? ERR : OK;
    if (byte != load<u8>(wanted + <usize>this.seen)) return GreetingVerdict.foreign;
    this.seen++;
    return this.seen == (this.isErr ? 4 : 3) ? GreetingVerdict.pop3 : GreetingVerdict.undecided;
  }
}
