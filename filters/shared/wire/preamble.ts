import { Slice } from "../../../assembly/bytes/slice";
import { Preamble, ProxyV2Reader, SIGNATURE, SIGNATURE_BYTES } from "./proxyv2";

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

const TLS_HANDSHAKE: u8 = 0x16;
const TLS_MAJOR: u8 = 0x03;

/**
 * Tells a TLS record and a PROXY protocol version 2 preamble from text, by the first octets of the client's stream and
 * across chunks. The version 2 signature holds the text QUIT and line ends, so it has to go before lines are read.
 * (Version 1 is a line of text: see `isProxyV1`.)
 */
@final
export class OpeningReader {
  private readonly proxy: ProxyV2Reader = new ProxyV2Reader();
  /** The only octet seen begins a TLS record. */
  private isHandshake: bool = false;
  private heldLength: i32 = 0;

  begin(): void {
    this.proxy.begin();
    this.isHandshake = false;
    this.heldLength = 0;
  }

  /** After `plain`: points `into` at the octets of earlier calls, which are to be read first. */
  held(into: Slice): Slice {
    return into.set(this.isHandshake ? HANDSHAKE_OCTET : SIGNATURE, this.heldLength);
  }

  /** Octets held back so far. */
  get pending(): i32 {
    return this.isHandshake ? 1 : this.proxy.taken;
  }

  /** What is held back is no preamble after all: as after `plain`. */
  giveUp(): void {
    this.heldLength = min(this.pending, SIGNATURE_BYTES);
  }

  /** Takes bytes from the front of `input` until the verdict is clear; `plain` takes no byte of this call. */
  read(input: Slice, allowProxy: bool): Opening {
    const from = input.start;
    while (!input.isEmpty) {
      const opening = this.take(load<u8>(input.start), allowProxy);
      if (opening == Opening.plain) {
        this.heldLength = this.pending - <i32>(input.start - from);
        input.start = from;
      }
      if (opening == Opening.plain || opening == Opening.tls) return opening;
      input.start++;
      if (opening == Opening.proxyV2) return opening;
    }
    return Opening.undecided;
  }

  private take(byte: u8, allowProxy: bool): Opening {
    if (this.isHandshake) return byte == TLS_MAJOR ? Opening.tls : Opening.plain;
    if (this.proxy.taken == 0 && byte == TLS_HANDSHAKE) {
      this.isHandshake = true;
      return Opening.undecided;
    }
    const preamble = allowProxy ? this.proxy.take(byte) : Preamble.none;
    if (preamble == Preamble.none) return Opening.plain;
    return preamble == Preamble.whole ? Opening.proxyV2 : Opening.undecided;
  }
}

const HANDSHAKE_OCTET: usize = memory.data<u8>([0x16]);
