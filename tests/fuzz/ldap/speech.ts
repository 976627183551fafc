import type { Case } from "../case.ts";
import type { Seed } from "../corpus.ts";
import type { FastRandom } from "../random.ts";
import type { Speaker, Speech } from "../speech.ts";
import { Elements } from "./ber.ts";
import { Changer, TAGS } from "./change.ts";
import { CONTROLS, FILTERS, FOREIGN, PREAMBLES } from "./dictionary.ts";
import { Dialogue } from "./dialogue.ts";

/** Elements that are taken from the corpus, so long at most. */
const MAX_POOLED_BYTES = 400;

/** LDAP: elements in elements; its changes keep to them for the most part. */
export class LdapSpeech implements Speech {
  readonly telling = [...TAGS, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x03, 0x06, 0x07, 0x09, 0x0c, 0x0e];
  readonly tokens: readonly Uint8Array[];
  private readonly elements = new Elements();
  private readonly changer: Changer;
  private readonly dialogue = new Dialogue();

  constructor(corpus: readonly Seed[]) {
    const pool: Uint8Array[] = [];
    const messages: Uint8Array[] = [];
    for (const { steps } of corpus)
      for (const step of steps) if (step.kind === "send") this.collect(step.bytes, pool, messages);
    pool.push(...FILTERS, ...CONTROLS);
    this.changer = new Changer(pool, messages);
    this.tokens = [...FOREIGN, ...PREAMBLES, ...pool];
  }

  imagine(speaker: Speaker): void {
    this.dialogue.speak(speaker);
  }

  restructure(random: FastRandom, bytes: Uint8Array, into: Case): boolean {
    if (this.elements.read(bytes).count === 0) return false;
    this.changer.change(random, this.elements, into);
    return true;
  }

  private collect(bytes: Uint8Array, pool: Uint8Array[], messages: Uint8Array[]): void {
    const { elements } = this;
    elements.read(bytes);
    for (let i = 0; i < elements.count; i++) {
      const one = elements.of(i).slice();
      if (one.length > MAX_POOLED_BYTES) continue;
      (elements.isMessage(i) ? messages : pool).push(one);
    }
  }
}
