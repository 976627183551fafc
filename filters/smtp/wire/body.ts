import { Pooled } from "../../../assembly/bytes/pool";
import { Slice } from "../../../assembly/bytes/slice";
import { startsWithTransactionCommand } from "./commands";
import { OrdinaryText } from "../../shared/wire/ordinarytext";

/** What a message body held besides text; bits of `BodyReader.traits`. */
export const enum BodyTrait {
  /** A NUL octet. */
  nul = 1,
  /** A CR that is not directly before LF. */
  bareCr = 2,
  /** An LF without CR before it. */
  bareLf = 4,
  /** A dot line with a bare LF on one side or both: some servers end the message there. */
  candidate = 8,
  /** A candidate directly followed by a line that begins with a command (SMTP smuggling, CERT VU#302671). */
  smuggling = 16,
}

/** What `BodyReader.read` came to. */
export const enum BodyEvent {
  /** All bytes were taken; the message goes on. */
  more,
  /** The canonical end of data, CRLF.CRLF (RFC 5321 §4.1.1.4), was taken. */
  end,
  /** The first dot line with a bare LF was taken: the end, if the server says so. */
  candidate,
}

/** Where the reader stands in a line. */
const enum State {
  /** At the start of a line, behind CRLF or the beginning. */
  start,
  /** At the start of a line, behind a bare LF. */
  startBare,
  text,
  /** Behind a CR. */
  cr,
  /** Behind the first dot of a line that began behind CRLF. */
  dot,
  /** Behind the first dot of a line that began behind a bare LF. */
  dotBare,
  /** Behind dot CR, the line having begun behind CRLF. */
  dotCr,
  /** Behind dot CR, the line having begun behind a bare LF. */
  dotBareCr,
}

const NUL: u8 = 0x00;
const LF: u8 = 0x0a;
const CR: u8 = 0x0d;
const DOT: u8 = 0x2e;

/** Octets to take one by one before the fast path is tried again, so that odd bodies do not pay for it at each octet. */
const RETRY: usize = 8;
/** Octets that tell a command behind a candidate: four letters and what follows them. */
const COMMAND_HEAD: i32 = 5;

/**
 * Follows the data of a DATA command to its end and measures it, without keeping any of it. Ordinary text is
 * skipped by SIMD; only lines that begin with a dot, bare line ends and NULs are looked at octet by octet.
 */
export class BodyReader extends Pooled {
  /** Octets of the message: dot-stuffing undone, without the dot line (RFC 1870 §5 counts so). */
  bytes: u64 = 0;
  /** Octets on the wire, with stuffing and with the dot line. */
  wireBytes: u64 = 0;
  /** Traits so far; at `end` those of the message. */
  traits: u32 = 0;

  /** `bytes`, `wireBytes` and `traits` as they were at the first candidate; valid when there was one. */
  candidateBytes: u64 = 0;
  candidateWireBytes: u64 = 0;
  candidateTraits: u32 = 0;

  private state: State = State.start;
  /** Dots that stuffing put in front of a line. */
  private stuffed: u64 = 0;
  /** Octets of the dot line just read. */
  private dotLineLength: u64 = 0;
  private head: u64 = 0;
  private headLength: i32 = COMMAND_HEAD;

  /** Makes ready for the first octet of a message. */
  begin(): void {
    this.bytes = 0;
    this.wireBytes = 0;
    this.traits = 0;
    this.state = State.start;
    this.stuffed = 0;
    this.headLength = COMMAND_HEAD;
  }

  get hasCandidate(): bool {
    return (this.traits & BodyTrait.candidate) != 0;
  }

  /** Takes bytes from the front of `input` up to an event. */
  read(input: Slice): BodyEvent {
    const from = input.start;
    const end = input.end;
    let at = from;
    // Behind the first octet, as blocks look at the one before them.
    let nextRun = from + 1;
    while (at < end) {
      if (at >= nextRun && this.mayRun) {
        const ran = OrdinaryText.skip(at, end);
        if (ran > at) {
          at = ran;
          this.state = stateBehind(load<u8>(at - 1));
          continue;
        }
        nextRun = at + RETRY;
      }
      const event = this.step(load<u8>(at));
      at++;
      if (event != BodyEvent.more) {
        this.taken(input, at);
        if (event == BodyEvent.end) this.finish();
        else this.mark();
        return event;
      }
    }
    this.taken(input, at);
    return BodyEvent.more;
  }

