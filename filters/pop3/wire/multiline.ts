import { Block } from "../../../assembly/bytes/block";
import { Pooled } from "../../../assembly/bytes/pool";
import { Slice } from "../../../assembly/bytes/slice";
import { OrdinaryText } from "../../shared/wire/ordinarytext";
import { KEYWORD_BYTES } from "./extensions";

/** What the lines held besides text; bits of `MultilineReader.traits`. */
export const enum MultilineTrait {
  nul = 1,
  /** A CR that is not directly before LF. */
  bareCr = 2,
  /** An LF without CR before it. */
  bareLf = 4,
  /** A line of one dot with a bare LF on one side or both: some clients take it for the end. */
  ambiguous = 8,
}

/** What `MultilineReader.read` came to. */
export const enum MultilineEvent {
  /** All bytes were taken; the response goes on. */
  more,
  /** A line is complete, and `head` has its first octets. */
  line,
  /** The line with the single dot was taken. */
  end,
}

/** Where the reader stands in a line. */
const enum State {
  /** At the start of a line. */
  start,
  text,
  /** Behind a CR. */
  cr,
  /** Behind a bare LF that is no line end to this server. */
  behindLf,
  /** Behind the first dot of a line. */
  dot,
  dotCr,
  /** Behind a dot that is first behind a bare LF. */
  dotBehindLf,
  dotCrBehindLf,
}

const NUL: u8 = 0x00;
const LF: u8 = 0x0a;
const CR: u8 = 0x0d;
const DOT: u8 = 0x2e;

/** Octets to take one by one before the fast path is tried again, so that odd text does not pay for it at each octet. */
const RETRY: usize = 8;

/**
 * Follows a multi-line response (RFC 1939 §3) behind its status line to the line with the single dot, and measures it,
 * without keeping any of it. How a server ends the status line is how it ends all others: where that is CRLF only
 * CRLF.CRLF is the end, where it is a bare LF any dot line is.
 */
@final
export class MultilineReader extends Pooled {
  /** Octets of the lines: dot-stuffing undone, without the dot line. */
  bytes: u64 = 0;
  /** Octets on the wire, with stuffing and with the dot line. */
  wireBytes: u64 = 0;
  traits: u32 = 0;
  /** Of the complete line the first octets, after `MultilineEvent.line`. */
  readonly head: Slice = new Slice();

  private readonly block: ArrayBuffer = Block.allocate(<usize>KEYWORD_BYTES);
  private state: State = State.start;
  private endsInLf: bool = false;
  private keepsHeads: bool = false;
  private headLength: i32 = 0;
  /** Dots that stuffing put in front of a line. */
  private stuffed: u64 = 0;

  /** `endsInLf`: the status line ended without CR. `keepsHeads`: lines are told one by one. */
  begin(endsInLf: bool, keepsHeads: bool): void {
    this.bytes = 0;
    this.wireBytes = 0;
    this.traits = 0;
    this.state = State.start;
    this.endsInLf = endsInLf;
    this.keepsHeads = keepsHeads;
    this.headLength = 0;
    this.stuffed = 0;
  }

  /** Takes bytes from the front of `input` up to an event. */
  read(input: Slice): MultilineEvent {
    const end = input.end;
    let at = input.start;
    // Behind the first octet, as blocks look at the one before them.
    let nextRun = at + 1;
    while (at < end) {
      if (at >= nextRun && this.mayRun) {
        const ran = OrdinaryText.skip(at, end);
        if (ran > at) {
          at = ran;
          this.state = behind(load<u8>(at - 1));
          continue;
        }
        nextRun = at + RETRY;
      }
      const event = this.step(load<u8>(at));
      at++;
      if (event == MultilineEvent.more) continue;
      this.taken(input, at);
      return event;
    }
    this.taken(input, at);
    return MultilineEvent.more;
  }

  private taken(input: Slice, at: usize): void {
    this.wireBytes += <u64>(at - input.start);
    this.bytes = this.wireBytes - this.stuffed;
    input.start = at;
  }

  private get mayRun(): bool {
    return !this.endsInLf && !this.keepsHeads && this.state <= State.cr;
  }

  private step(byte: u8): MultilineEvent {
    if (byte == LF) return this.lineFeed();
    if (byte == NUL) this.traits |= MultilineTrait.nul;
    switch (this.state) {
      case State.start:
        if (byte == DOT) this.state = State.dot;
        else this.text(byte);
        return MultilineEvent.more;
      case State.behindLf:
        if (byte == DOT) this.state = State.dotBehindLf;
        else this.text(byte);
        return MultilineEvent.more;
      case State.dot:
        if (byte == CR) this.state = State.dotCr;
        else this.stuffing(byte);
        return MultilineEvent.more;
      case State.dotBehindLf:
        if (byte == CR) this.state = State.dotCrBehindLf;
        else this.text(byte);
        return MultilineEvent.more;
      case State.dotCr:
        this.traits |= MultilineTrait.bareCr;
        this.stuffing(byte);
        return MultilineEvent.more;
      case State.cr:
      case State.dotCrBehindLf:
        this.traits |= MultilineTrait.bareCr;
        this.text(byte);
        return MultilineEvent.more;
      default:
        this.text(byte);
        return MultilineEvent.more;
    }
  }

  /** The dot in front was put there by stuffing. */
  private stuffing(byte: u8): void {
    this.stuffed++;
    this.text(byte);
  }

  private text(byte: u8): void {
    this.state = behind(byte);
    if (!this.keepsHeads || byte == CR || this.headLength == KEYWORD_BYTES) return;
    store<u8>(Block.start(this.block) + <usize>this.headLength, byte);
    this.headLength++;
  }

  private lineFeed(): MultilineEvent {
    const state = this.state;
    if (state == State.dotCr || (state == State.dot && this.endsInLf)) {
      // What stuffing added, and the dot line itself.
      this.stuffed += state == State.dotCr ? 3 : 2;
      return MultilineEvent.end;
    }
    if (state == State.dot || state == State.dotBehindLf || state == State.dotCrBehindLf) {
      this.traits |= MultilineTrait.ambiguous;
    }
    if (state == State.dot) this.stuffed++;
    const isWhole = this.endsInLf || state == State.cr || state == State.dotCrBehindLf;
    if (!isWhole) this.traits |= MultilineTrait.bareLf;
    this.state = isWhole ? State.start : State.behindLf;
    if (!this.keepsHeads) return MultilineEvent.more;
    this.head.set(Block.start(this.block), this.headLength);
    this.headLength = 0;
    return MultilineEvent.line;
  }
}

function behind(byte: u8): State {
  if (byte == LF) return State.start;
  return byte == CR ? State.cr : State.text;
}
