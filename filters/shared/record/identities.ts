import { Block } from "../../../assembly/bytes/block";
import { Buffer } from "../../../assembly/bytes/buffer";
import { DIGEST_BYTES, HmacSha256 } from "../../../assembly/bytes/sha256";
import { lowerCase, Slice } from "../../../assembly/bytes/slice";
import { words } from "../../../assembly/bytes/words";
import { hexadecimal } from "../../../assembly/bytes/text";

/** What a record shows of names and addresses (`access_log.identities`). */
export const enum Identities {
  omit,
  /** What is behind the last `@`. */
  domain,
  /** The first 16 hexadecimal digits of the HMAC-SHA-256 of the lower-cased address. */
  hash,
  plain,
}

/** Values of `access_log.identities`, in the order of `Identities`. */
export const IDENTITIES: string[] = words("omit domain hash plain");

/** Longest address that is shown: a local part of 64 octets, `@`, a domain of 255 (RFC 5321 §4.5.3.1). */
export const MAX_IDENTITY_BYTES: i32 = 320;

/** Octets of the code that are shown. */
const SHOWN_HASH_BYTES: i32 = 8;

const AT: u8 = 0x40;

/** Turns addresses into what may be shown of them. */
@final
export class Identifier {
  private readonly code: ArrayBuffer = Block.allocate(<usize>DIGEST_BYTES);
  private readonly digest: usize = Block.start(this.code);
  private readonly lowered: Buffer = new Buffer(MAX_IDENTITY_BYTES);

  /** `hmac`: needed for `Identities.hash`. */
  constructor(
    readonly mode: Identities,
    private readonly hmac: HmacSha256 | null,
  ) {}

  /** Writes what is shown of `address` into `into`; longer addresses are cut. */
  show(address: Slice, into: Buffer): void {
    into.length = 0;
    if (address.isEmpty) return;
    if (this.mode == Identities.plain) into.append(address);
    else if (this.mode == Identities.domain) this.showDomain(address, into);
    else if (this.mode == Identities.hash) this.showHash(address, into);
  }

  private showDomain(address: Slice, into: Buffer): void {
    let from = address.end;
    while (from > address.start && load<u8>(from - 1) != AT) from--;
    if (from > address.start) into.append(PIECE.set(from, <i32>(address.end - from)));
  }

  private showHash(address: Slice, into: Buffer): void {
    const hmac = this.hmac;
    if (hmac === null) return;
    const lowered = this.lowered;
    lowered.length = 0;
    lowered.append(address);
    for (let at = lowered.pointer; at < lowered.pointer + <usize>lowered.length; at++) {
      store<u8>(at, lowerCase(load<u8>(at)));
    }
    hmac.sign(PIECE.set(lowered.pointer, lowered.length), this.digest);
    for (let i = 0; i < SHOWN_HASH_BYTES; i++) {
      const byte = load<u8>(this.digest + <usize>i);
      store<u8>(into.pointer + <usize>(2 * i), hexadecimal(byte >> 4));
      store<u8>(into.pointer + <usize>(2 * i + 1), hexadecimal(byte & 15));
    }
    into.length = 2 * SHOWN_HASH_BYTES;
  }
}

/** Scratch. */
const PIECE = new Slice();
