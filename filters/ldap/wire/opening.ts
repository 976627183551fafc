import { Block } from "../../../assembly/bytes/block";
import { Pooled } from "../../../assembly/bytes/pool";
import { Slice } from "../../../assembly/bytes/slice";

/** What octets can be said to be that no LDAPMessage begins with. */
export const enum Opening {
  undecided,
  /** A TLS handshake record (RFC 8446 §5.1). */
  handshake,
  /** Another TLS record. */
  record,
  /** A PROXY protocol preamble, taken as a whole. */
  proxyV1,
  proxyV2,
  /** A method of HTTP and the space behind it. */
  http,
  /** None of these. */
  foreign,
}

/** What is looked for, as bits. */
export const enum Seek {
  tls = 0,
  http = 1,
  proxy = 2,
}

/** Octets that are looked at: signature and fixed header of a PROXY v2 preamble. */
const HEAD_BYTES: i32 = 16;
const SIGNATURE_BYTES: i32 = 12;

/** A version 1 preamble has at most so many octets with its line end (PROXY protocol §2.1). */
const MAX_V1_BYTES: u32 = 107;

const V1: string = "PROXY ";
const SIGNATURE: string = "\r\n\r\n\0\r\nQUIT\n";
const LF: u8 = 0x0a;
const CR: u8 = 0x0d;

/** First octets of TLS records: change_cipher_spec, alert, handshake, application_data; then the major version. */
const FIRST_RECORD: i32 = 0x14;
const HANDSHAKE: i32 = 0x16;
const LAST_RECORD: i32 = 0x17;
const TLS_MAJOR: i32 = 0x03;

/** Tells what a stream goes on with where a message should begin, across chunks. */
@final
export class OpeningReader extends Pooled {
  private readonly block: ArrayBuffer = Block.allocate(<usize>HEAD_BYTES);
  private readonly head: Slice = new Slice();
  /** Octets in the head. */
  private held: i32 = 0;
  private seen: u32 = 0;
  /** Octets of addresses that are still to come (version 2). */
  private left: u32 = 0;
  private last: u8 = 0;
  private previous: u8 = 0;
  private verdict: Opening = Opening.undecided;

  begin(): void {
    this.held = 0;
    this.seen = 0;
    this.left = 0;
    this.last = 0;
    this.verdict = Opening.undecided;
  }

  /** Takes octets from the front of `input` until it is clear. `seek`: `Seek` bits. */
  read(input: Slice, seek: u32): Opening {
    while (!input.isEmpty) {
      let opening = this.verdict;
      if (opening == Opening.proxyV2) {
        opening = this.passAddresses(input);
      } else {
        this.take(input);
        opening = opening == Opening.proxyV1 ? this.judgeLine() : this.judge(seek);
      }
      if (opening != Opening.undecided) return opening;
    }
    return Opening.undecided;
  }

  private take(input: Slice): void {
    const byte = load<u8>(input.start);
    if (this.held < HEAD_BYTES) {
      store<u8>(Block.start(this.block) + <usize>this.held, byte);
      this.held++;
    }
    input.start++;
    this.seen++;
    this.previous = this.last;
    this.last = byte;
  }

  private passAddresses(input: Slice): Opening {
    const count = min(<u32>input.length, this.left);
    input.start += <usize>count;
    this.left -= count;
    return this.left == 0 ? Opening.proxyV2 : Opening.undecided;
  }

  /** A version 1 preamble goes on to its line end. */
  private judgeLine(): Opening {
    if (this.last == LF) return this.previous == CR ? Opening.proxyV1 : Opening.foreign;
    return this.seen < MAX_V1_BYTES ? Opening.undecided : Opening.foreign;
  }

  /** What the head says so far. */
  private judge(seek: u32): Opening {
    const head = this.head.set(Block.start(this.block), this.held);
    const first = head.at(0);
    if (first >= FIRST_RECORD && first <= LAST_RECORD) {
      if (this.held < 2) return Opening.undecided;
      if (head.at(1) != TLS_MAJOR) return Opening.foreign;
      return first == HANDSHAKE ? Opening.handshake : Opening.record;
    }
    const opening = (seek & Seek.proxy) != 0 ? this.judgeProxy(head) : Opening.foreign;
    if (opening != Opening.foreign || (seek & Seek.http) == 0) return opening;
    return judgeMethod(head);
  }

  private judgeProxy(head: Slice): Opening {
    if (fits(head, V1)) {
      if (head.length == V1.length) this.verdict = Opening.proxyV1;
      return Opening.undecided;
    }
    if (!fits(head, SIGNATURE)) return Opening.foreign;
    if (head.length < HEAD_BYTES) return Opening.undecided;
    if ((head.at(SIGNATURE_BYTES) & 0xf0) != 0x20) return Opening.foreign;
    this.left = ((<u32>head.at(14)) << 8) | (<u32>head.at(15));
    this.verdict = Opening.proxyV2;
    return this.left == 0 ? Opening.proxyV2 : Opening.undecided;
  }
}

/** Whether as much as there is of `head` and `text` is the same. */
function fits(head: Slice, text: string): bool {
  const count = min(head.length, text.length);
  for (let i = 0; i < count; i++) if (head.at(i) != text.charCodeAt(i)) return false;
  return true;
}

function judgeMethod(head: Slice): Opening {
  let at = 0;
  while (at < METHODS.length) {
    let matched = 0;
    while (matched < head.length && head.at(matched) == METHODS.charCodeAt(at + matched)) {
      if (METHODS.charCodeAt(at + matched) == SPACE) return Opening.http;
      matched++;
    }
    if (matched == head.length) return Opening.undecided;
    while (METHODS.charCodeAt(at) != SPACE) at++;
    at++;
  }
  return Opening.foreign;
}

const SPACE: i32 = 0x20;

/** RFC 9110 §9, RFC 5789, and HTTP/2's preface; each with its space. */
const METHODS: string = "GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH PRI ";