  private taken(input: Slice, at: usize): void {
    this.wireBytes += <u64>(at - input.start);
    input.start = at;
  }

  /** Behind CRLF.CRLF: the dot line is no part of the message. */
  private finish(): void {
    this.bytes = this.wireBytes - 3 - this.stuffed;
  }

  /** Behind the first candidate: remembers what the message was up to there. */
  private mark(): void {
    this.candidateBytes = this.wireBytes - this.dotLineLength - (this.stuffed - 1);
    this.candidateWireBytes = this.wireBytes;
    this.candidateTraits = this.traits;
  }

  /** Whether what follows may be taken in blocks: no dot line has begun, and no command is looked for. */
  private get mayRun(): bool {
    return this.headLength >= COMMAND_HEAD && this.state <= State.cr;
  }

  private step(byte: u8): BodyEvent {
    if (this.headLength < COMMAND_HEAD) this.watch(byte);
    if (byte == LF) return this.lineFeed();
    if (byte == NUL) this.traits |= BodyTrait.nul;
    switch (this.state) {
      case State.start:
        this.state = byte == DOT ? State.dot : stateBehind(byte);
        return BodyEvent.more;
      case State.startBare:
        this.state = byte == DOT ? State.dotBare : stateBehind(byte);
        return BodyEvent.more;
      case State.text:
        this.state = stateBehind(byte);
        return BodyEvent.more;
      case State.dot:
      case State.dotBare:
        return this.behindDot(byte);
      default:
        return this.behindCr(byte);
    }
  }

  private behindDot(byte: u8): BodyEvent {
    if (byte == CR) {
      this.state = this.state == State.dot ? State.dotCr : State.dotBareCr;
    } else {
      this.stuffed++;
      this.state = State.text;
    }
    return BodyEvent.more;
  }

  private behindCr(byte: u8): BodyEvent {
    this.traits |= BodyTrait.bareCr;
    if (this.state != State.cr) this.stuffed++;
    this.state = stateBehind(byte);
    return BodyEvent.more;
  }

  private lineFeed(): BodyEvent {
    switch (this.state) {
      case State.dotCr:
        return BodyEvent.end;
      case State.dotBareCr:
        this.state = State.start;
        return this.dotLine(3);
      case State.dot:
      case State.dotBare:
        this.traits |= BodyTrait.bareLf;
        this.state = State.startBare;
        return this.dotLine(2);
      case State.cr:
        this.state = State.start;
        return BodyEvent.more;
      default:
        this.traits |= BodyTrait.bareLf;
        this.state = State.startBare;
        return BodyEvent.more;
    }
  }

  /** Behind a dot line of `length` octets with a bare LF; should it not be the end, its dot was a stuffed one. */
  private dotLine(length: u64): BodyEvent {
    const isFirst = !this.hasCandidate;
    this.stuffed++;
    this.traits |= BodyTrait.candidate;
    this.head = 0;
    this.headLength = 0;
    this.dotLineLength = length;
    return isFirst ? BodyEvent.candidate : BodyEvent.more;
  }

  /** Collects the head of the line behind a candidate. */
  private watch(byte: u8): void {
    this.head |= (<u64>byte) << ((<u64>this.headLength) << 3);
    this.headLength++;
    if (byte == LF && this.headLength < COMMAND_HEAD) this.headLength = COMMAND_HEAD;
    else if (this.headLength == COMMAND_HEAD && startsWithTransactionCommand(this.head)) {
      this.traits |= BodyTrait.smuggling;
    }
  }
}

function stateBehind(byte: u8): State {
  if (byte == LF) return State.start;
  return byte == CR ? State.cr : State.text;
}
