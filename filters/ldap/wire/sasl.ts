import { Block } from "../../../assembly/bytes/block";
import { Pooled } from "../../../assembly/bytes/pool";
import { Slice } from "../../../assembly/bytes/slice";

/** What the next piece of a SASL buffer is. */
export const enum Piece {
  more,
  /** Octets of LDAP: `SaslReader.payload`. */
  payload,
  /** The buffer is complete, and was signed only. */
  complete,
  sealed,
  /** No layer that is known. */
  unknown,
  /** Nothing yet; read on. */
  none,
}

/** Octets of the length in front of a buffer (RFC 4422 §3.7). */
const WORD: u32 = 4;

/** Octets of a token's header: RFC 4121 §4.2.6.2, and NTLM's ([MS-NLMP] §2.2.2.9.1). */
const HEADER: u32 = 16;

/** Octets behind NTLM's signature that show whether a message begins there: tag, length of up to five, tag of its ID. */
const NTLM_LOOK: u32 = 7;

/** Octets that are held of a buffer's head: the longest is RFC 1964's, of up to 61. */
const HEAD_BYTES: u32 = 64;

/** RFC 1964 §1.2.2: token ID, SGN_ALG, SEAL_ALG, filler; then SND_SEQ, checksum, confounder. */
const MECH_HEADER: u32 = 13;
const ALGORITHMS: u32 = 8;
const SEQUENCE: u32 = 8;
const CHECKSUM: u32 = 8;
/** SGN_ALG 04 00 is HMAC SHA1 DES3-KD, with a checksum of 20 octets. */
const DES3_SIGN: u32 = 0x0004;
const DES3_CHECKSUM: u32 = 20;
const CONFOUNDER: u32 = 8;
/** The last octets of the plain text say how many of them are padding: 1 … 8. */
const PADDING: u32 = 8;

/** Flag of RFC 4121 §4.2.2: the text is encrypted. */
const SEALED: u32 = 0x02;

const enum Stage {
  word,
  head,
  /** Checksum and the like in front of the text. */
  front,
  text,
  /** The last octets of a text that ends in padding. */
  tail,
  /** What is behind the text. */
  back,
}

/**
 * Reads SASL buffers one after another: signed ones give their text as it comes, nothing of it is held. Which layer it
 * is, is told by the first octets of each buffer: krb5 (RFC 4121, RFC 1964) or NTLM; anything else is unknown.
 */
@final
export class SaslReader extends Pooled {
  /** After `payload`. */
  readonly payload: Slice = new Slice();
  private readonly head: ArrayBuffer = Block.allocate(<usize>HEAD_BYTES);

  private stage: Stage = Stage.word;
  /** Octets of the buffer that were taken, its length word included, … */
  private at: u32 = 0;
  /** … how many of them are in `head`, and how many have to be. */
  private held: u32 = 0;
  private wanted: u32 = WORD;
  /** Offsets where the text begins and ends, and where the buffer ends. */
  private from: u32 = 0;
  private to: u32 = 0;
  private end: u32 = 0;
  private isPadded: bool = false;

  /** A buffer begins. */
  begin(): void {
    this.stage = Stage.word;
    this.at = 0;
    this.held = 0;
    this.wanted = WORD;
    this.from = 0;
    this.to = 0;
    this.end = 0;
    this.isPadded = false;
  }

  /** Octets of text that follow: a message that skips them may skip them here. */
  get textLeft(): u32 {
    return this.stage == Stage.text && this.textEnd > this.at ? this.textEnd - this.at : 0;
  }

  /** Octets behind the text that need not be seen. */
  get backLeft(): u32 {
    return this.stage == Stage.back && this.end > this.at ? this.end - this.at : 0;
  }

  /** As many octets, at most `textLeft` or `backLeft`, passed; `read` goes on behind them. */
  skip(count: u32): void {
    this.at += count;
  }

  /** Takes octets from the front of `input`. `isUnfinished`: the text so far ends inside a message. */
  read(input: Slice, isUnfinished: bool): Piece {
    let piece = Piece.none;
    while (piece == Piece.none) piece = this.readStep(input, isUnfinished);
    return piece;
  }

  private readStep(input: Slice, isUnfinished: bool): Piece {
    switch (this.stage) {
      case Stage.word:
        if (!this.hold(input)) return Piece.more;
        return this.enter() ? Piece.none : Piece.unknown;
      case Stage.head:
        return this.hold(input) ? this.judge(isUnfinished) : Piece.more;
      case Stage.front:
        if (!this.pass(input, this.from)) return Piece.more;
        this.stage = Stage.text;
        return this.takeHeld() ? Piece.payload : Piece.none;
      case Stage.text:
        if (this.takeText(input)) return Piece.payload;
        if (this.at < this.textEnd) return Piece.more;
        this.beginTail();
        return Piece.none;
      case Stage.tail:
        if (!this.hold(input)) return Piece.more;
        this.stage = Stage.back;
        return this.takeTail() ? Piece.payload : Piece.none;
      default:
        return this.pass(input, this.end) ? Piece.complete : Piece.more;
    }
  }

  private get textEnd(): u32 {
    return this.isPadded ? this.to - PADDING : this.to;
  }

  private byte(at: u32): u32 {
    return <u32>load<u8>(Block.start(this.head) + <usize>at);
  }

  /** Fills the head. */
  private hold(input: Slice): bool {
    const count = min(<u32>input.length, this.wanted - this.held);
    memory.copy(Block.start(this.head) + <usize>this.held, input.start, <usize>count);
    input.start += <usize>count;
    this.held += count;
    this.at += count;
    return this.held == this.wanted;
  }

