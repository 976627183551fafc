import { unitOf } from "./strings";

/** Longest key that suggestions are looked for; ours have at most 20 characters. */
const MAX_LENGTH: i32 = 40;

/** Three rows of MAX_LENGTH + 1 distances. */
const ROW: usize = 41;
const rows: usize = memory.data(123);

/** The key that `wrong` was probably meant to be, among those offered one by one. */
export class Suggestion {
  /** Empty when nothing is near. */
  best: string = "";
  private distance: i32;

  constructor(private readonly wrong: string) {
    this.distance = max(wrong.length / 3, 1) + 1;
  }

  offer(candidate: string): void {
    const distance = editDistance(this.wrong, candidate);
    if (distance >= this.distance) return;
    this.distance = distance;
    this.best = candidate;
  }
}

/**
 * How many insertions, deletions, replacements and swaps of neighbours lead from one text to the other; MAX_LENGTH
 * when one of them is too long to compare.
 */
export function editDistance(one: string, other: string): i32 {
  if (one.length > MAX_LENGTH || other.length > MAX_LENGTH) return MAX_LENGTH;
  let before = rows;
  let above = rows + ROW;
  let current = rows + 2 * ROW;
  for (let j = 0; j <= other.length; j++) put(current, j, j);
  for (let i = 1; i <= one.length; i++) {
    const spare = before;
    before = above;
    above = current;
    current = spare;
    put(current, 0, i);
    for (let j = 1; j <= other.length; j++) {
      const same = unitOf(one, i - 1) == unitOf(other, j - 1);
      let least = min(get(above, j) + 1, get(current, j - 1) + 1);
      least = min(least, get(above, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && isSwap(one, i, other, j)) least = min(least, get(before, j - 2) + 1);
      put(current, j, least);
    }
  }
  return get(current, other.length);
}

function isSwap(one: string, i: i32, other: string, j: i32): bool {
  return unitOf(one, i - 1) == unitOf(other, j - 2) && unitOf(one, i - 2) == unitOf(other, j - 1);
}

function get(row: usize, index: i32): i32 {
  return <i32>load<u8>(row + <usize>index);
}

function put(row: usize, index: i32, value: i32): void {
  store<u8>(row + <usize>index, <u8>value);
}
