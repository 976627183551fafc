import { Slice } from "../bytes/slice";

/** Bytes of a number in a property. */
const NUMBER_BYTES: i32 = 8;

/** Numbers that stay as they are while others are read: more than one callback looks at side by side. */
export const KNOWN_NUMBERS: i32 = 16;

/**
 * A number or a truth that the proxy has: what may be absent is `Known<u64> | null` or `Known<bool> | null`, so that
 * nobody takes 0 or false for what the proxy does not know. Keep the value, not the object: it is used for another number
 * after sixteen more.
 */
@final
export class Known<T> {
  /** The next one of its ring. */
  next: Known<T> | null = null;

  constructor(public value: T) {}
}

/** The last that was handed out; from it the others are reached in a ring, which grows up to KNOWN_NUMBERS. */
let last: Known<u64> | null = null;
let made: i32 = 0;

let yes: Known<bool> | null = null;
let no: Known<bool> | null = null;

/** The number that a property's bytes are; null where they are none. */
export function numberOf(bytes: Slice): Known<u64> | null {
  return bytes.length == NUMBER_BYTES ? known(load<u64>(bytes.start)) : null;
}

/** `value`, which the proxy has. */
export function known(value: u64): Known<u64> {
  const number = nextNumber();
  number.value = value;
  return number;
}

/** The truth that a property's byte is; null where it is none. */
export function truthOf(bytes: Slice): Known<bool> | null {
  if (bytes.length != 1) return null;
  if (yes === null) yes = new Known<bool>(true);
  if (no === null) no = new Known<bool>(false);
  return bytes.at(0) != 0 ? yes : no;
}

function nextNumber(): Known<u64> {
  const before = last;
  let number: Known<u64> | null = null;
  if (before !== null && made >= KNOWN_NUMBERS) number = before.next;
  const known: Known<u64> = number === null ? add(before) : number;
  last = known;
  return known;
}

function add(before: Known<u64> | null): Known<u64> {
  const fresh = new Known<u64>(0);
  made++;
  if (before === null) {
    fresh.next = fresh;
  } else {
    fresh.next = before.next;
    before.next = fresh;
  }
  return fresh;
}
