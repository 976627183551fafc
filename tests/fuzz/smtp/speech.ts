import { speechOf } from "../exchanges.ts";
import { EXCHANGES, GREETINGS, TOKENS } from "./dictionary.ts";

/** Lines and replies of SMTP. */
export const SMTP_SPEECH = speechOf({
  telling: [0, 9, 10, 13, 32, 45, 46, 48, 49, 50, 51, 52, 53, 57, 58, 60, 62, 64, 0x16, 0x80, 0xff],
  tokens: TOKENS,
  greetings: GREETINGS,
  exchanges: EXCHANGES,
  // What makes a transaction.
  usual: EXCHANGES.slice(4, 10),
  alone: 70,
  most: 5,
});
