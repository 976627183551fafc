/** What protocols of lines and replies have alike to be fuzzed: conversations made of commands and their replies. */

import type { Speaker, Speech } from "./speech.ts";

/** A whole command with the replies that a server may give it; an empty one is none. */
export type Exchange = readonly [command: Uint8Array, ...replies: Uint8Array[]];

/** What conversations of a protocol are made of. */
export interface Exchanges {
  /** Bytes that decide something more often than others. */
  readonly telling: readonly number[];
  readonly tokens: readonly Uint8Array[];
  /** What a server may greet with. */
  readonly greetings: readonly Uint8Array[];
  readonly exchanges: readonly Exchange[];
  /** Those of them that sessions are about, which come more often than the rest. */
  readonly usual: readonly Exchange[];
  /** How many percent of commands come alone, and how many come together at the most. */
  readonly alone: number;
  readonly most: number;
}

/** Lines and replies; their changes are changes of bytes. */
export function speechOf(words: Exchanges): Speech {
  const { telling, tokens } = words;
  return { telling, tokens, imagine: (speaker) => imagine(words, speaker), restructure: () => false };
}

/** One byte for each character. */
export function encoded(texts: readonly string[]): Uint8Array[] {
  return texts.map((text) => Buffer.from(text, "latin1"));
}

/** Of texts: a command and its replies each. */
export function exchangesOf(texts: readonly (readonly [string, ...string[]])[]): Exchange[] {
  return texts.map(([command, ...replies]) => [Buffer.from(command, "latin1"), ...encoded(replies)]);
}

/** Ends of lines and of texts, octets that no line should have, and what other protocols begin with. */
export const COMMON_TOKENS: readonly string[] = [
  ...["\r\n", "\n", "\r", "\0", ".", "..", "\r\n.\r\n", "\n.\n", "\r\n.\n", "\n.\r\n", "\r\n..\r\n", ".\r\n"],
  ...[" ", "<", ">", "*", "=", "\t", "\x7f", "\x80", "\xc3\xa9", "\xff", "\r\n\r\n", "\r\r\n"],
  ...["\x16\x03\x01", "\x15\x03\x03"],
  "PROXY TCP4 192.0.2.9 192.0.2.1 5 25\r\n",
  "PROXY UNKNOWN\r\n",
  "\r\n\r\n\0\r\nQUIT\n",
  "\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00",
  "\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c\xc0\x00\x02\x09\xc0\x00\x02\x01\xc0\x00\x00\x19",
  "GET / HTTP/1.1\r\nHost: mx.example\r\n\r\n",
];

const NOTHING = new Uint8Array(0);

/** Commands with replies that mostly fit, some of them in groups. */
function imagine(words: Exchanges, speaker: Speaker): void {
  const { random } = speaker;
  if (random.chance(90)) speaker.send(false, random.pick(words.greetings));
  let length = 2 + random.below(random.chance(10) ? 60 : 12);
  while (length > 0) {
    let group = random.chance(words.alone) ? 1 : 1 + random.below(words.most);
    const first = speaker.said;
    const replies: Uint8Array[] = [];
    for (; group > 0; group--, length--) {
      const exchange = random.pick(random.chance(40) ? words.usual : words.exchanges);
      speaker.send(true, exchange[0]);
      const other = random.chance(8) ? random.pick(words.exchanges) : exchange;
      replies.push(other[1 + random.below(other.length - 1)] ?? NOTHING);
    }
    if (random.chance(5)) speaker.forget(first);
    for (const reply of replies) speaker.send(false, reply);
    if (random.chance(3)) speaker.stray();
  }
}
