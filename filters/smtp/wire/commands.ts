import { indexOf } from "../../../assembly/bytes/scan";
import { isDigit, Slice } from "../../../assembly/bytes/slice";
import { Mechanism, mechanismOf } from "../../shared/wire/mechanisms";
import { Verb, verbOf } from "./verbs";

/** Parameters of MAIL and RCPT that are told apart; bits of `Command.parameters`. */
export const enum Parameter {
  /** RFC 1870. */
  size = 1 << 0,
  /** BODY=8BITMIME, RFC 6152. */
  eightBitMime = 1 << 1,
  /** BODY=BINARYMIME, RFC 3030 §3. */
  binaryMime = 1 << 2,
  /** RFC 6531. */
  smtpUtf8 = 1 << 3,
  /** RET, ENVID, NOTIFY, ORCPT: RFC 3461. */
  dsn = 1 << 4,
  /** BY, RFC 2852. */
  deliverBy = 1 << 5,
  /** HOLDFOR, HOLDUNTIL: RFC 4865. */
  futureRelease = 1 << 6,
  /** RFC 6710. */
  mtPriority = 1 << 7,
  /** RFC 8689. */
  requireTls = 1 << 8,
  /** Exim's per-recipient data responses. */
  prdr = 1 << 9,
}

/** Largest chunk size that is believed (docs/smtp.md): exact in a double, too. */
const MAX_CHUNK_SIZE: u64 = 1 << 53;

const SPACE: u8 = 0x20;
const TAB: u8 = 0x09;
const CR: u8 = 0x0d;
const COLON: u8 = 0x3a;
const OPEN: i32 = 0x3c;
const CLOSE: u8 = 0x3e;
const QUOTE: u8 = 0x22;
const BACKSLASH: u8 = 0x5c;

/** One command line, taken apart as far as metrics need it. Reused: `parse` overwrites everything. */
@final
export class Command {
  verb: Verb = Verb.other;
  /** `Parameter` bits of MAIL and RCPT. */
  parameters: u32 = 0;
  /** SIZE of MAIL, the chunk size of BDAT, the block size of XEXCH50. */
  size: u64 = 0;
  /** BDAT, XEXCH50: `size` could be read. */
  hasSize: bool = false;
  /** BDAT, BURL: the last chunk of the message. */
  isLast: bool = false;
  /** MAIL FROM:<>. */
  hasNullSender: bool = false;
  mechanism: Mechanism = Mechanism.other;
  /** There is no word in it: white space up to its end or, as servers written in C see it, up to a NUL. */
  isBlank: bool = false;
  /** The address of MAIL or RCPT without its brackets; empty where there is none. */
  readonly address: Slice = new Slice();

  private readonly rest: Slice = new Slice();
  private readonly word: Slice = new Slice();

  /** Reads a command line (without its line end). Every line is a command: what is not known is `other`. */
  parse(line: Slice): void {
    this.parameters = 0;
    this.size = 0;
    this.hasSize = false;
    this.isLast = false;
    this.hasNullSender = false;
    this.address.set(line.start, 0);
    // The verb ends at the first octet <= 0x20, as in Postfix (docs/smtp.md).
    let at = line.start;
    while (at < line.end && load<u8>(at) > SPACE) at++;
    this.verb = verbOf(line.start, <i32>(at - line.start));
    this.isBlank = at == line.start && isWordless(line);
    this.rest.start = at;
    this.rest.end = line.end;
    this.parseArguments();
  }

  private parseArguments(): void {
    switch (this.verb) {
      case Verb.mail:
      case Verb.send:
      case Verb.rcpt:
        this.parseEnvelope();
        return;
      case Verb.bdat:
      case Verb.burl:
        this.parseChunk();
        return;
      case Verb.xexch50:
        if (this.nextWord()) this.hasSize = this.parseSize(this.word);
        return;
      case Verb.auth:
      case Verb.x_exps:
        this.mechanism = this.nextWord() ? mechanismOf(this.word) : Mechanism.other;
        return;
      default:
    }
  }

  /** `FROM:<address> parameters` (RFC 5321 §4.1.1.2); also without brackets and with blanks behind the colon. */
  private parseEnvelope(): void {
    const rest = this.rest;
    let at = rest.start;
    while (at < rest.end && load<u8>(at) != COLON) at++;
    rest.start = at;
    rest.advance(1);
    skipBlanks(rest);
    if (rest.at(0) == OPEN) this.parseBracketed();
    else if (this.nextWord()) this.address.copyOf(this.word);
    while (this.nextWord()) this.parseParameter();
  }

  /** The address ends at the first `>` outside quotes: `<"a >b"@x>` is one. */
  private parseBracketed(): void {
    const rest = this.rest;
    rest.advance(1);
    const from = rest.start;
    const close = indexOf(CLOSE, from, rest.end);
    rest.start = indexOf(QUOTE, from, close) == close ? close : behindQuotes(from, rest.end);
    this.address.start = from;
    this.address.end = rest.start;
    this.hasNullSender = this.address.isEmpty && !rest.isEmpty;
    rest.advance(1);
  }

