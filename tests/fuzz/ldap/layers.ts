import type { FastRandom } from "../random.ts";
import { element, uint } from "./ber.ts";

/** A token around text, without the length word in front. */
type Token = (random: FastRandom, text: Uint8Array) => Uint8Array;

/** 1.2.840.113554.1.2.2 */
const KERBEROS = Uint8Array.of(0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02);

const filled = (length: number): Uint8Array => new Uint8Array(length).fill(0xc5);

/** RFC 4121 §4.2.6.2: the checksum behind the text, or in front of it. */
const cfx: Token = (random, text) => {
  const checksum = random.chance(80) ? 12 : random.below(40);
  const rotation = random.chance(10) ? random.below(40) : random.chance(50) ? checksum : 0;
  const flags = random.chance(95) ? random.below(2) * 5 : random.below(8);
  const header = Uint8Array.of(5, 4, flags, 0xff, ...uint(checksum, 2), ...uint(rotation, 2), ...uint(9, 8));
  const parts = rotation === 0 ? [header, text, filled(checksum)] : [header, filled(checksum), text];
  return Buffer.concat(parts);
};

/** RFC 1964 §1.2.2, with padding. */
const old: Token = (random, text) => {
  const isDes3 = random.chance(30);
  const padding = random.chance(90) ? 1 + random.below(8) : random.below(256);
  const algorithms = Uint8Array.of(
    2,
    1,
    isDes3 ? 4 : 0x11,
    0,
    0xff,
    random.chance(95) ? 0xff : 2,
    0xff,
    0xff,
  );
  const tail = new Uint8Array(Math.min(padding, 16)).fill(padding);
  const parts = [KERBEROS, algorithms, filled(8), filled(isDes3 ? 20 : 8), filled(8), text, tail];
  return element(0x60, parts, random.below(5));
};

/** [MS-NLMP] §2.2.2.9.1: version, checksum, sequence number. */
const ntlm: Token = (random, text) =>
  Buffer.concat([Uint8Array.of(1, 0, 0, random.chance(97) ? 0 : 1), filled(8), uint(7, 4), text]);

/** No token that anybody knows. */
const foreign: Token = (random, text) => Buffer.concat([filled(random.below(24)), text]);

/** Text in a SASL buffer, mostly of a layer that only signs. */
export function wrapped(random: FastRandom, text: Uint8Array): Uint8Array {
  const token = random.chance(97) ? random.pick([cfx, cfx, old, ntlm]) : foreign;
  const bytes = token(random, text);
  return Buffer.concat([uint(bytes.length, 4), bytes]);
}

/** Text in SASL buffers of one to three pieces. */
export function wrappedInPieces(random: FastRandom, text: Uint8Array): Uint8Array {
  const buffers: Uint8Array[] = [];
  let at = 0;
  while (at < text.length) {
    const isLast = buffers.length === 2 || random.chance(70);
    const end = isLast ? text.length : at + 1 + random.below(text.length - at);
    buffers.push(wrapped(random, text.subarray(at, end)));
    at = end;
  }
  return Buffer.concat(buffers);
}