  /** Passes what is in front of `target`. */
  private pass(input: Slice, target: u32): bool {
    if (this.at < target) {
      const count = min(<u32>input.length, target - this.at);
      input.start += <usize>count;
      this.at += count;
    }
    return this.at >= target;
  }

  /** The length is there. It has at most three octets: a fourth would be a buffer that no server takes. */
  private enter(): bool {
    const length = (this.byte(1) << 16) | (this.byte(2) << 8) | this.byte(3);
    if (this.byte(0) != 0 || length == 0) return false;
    this.end = WORD + length;
    this.stage = Stage.head;
    return this.want(2);
  }

  /** So many octets of the token have to be seen. */
  private want(octets: u32): bool {
    this.wanted = WORD + octets;
    return this.wanted <= this.end && this.wanted <= HEAD_BYTES;
  }

  /** The text begins and ends here. */
  private signed(from: u32, to: u32): Piece {
    if (from > to || to > this.end) return Piece.unknown;
    this.from = from;
    this.to = to;
    this.stage = Stage.front;
    return Piece.none;
  }

  /** Further octets of the token are wanted. */
  private further(octets: u32): Piece {
    return this.want(octets) ? Piece.none : Piece.unknown;
  }

  /** What the token is, as far as its octets show. */
  private judge(isUnfinished: bool): Piece {
    const first = this.byte(WORD);
    const second = this.byte(WORD + 1);
    if (first == 0x05 && second == 0x04) return this.judgeRfc4121();
    if (first == 0x60) return this.judgeRfc1964(second);
    if (first == 0x01 && second == 0x00) return this.judgeNtlm(isUnfinished);
    return Piece.unknown;
  }

  /** EC octets of checksum are behind the text, or in front of it where the token is rotated by so many (RRC). */
  private judgeRfc4121(): Piece {
    if (this.held < WORD + HEADER) return this.further(HEADER);
    if ((this.byte(WORD + 2) & SEALED) != 0) return Piece.sealed;
    const checksum = (this.byte(WORD + 4) << 8) | this.byte(WORD + 5);
    const rotation = (this.byte(WORD + 6) << 8) | this.byte(WORD + 7);
    const left = this.end - this.held;
    if (checksum > left || rotation > checksum) return Piece.unknown;
    const from = this.held + rotation;
    return this.signed(from, from + (left - checksum));
  }

  private judgeRfc1964(lengthOctet: u32): Piece {
    const octets: u32 = lengthOctet < 0x80 ? 0 : lengthOctet - 0x80;
    if (octets > WORD || lengthOctet == 0x80) return Piece.unknown;
    const mech = WORD + 2 + octets;
    const wanted = 2 + octets + MECH_HEADER - 2 + ALGORITHMS;
    if (this.held < WORD + wanted) return this.further(wanted);
    if (!this.isKerberos(mech)) return Piece.unknown;
    const token = mech + MECH_HEADER - 2;
    if (this.byte(token) != 0x02 || this.byte(token + 1) != 0x01) return Piece.unknown;
    if (this.byte(token + 4) != 0xff || this.byte(token + 5) != 0xff) return Piece.sealed;
    const signature = this.byte(token + 2) | (this.byte(token + 3) << 8);
    const checksum = signature == DES3_SIGN ? DES3_CHECKSUM : CHECKSUM;
    const from = token + ALGORITHMS + SEQUENCE + checksum + CONFOUNDER;
    this.isPadded = true;
    return from + PADDING <= this.end ? this.signed(from, this.end) : Piece.unknown;
  }

  /** Whether the OID of Kerberos 5 is there, 1.2.840.113554.1.2.2. */
  private isKerberos(at: u32): bool {
    return memory.compare(Block.start(this.head) + <usize>at, KERBEROS, 11) == 0;
  }

  /** Version 1, checksum, sequence number; what follows is LDAP if it looks like it. */
  private judgeNtlm(isUnfinished: bool): Piece {
    const most = min(HEADER + NTLM_LOOK, this.end - WORD);
    if (this.held < WORD + most) return this.further(most);
    if (most <= HEADER || this.byte(WORD + 2) != 0 || this.byte(WORD + 3) != 0) return Piece.unknown;
    if (!isUnfinished && !this.looksLikeMessage(WORD + HEADER)) return Piece.sealed;
    return this.signed(WORD + HEADER, this.end);
  }

  /** A sequence that begins with a number; where the buffer is too short to show, the tag alone. */
  private looksLikeMessage(at: u32): bool {
    if (this.byte(at) != 0x30) return false;
    if (at + 1 >= this.held) return true;
    const first = this.byte(at + 1);
    if (first == 0x80 || first > 0x84) return false;
    const number = at + 2 + (first < 0x80 ? 0 : first - 0x80);
    return number >= this.held || this.byte(number) == 0x02;
  }

  /** Text that was held with the head. */
  private takeHeld(): bool {
    const count = this.held > this.from ? this.held - this.from : 0;
    this.payload.set(Block.start(this.head) + <usize>this.from, <i32>count);
    return count > 0;
  }

  private takeText(input: Slice): bool {
    const count = min(<u32>input.length, this.textEnd > this.at ? this.textEnd - this.at : 0);
    if (count == 0) return false;
    this.payload.set(input.start, <i32>count);
    input.start += <usize>count;
    this.at += count;
    return true;
  }

  private beginTail(): void {
    this.stage = this.isPadded ? Stage.tail : Stage.back;
    this.held = 0;
    this.wanted = PADDING;
  }

  /** The last octet says how many are padding. */
  private takeTail(): bool {
    const padding = this.byte(PADDING - 1);
    const count = padding >= 1 && padding <= PADDING ? PADDING - padding : PADDING;
    this.payload.set(Block.start(this.head), <i32>count);
    return count > 0;
  }
}

const KERBEROS: usize = memory.data<u8>([0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02]);
