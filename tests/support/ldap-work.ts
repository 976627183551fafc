// Messages that tests of the LDAP filter's work are made of.
import { element, integer } from "../fuzz/ldap/ber.ts";
import type { Code } from "../fuzz/driver.ts";
import { counted, CountedSession, MIB } from "./work.ts";

/** As many operations outstanding as can be configured. */
export const MOST_OPERATIONS = 131_072;
export const GENEROUS = {
  verbosity: "high",
  limits: { operations: MOST_OPERATIONS, nodes: 1_000_000, depth: 128 },
};
export const MOST_MEMORY = 16 * MIB;

let code: Code | undefined;

export class Session extends CountedSession {
  constructor(configuration: object) {
    super((code ??= counted("ldap")), "ldap", configuration);
  }
}

export const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(" ", ""), "hex");
export const text = (value: string | Uint8Array, tag = 0x04): Uint8Array =>
  element(tag, [Buffer.from(value)]);
export const message = (id: number, body: Uint8Array, ...more: Uint8Array[]): Uint8Array =>
  element(0x30, [integer(BigInt(id)), body, ...more]);
export const many = (bytes: Uint8Array, times: number): Uint8Array => {
  const all = Buffer.alloc(bytes.length * times);
  return all.fill(bytes);
};
export const each = (count: number, make: (i: number) => Uint8Array): Uint8Array =>
  Buffer.concat(Array.from({ length: count }, (_, i) => make(i)));

export const PRESENT = text("cn", 0x87);
export const search = (filter: Uint8Array, attributes: Uint8Array = new Uint8Array(0)): Uint8Array =>
  element(0x63, [hex("0400 0a0102 0a0100 020100 020100 010100"), filter, element(0x30, [attributes])]);
export const SEARCH = search(PRESENT);
export const DELETE = hex("4a00");
export const BIND = hex("6007 020103 0400 8000");
export const OK = hex("0a0100 0400 0400");
export const result = (tag: number, id: number): Uint8Array => message(id, element(tag, [OK]));
export const entry = (id: number): Uint8Array => message(id, hex("64040400 3000"));
export const abandon = (id: number, target: number): Uint8Array => message(id, integer(BigInt(target), 0x50));

/** Elements inside of each other, without building each of them anew. */
export function nest(tag: number, levels: number, inner: Uint8Array): Uint8Array {
  const headers: Uint8Array[] = [];
  let length = inner.length;
  for (let i = 0; i < levels; i++) {
    const header = Uint8Array.of(
      tag,
      0x84,
      length >>> 24,
      (length >>> 16) & 255,
      (length >>> 8) & 255,
      length & 255,
    );
    headers.push(header);
    length += header.length;
  }
  return Buffer.concat([...headers.reverse(), inner]);
}

/** Requests that all wait under IDs of their own, from 1 on. */
export const wait = (session: Session, size: number): void => {
  session.client(each(size, (i) => message(i + 1, SEARCH)));
};
