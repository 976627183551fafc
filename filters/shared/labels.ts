import { put } from "../../assembly/bytes/words";

/** The values but the first: of what is sent, where the first value stands for what nobody sends. */
export function withoutFirst(values: string[]): string[] {
  const rest = changetype<string[]>(__newArray(values.length - 1, alignof<usize>(), idof<string[]>()));
  for (let i = 1; i < values.length; i++) put(rest, i - 1, unchecked(values[i]));
  return rest;
}

/** Writes the place of each of `all` in `some`, or -1, as an octet behind `table`. */
export function writePlaces(table: usize, all: string[], some: string[]): void {
  for (let i = 0; i < all.length; i++) store<i8>(table + <usize>i, <i8>placeOf(unchecked(all[i]), some));
}

function placeOf(value: string, values: string[]): i32 {
  for (let i = 0; i < values.length; i++) {
    if (unchecked(values[i]) == value) return i;
  }
  return -1;
}
