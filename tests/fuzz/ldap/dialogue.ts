import type { FastRandom } from "../random.ts";
import type { Speaker } from "../speech.ts";
import { element, integer } from "./ber.ts";
import { abandon, BINDS, CONTROLS, FOREIGN, NOTICES, PARTS, PREAMBLES } from "./dictionary.ts";
import { REQUESTS, result, RESULTS, START_TLS, UNBIND, type Request } from "./dictionary.ts";
import { wrapped, wrappedInPieces } from "./layers.ts";

/** A request that the server of a dialogue has not answered. */
interface Waiting {
  readonly id: bigint;
  readonly request: Request;
}

/** Message IDs that clients begin with. */
const FIRST_IDS = [0n, 1n, 1n, 1n, 2n, 2n, 0x7en, 0xfffen, 0x7ffffffen, 0xfffffffen];

/** Conversations that nobody wrote down: requests with answers that mostly fit. */
export class Dialogue {
  private waiting: Waiting[] = [];
  private nextId = 1n;
  /** Both peers put everything into SASL buffers. */
  private isLayered = false;

  /** Makes one up. */
  speak(speaker: Speaker): void {
    const { random } = speaker;
    this.waiting = [];
    this.isLayered = false;
    this.nextId = random.pick(FIRST_IDS);
    if (random.chance(7)) speaker.send(true, random.pick(PREAMBLES));
    if (random.chance(60)) this.bind(speaker, random.pick(BINDS));
    let turns = 1 + random.below(random.chance(10) ? 40 : 10);
    for (; turns > 0; turns--) {
      this.turn(speaker);
      if (random.chance(3)) speaker.stray();
    }
    if (random.chance(40)) this.send(speaker, true, [this.message(random, this.nextId, UNBIND.body)]);
  }

  private turn(speaker: Speaker): void {
    const { random } = speaker;
    const sort = random.below(100);
    if (sort < 50) this.ask(speaker);
    else if (sort < 88) this.answer(speaker);
    else if (sort < 93) this.bind(speaker, random.pick(BINDS));
    else if (sort < 95) this.startTls(speaker);
    else if (sort < 97) this.send(speaker, false, [this.message(random, 0n, random.pick(NOTICES))]);
    else if (sort < 98) speaker.send(random.chance(50), random.pick(FOREIGN));
    else this.isLayered = !this.isLayered;
  }

  /** One request, or several in a segment. */
  private ask(speaker: Speaker): void {
    const { random } = speaker;
    const messages: Uint8Array[] = [];
    for (let count = random.chance(60) ? 1 : 1 + random.below(6); count > 0; count--) {
      const request = random.chance(10) ? this.giveUp(random) : random.pick(REQUESTS);
      messages.push(this.request(random, request));
    }
    this.send(speaker, true, messages);
  }

  private giveUp(random: FastRandom): Request {
    const waits = this.waiting.length > 0 && random.chance(80);
    return abandon(waits ? random.pick(this.waiting).id : BigInt(random.below(5)));
  }

  /** Parts of an answer, or all of it, to what waits. */
  private answer(speaker: Speaker): void {
    const { random } = speaker;
    const messages: Uint8Array[] = [];
    for (let count = 1 + random.below(random.chance(20) ? 8 : 2); count > 0; count--) {
      const target = this.waiting.length > 0 ? random.pick(this.waiting) : undefined;
      const id = target === undefined || random.chance(4) ? BigInt(random.below(6)) : target.id;
      const hasParts = target?.request.isSearch ?? random.chance(10);
      for (let parts = hasParts ? random.below(4) : 0; parts > 0; parts--)
        messages.push(this.message(random, id, random.pick(PARTS)));
      if (target === undefined || random.chance(10)) continue;
      messages.push(this.message(random, id, this.final(random, target.request)));
      if (random.chance(97)) this.waiting = this.waiting.filter((one) => one !== target);
    }
    if (messages.length > 0) this.send(speaker, false, messages);
  }

  private final(random: FastRandom, request: Request): Uint8Array {
    const other = random.chance(4) ? random.pick(REQUESTS).answer : 0x78;
    const tag = random.chance(95) ? request.answer : other;
    return result(tag, random.pick(RESULTS), random.below(6), random.chance(85) ? 0 : random.below(6));
  }

  /** A bind with its answer; a layer may follow. */
  private bind(speaker: Speaker, request: Request): void {
    const { random } = speaker;
    const id = this.nextId;
    this.send(speaker, true, [this.request(random, request)]);
    if (random.chance(10)) return;
    this.waiting = [];
    const code = random.chance(request.isSasl === true ? 30 : 0)
      ? 14
      : random.chance(70)
        ? 0
        : random.pick(RESULTS);
    this.send(speaker, false, [this.message(random, id, result(0x61, code, random.below(6), 0))]);
    if (code === 14 && random.chance(85))
      this.bind(speaker, random.chance(80) ? request : random.pick(BINDS));
    else if (code === 0 && request.isSasl === true && random.chance(50)) this.isLayered = true;
  }

  private startTls(speaker: Speaker): void {
    const { random } = speaker;
    const id = this.nextId;
    this.send(speaker, true, [this.request(random, START_TLS)]);
    if (random.chance(15)) this.ask(speaker);
    if (random.chance(10)) speaker.send(true, random.pick(FOREIGN));
    const code = random.chance(70) ? 0 : random.pick(RESULTS);
    this.send(speaker, false, [this.message(random, id, result(0x78, code, 5, random.below(4)))]);
    if (random.chance(60)) return;
    speaker.send(true, random.pick(FOREIGN));
    speaker.send(false, random.pick(FOREIGN));
  }

  private request(random: FastRandom, request: Request): Uint8Array {
    const id = random.chance(5) && this.waiting.length > 0 ? random.pick(this.waiting).id : this.nextId++;
    if (request.answer !== 0) this.waiting.push({ id, request });
    return this.message(random, id, request.body);
  }

  private message(random: FastRandom, id: bigint, body: Uint8Array): Uint8Array {
    const parts = [integer(id), body];
    if (random.chance(15)) {
      const controls = Array.from({ length: 1 + random.below(3) }, () => random.pick(CONTROLS));
      parts.push(element(0xa0, controls, random.chance(10) ? 4 : 0));
    }
    return element(0x30, parts, random.chance(10) ? 4 : 0);
  }

  /** Messages in one segment. */
  private send(speaker: Speaker, isClient: boolean, messages: readonly Uint8Array[]): void {
    const { random } = speaker;
    const bytes = Buffer.concat(messages);
    if (!this.isLayered) speaker.send(isClient, bytes);
    else speaker.send(isClient, random.chance(70) ? wrapped(random, bytes) : wrappedInPieces(random, bytes));
  }
}
