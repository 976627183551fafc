import { Block } from "../../../assembly/bytes/block";
import { Pooled } from "../../../assembly/bytes/pool";
import { Slice } from "../../../assembly/bytes/slice";
import { Preamble, ProxyV2Reader } from "../../shared/wire/proxyv2";

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

/** Octets that are looked at: the longest method of HTTP with its space. */
const HEAD_BYTES: i32 = 8;

/** A version 1 preamble has at most so many octets with its line end (PROXY protocol §2.1). */
const MAX_V1_BYTES: u32 = 107;

const V1: string = "PROXY ";
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
  private readonly proxy: ProxyV2Reader = new ProxyV2Reader();
  /** Octets in the head. */
  private held: i32 = 0;
  private seen: u32 = 0;
  /** The one kind of preamble that it can only be. */
  private preamble: Opening = Opening.undecided;
  private wasReturn: bool = false;

  begin(): void {
    this.proxy.begin();
    this.held = 0;
    this.seen = 0;
    this.preamble = Opening.undecided;
    this.wasReturn = false;
  }

  /** Takes octets from the front of `input` until it is clear. `seek`: `Seek` bits. */
  read(input: Slice, seek: u32): Opening {
    while (!input.isEmpty) {
      const byte = load<u8>(input.start);
      input.start++;
      const opening = this.take(byte, seek);
      if (opening != Opening.undecided) return opening;
    }
    return Opening.undecided;
  }

  private take(byte: u8, seek: u32): Opening {
    this.seen++;
    if (this.preamble == Opening.proxyV1) return this.judgeLine(byte);
    if (this.preamble == Opening.proxyV2 || (this.seen == 1 && byte == CR && (seek & Seek.proxy) != 0)) {
      return this.judgeV2(byte);
    }
    if (this.held == HEAD_BYTES) return Opening.foreign; // longer than all that is looked for
    store<u8>(Block.start(this.block) + <usize>this.held, byte);
    this.held++;
    return this.judge(seek);
  }

  /** A version 1 preamble goes on to its line end. */
  private judgeLine(byte: u8): Opening {
    if (byte == LF) return this.wasReturn ? Opening.proxyV1 : Opening.foreign;
    this.wasReturn = byte == CR;
    return this.seen < MAX_V1_BYTES ? Opening.undecided : Opening.foreign;
  }

  private judgeV2(byte: u8): Opening {
    this.preamble = Opening.proxyV2;
    const preamble = this.proxy.take(byte);
    if (preamble == Preamble.none) return Opening.foreign;
    return preamble == Preamble.whole ? Opening.proxyV2 : Opening.undecided;
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
    if ((seek & Seek.proxy) != 0 && fits(head, V1)) {
      if (head.length == V1.length) this.preamble = Opening.proxyV1;
      return Opening.undecided;
    }
    return (seek & Seek.http) != 0 ? judgeMethod(head) : Opening.foreign;
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
