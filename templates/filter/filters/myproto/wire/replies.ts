import { packed } from "./lines";

/** What a reply says. */
export enum Result {
  ok,
  error,
  other,
}

/** Label values of `Result`. */
export const RESULTS: string[] = ["ok", "error", "other"];

const OK = packed("+ok");
const ERR = packed("-err");

/** What a reply says, by its first word: `+OK …` or `-ERR …`. */
export function resultOf(word: u64): Result {
  if (word == OK) return Result.ok;
  return word == ERR ? Result.error : Result.other;
}
