/** What octets are of a preamble. */
export const enum Preamble {
  undecided,
  /** All of it was taken. */
  whole,
  /** The last octet was not taken: this is none. */
  none,
}

/** Places in the fixed header, which the addresses follow. */
const VERSION: i32 = 12;
const LENGTH: i32 = 14;
const HEADER_BYTES: i32 = 16;

/** What a preamble begins with: \r\n\r\n\0\r\nQUIT\n */
export const SIGNATURE: usize = memory.data<u8>([
  0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
]);
export const SIGNATURE_BYTES: i32 = VERSION;

/** A PROXY protocol version 2 preamble (§2.2), octet by octet: signature, header, and the addresses it announces. */
@final
export class ProxyV2Reader {
  /** Octets taken. */
  taken: i32 = 0;
  /** Octets of addresses that are still to come. */
  private left: u32 = 0;

  begin(): void {
    this.taken = 0;
    this.left = 0;
  }

  take(byte: u8): Preamble {
    const at = this.taken;
    if (at < SIGNATURE_BYTES) {
      if (byte != load<u8>(SIGNATURE + <usize>at)) return Preamble.none;
    } else if (at == VERSION) {
      if (byte >> 4 != 2) return Preamble.none;
    } else if (at == LENGTH) {
      this.left = (<u32>byte) << 8;
    } else if (at == LENGTH + 1) {
      this.left |= <u32>byte;
    } else if (at >= HEADER_BYTES) {
      this.left--;
    }
    this.taken++;
    return this.taken >= HEADER_BYTES && this.left == 0 ? Preamble.whole : Preamble.undecided;
  }
}