  private parseParameter(): void {
    const word = this.word;
    let equals = word.start;
    while (equals < word.end && load<u8>(equals) != 0x3d) equals++;
    VALUE.start = min(equals + 1, word.end);
    VALUE.end = word.end;
    word.end = equals;
    switch (word.length) {
      case 2:
        if (word.equalsIgnoringCase("by")) this.parameters |= Parameter.deliverBy;
        return;
      case 3:
        if (word.equalsIgnoringCase("ret")) this.parameters |= Parameter.dsn;
        return;
      case 4:
        this.parseFourLetterParameter();
        return;
      case 5:
        if (word.equalsIgnoringCase("envid") || word.equalsIgnoringCase("orcpt"))
          this.parameters |= Parameter.dsn;
        return;
      case 6:
        if (word.equalsIgnoringCase("notify")) this.parameters |= Parameter.dsn;
        return;
      default:
        this.parseLongParameter();
    }
  }

  private parseFourLetterParameter(): void {
    const word = this.word;
    if (word.equalsIgnoringCase("size")) {
      if (this.parseSize(VALUE)) this.parameters |= Parameter.size;
    } else if (word.equalsIgnoringCase("body")) {
      if (VALUE.equalsIgnoringCase("8bitmime")) this.parameters |= Parameter.eightBitMime;
      else if (VALUE.equalsIgnoringCase("binarymime")) this.parameters |= Parameter.binaryMime;
    } else if (word.equalsIgnoringCase("prdr")) {
      this.parameters |= Parameter.prdr;
    }
  }

  private parseLongParameter(): void {
    const word = this.word;
    if (word.equalsIgnoringCase("smtputf8")) this.parameters |= Parameter.smtpUtf8;
    else if (word.equalsIgnoringCase("requiretls")) this.parameters |= Parameter.requireTls;
    else if (word.equalsIgnoringCase("mt-priority")) this.parameters |= Parameter.mtPriority;
    else if (word.equalsIgnoringCase("holdfor") || word.equalsIgnoringCase("holduntil")) {
      this.parameters |= Parameter.futureRelease;
    }
  }

  /** `<digits>[ LAST]`, any blanks and case; BURL has a URL in the place of the digits. */
  private parseChunk(): void {
    if (!this.nextWord()) return;
    this.hasSize = this.verb == Verb.burl || this.parseSize(this.word);
    if (!this.hasSize || !this.nextWord()) return;
    this.isLast = this.word.equalsIgnoringCase("last");
    if (this.verb == Verb.bdat && (!this.isLast || this.nextWord())) {
      this.size = 0;
      this.hasSize = false;
      this.isLast = false;
    }
  }

  private parseSize(digits: Slice): bool {
    if (digits.isEmpty) return false;
    let value: u64 = 0;
    for (let at = digits.start; at < digits.end; at++) {
      const byte = load<u8>(at);
      if (!isDigit(byte)) return false;
      value = value * 10 + <u64>(byte - 0x30);
      if (value > MAX_CHUNK_SIZE) return false;
    }
    this.size = value;
    return true;
  }

  /** Takes the next word of the rest into `word`. */
  private nextWord(): bool {
    const rest = this.rest;
    skipBlanks(rest);
    if (rest.isEmpty) return false;
    this.word.start = rest.start;
    while (!rest.isEmpty && !isBlank(load<u8>(rest.start))) rest.start++;
    this.word.end = rest.start;
    return true;
  }
}

const VALUE = new Slice();

function isBlank(byte: u8): bool {
  return byte == SPACE || byte == TAB;
}

/** Nothing but white space, up to the end or a NUL. */
function isWordless(line: Slice): bool {
  for (let at = line.start; at < line.end; at++) {
    const byte = load<u8>(at);
    if (byte == 0) return true;
    if (byte != SPACE && (byte < TAB || byte > CR)) return false;
  }
  return true;
}

/** Where the first `>` outside quotes lies in [from, end), or `end`. */
function behindQuotes(from: usize, end: usize): usize {
  let isQuoted = false;
  for (let at = from; at < end; at++) {
    const byte = load<u8>(at);
    if (byte == QUOTE) isQuoted = !isQuoted;
    else if (byte == BACKSLASH && isQuoted) at++;
    else if (byte == CLOSE && !isQuoted) return at;
  }
  return end;
}

function skipBlanks(slice: Slice): void {
  while (!slice.isEmpty && isBlank(load<u8>(slice.start))) slice.start++;
}

/**
 * Whether five octets (the first in the lowest bits) begin a command that moves a transaction: HELO EHLO LHLO MAIL
 * RCPT DATA BDAT RSET QUIT and a space, colon or line end.
 */
export function startsWithTransactionCommand(head: u64): bool {
  const delimiter = <u8>(head >> 32);
  if (delimiter != SPACE && delimiter != COLON && delimiter != 0x0d && delimiter != 0x0a) return false;
  switch ((<u32>head) | 0x20202020) {
    case 0x6f6c6568: // helo
    case 0x6f6c6865: // ehlo
    case 0x6f6c686c: // lhlo
    case 0x6c69616d: // mail
    case 0x74706372: // rcpt
    case 0x61746164: // data
    case 0x74616462: // bdat
    case 0x74657372: // rset
    case 0x74697571: // quit
      return true;
    default:
      return false;
  }
}
