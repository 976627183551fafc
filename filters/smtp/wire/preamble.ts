import { Slice } from "../../../assembly/bytes/slice";

/** What the head of the client's stream can be said to be. */
export const enum Opening {
  /** More octets are needed; those seen are held. */
  undecided,
  /** A TLS record (RFC 8446 §5.1): 0x16 0x03. */
  tls,
  /** A PROXY protocol version 2 preamble, taken as a whole. */
  proxyV2,
  /** None of these: `held` and what follows are the stream. */
  plain,
}

/** Length of the version 2 signature and of its fixed header. */
const SIGNATURE_LENGTH: i32 = 12;
const HEADER_LENGTH: i32 = 16;

const TLS_HANDSHAKE: u8 = 0x16;
const TLS_MAJOR: u8 = 0x03;

/**
 * Tells a TLS record and a PROXY protocol version 2 preamble from text, by the first octets of the client's stream and
 * across chunks. The version 2 signature holds the text QUIT and line ends, so it has to go before lines are read.
 * (Version 1 is a line of text: see `isProxyV1`.)
 */
@final
export class OpeningReader {
  private seen: i32 = 0;
  private remaining: u32 = 0;
  private first: u8 = 0;
  private heldLength: i32 = 0;

  begin(): void {
    this.seen = 0;
    this.remaining = 0;
    this.heldLength = 0;
  }

  /** After `plain`: points `into` at the octets of earlier calls, which are to be read first. */
  held(into: Slice): Slice {
    return into.set(this.first == TLS_HANDSHAKE ? HANDSHAKE_OCTET : SIGNATURE, this.heldLength);
  }

  /** Octets held back so far. */
  get pending(): i32 {
    return this.seen;
  }

  /** What is held back is no preamble after all: as after `plain`. */
  giveUp(): void {
    this.heldLength = min(this.seen, SIGNATURE_LENGTH);
  }

  /** Takes bytes from the front of `input` until the verdict is clear; `plain` takes no byte of this call. */
  read(input: Slice, allowProxy: bool): Opening {
    const from = input.start;
    while (!input.isEmpty) {
      const byte = load<u8>(input.start);
      if (this.seen < SIGNATURE_LENGTH) {
        if (this.seen == 1 && this.first == TLS_HANDSHAKE) {
          if (byte == TLS_MAJOR) return Opening.tls;
          return this.plain(input, from);
        }
        if (!this.fits(byte, allowProxy)) return this.plain(input, from);
      } else {
        this.header(byte);
      }
      this.seen++;
      input.start++;
      if (this.seen >= HEADER_LENGTH && this.remaining == 0) return Opening.proxyV2;
    }
    return Opening.undecided;
  }

  private fits(byte: u8, allowProxy: bool): bool {
    if (this.seen == 0) {
      this.first = byte;
      if (byte == TLS_HANDSHAKE) return true;
    }
    return allowProxy && byte == load<u8>(SIGNATURE + <usize>this.seen);
  }

  /** The fixed header behind the signature, and then the addresses it announces, which are skipped. */
  private header(byte: u8): void {
    if (this.seen == 14) this.remaining = (<u32>byte) << 8;
    else if (this.seen == 15) this.remaining |= <u32>byte;
    else if (this.seen >= HEADER_LENGTH) this.remaining--;
  }

  /** Octets of earlier calls are known: they matched the signature, or are the one TLS octet. */
  private plain(input: Slice, from: usize): Opening {
    this.heldLength = this.seen - <i32>(input.start - from);
    input.start = from;
    return Opening.plain;
  }
}

/** \r\n\r\n\0\r\nQUIT\n */
const SIGNATURE: usize = memory.data<u8>([
  0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
]);
const HANDSHAKE_OCTET: usize = memory.data<u8>([0x16]);
