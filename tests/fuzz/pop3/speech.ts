import { speechOf } from "../exchanges.ts";
import { EXCHANGES, GREETINGS, TOKENS } from "./dictionary.ts";

/** Lines and replies of POP3. */
export const POP3_SPEECH = speechOf({
  telling: [0, 9, 10, 13, 32, 43, 45, 46, 48, 49, 57, 60, 62, 0x5b, 0x5d, 0x16, 0x80, 0xff],
  tokens: TOKENS,
  greetings: GREETINGS,
  exchanges: EXCHANGES,
  // What a session is about.
  usual: EXCHANGES.slice(0, 7),
  alone: 60,
  most: 6,
});
