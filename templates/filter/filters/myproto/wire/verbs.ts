import { packed } from "./lines";

/** What a request line begins with. Replace these by your protocol's, here and in VERBS. */
export enum Verb {
  login,
  get,
  put,
  quit,
  other,
}

/** Label values of `Verb`. No byte of a peer's ever becomes one: what is unknown is `other`. */
export const VERBS: string[] = ["login", "get", "put", "quit", "other"];

const LOGIN = packed("login");
const GET = packed("get");
const PUT = packed("put");
const QUIT = packed("quit");

/** The verb of a line, by its first word. */
export function verbOf(word: u64): Verb {
  if (word == LOGIN) return Verb.login;
  if (word == GET) return Verb.get;
  if (word == PUT) return Verb.put;
  if (word == QUIT) return Verb.quit;
  return Verb.other;
}
