import type { Speaker, Speech } from "../speech.ts";
import { EXCHANGES, GREETINGS, TOKENS } from "./dictionary.ts";

/** Bytes that decide something more often than others. */
const TELLING = [0, 9, 10, 13, 32, 43, 45, 46, 48, 49, 57, 60, 62, 0x5b, 0x5d, 0x16, 0x80, 0xff];

const NOTHING = new Uint8Array(0);

/** Lines and replies; their changes are changes of bytes. */
export const POP3_SPEECH: Speech = { telling: TELLING, tokens: TOKENS, imagine, restructure: () => false };

/** Commands with replies that mostly fit, some of them in groups. */
function imagine(speaker: Speaker): void {
  const { random } = speaker;
  if (random.chance(90)) speaker.send(false, random.pick(GREETINGS));
  let length = 2 + random.below(random.chance(10) ? 60 : 12);
  while (length > 0) {
    let group = random.chance(60) ? 1 : 1 + random.below(6);
    const first = speaker.said;
    const replies: Uint8Array[] = [];
    for (; group > 0; group--, length--) {
      // What a session is about comes more often than the rest.
      const exchange = random.chance(40) ? EXCHANGES[random.below(7)] : random.pick(EXCHANGES);
      if (exchange === undefined) continue;
      speaker.send(true, exchange[0]);
      const other = random.chance(8) ? random.pick(EXCHANGES) : exchange;
      replies.push(other[1 + random.below(other.length - 1)] ?? NOTHING);
    }
    if (random.chance(5)) speaker.forget(first);
    for (const reply of replies) speaker.send(false, reply);
    if (random.chance(3)) speaker.stray();
  }
}
