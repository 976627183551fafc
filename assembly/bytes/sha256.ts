import { Block } from "./block";
import { Slice } from "./slice";
import { hexadecimal, Text } from "./text";

/** Octets of a digest. */
export const DIGEST_BYTES: i32 = 32;

/** Octets of a block. */
export const BLOCK_BYTES: i32 = 64;

const ROUNDS: i32 = 64;

/** Octets at the end of the last block that hold the length. */
const LENGTH_BYTES: i32 = 8;

const digest: usize = memory.data(32);

/**
 * SHA-256 (FIPS 180-4 §6.2): `begin`, `update` as often as wanted, then `finish` or `write`. Allocates only when it is
 * made.
 */
@final
export class Sha256 {
  private readonly state: usize;
  private readonly block: usize;
  private readonly schedule: usize;
  private filled: i32 = 0;
  private total: u64 = 0;
  /** Keeps the memory of the three. */
  private readonly kept: ArrayBuffer;

  constructor() {
    const kept = Block.allocate(<usize>(DIGEST_BYTES + BLOCK_BYTES + (ROUNDS << 2)));
    this.kept = kept;
    this.state = Block.start(kept);
    this.block = this.state + <usize>DIGEST_BYTES;
    this.schedule = this.block + <usize>BLOCK_BYTES;
  }

  /** Forgets what came before; returns itself. */
  begin(): Sha256 {
    memory.copy(this.state, INITIAL, <usize>DIGEST_BYTES);
    this.filled = 0;
    this.total = 0;
    return this;
  }

  /** Adds `bytes`; returns itself. */
  update(bytes: Slice): Sha256 {
    this.total += <u64>bytes.length;
    let at = bytes.start;
    while (at < bytes.end) {
      const count = min(<i32>(bytes.end - at), BLOCK_BYTES - this.filled);
      memory.copy(this.block + <usize>this.filled, at, <usize>count);
      this.filled += count;
      at += <usize>count;
      if (this.filled == BLOCK_BYTES) this.compress();
    }
    return this;
  }

  /** Writes the digest, DIGEST_BYTES octets, to `into`. */
  finish(into: usize): void {
    const bits = this.total << 3;
    this.pad(0x80);
    while (this.filled != BLOCK_BYTES - LENGTH_BYTES) this.pad(0);
    store<u64>(this.block + <usize>(BLOCK_BYTES - LENGTH_BYTES), bswap(bits));
    this.filled = BLOCK_BYTES;
    this.compress();
    for (let i: usize = 0; i < <usize>DIGEST_BYTES; i += 4) {
      store<u32>(into + i, bswap(load<u32>(this.state + i)));
    }
  }

  /** Writes the digest to `text`: 64 hexadecimal digits in lower case. Returns `text`. */
  write(text: Text): Text {
    this.finish(digest);
    for (let i: usize = 0; i < <usize>DIGEST_BYTES; i++) {
      const byte = load<u8>(digest + i);
      text.byte(hexadecimal(byte >> 4)).byte(hexadecimal(byte & 15));
    }
    return text;
  }

  private pad(byte: u8): void {
    if (this.filled == BLOCK_BYTES) this.compress();
    store<u8>(this.block + <usize>this.filled, byte);
    this.filled++;
    if (this.filled == BLOCK_BYTES) this.compress();
  }

  private compress(): void {
    this.expand();
    let a = this.word(0);
    let b = this.word(1);
    let c = this.word(2);
    let d = this.word(3);
    let e = this.word(4);
    let f = this.word(5);
    let g = this.word(6);
    let h = this.word(7);
    for (let i: usize = 0; i < <usize>ROUNDS; i++) {
      const s1 = rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25);
      const choice = (e & f) ^ (~e & g);
      const t1 = h + s1 + choice + load<u32>(CONSTANTS + (i << 2)) + load<u32>(this.schedule + (i << 2));
      const s0 = rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22);
      const majority = (a & b) ^ (a & c) ^ (b & c);
      h = g;
      g = f;
      f = e;
      e = d + t1;
      d = c;
      c = b;
      b = a;
      a = t1 + s0 + majority;
    }
    this.add(0, a);
    this.add(1, b);
    this.add(2, c);
    this.add(3, d);
    this.add(4, e);
    this.add(5, f);
    this.add(6, g);
    this.add(7, h);
    this.filled = 0;
  }

  private expand(): void {
    const w = this.schedule;
    for (let i: usize = 0; i < 64; i += 4) store<u32>(w + i, bswap(load<u32>(this.block + i)));
    for (let at = w + 64; at < w + ((<usize>ROUNDS) << 2); at += 4) {
      const w15 = load<u32>(at - 60);
      const w2 = load<u32>(at - 8);
      const s0 = rotr<u32>(w15, 7) ^ rotr<u32>(w15, 18) ^ (w15 >> 3);
      const s1 = rotr<u32>(w2, 17) ^ rotr<u32>(w2, 19) ^ (w2 >> 10);
      store<u32>(at, load<u32>(at - 64) + s0 + load<u32>(at - 28) + s1);
    }
  }

  private word(index: usize): u32 {
    return load<u32>(this.state + (index << 2));
  }

  private add(index: usize, value: u32): void {
    store<u32>(this.state + (index << 2), this.word(index) + value);
  }
}

/** HMAC-SHA-256 (RFC 2104) with one key for many messages. */
@final
export class HmacSha256 {
  private readonly hash: Sha256 = new Sha256();
  private readonly inner: usize;
  private readonly outer: usize;
  private readonly digest: usize;
  private readonly piece: Slice = new Slice();
  /** Keeps the memory of the three. */
  private readonly kept: ArrayBuffer;

  constructor(key: Slice) {
    const kept = Block.allocate(<usize>(BLOCK_BYTES + BLOCK_BYTES + DIGEST_BYTES));
    this.kept = kept;
    this.inner = Block.start(kept);
    this.outer = this.inner + <usize>BLOCK_BYTES;
    this.digest = this.outer + <usize>BLOCK_BYTES;
    if (key.length > BLOCK_BYTES) this.hash.begin().update(key).finish(this.inner);
    else memory.copy(this.inner, key.start, <usize>key.length);
    for (let i: usize = 0; i < <usize>BLOCK_BYTES; i++) {
      const byte = load<u8>(this.inner + i);
      store<u8>(this.inner + i, byte ^ 0x36);
      store<u8>(this.outer + i, byte ^ 0x5c);
    }
  }

  /** Writes the code of `message`, DIGEST_BYTES octets, to `into`. */
  sign(message: Slice, into: usize): void {
    this.hash.begin().update(this.piece.set(this.inner, BLOCK_BYTES)).update(message).finish(this.digest);
    this.hash.begin().update(this.piece.set(this.outer, BLOCK_BYTES));
    this.hash.update(this.piece.set(this.digest, DIGEST_BYTES)).finish(into);
  }
}

/** First 32 bits of the fractional parts of the square roots of the first 8 primes. */
const INITIAL: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

/** The same of the cube roots of the first 64 primes. */
const CONSTANTS: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
]);
