import { Case, MAX_CONNECTIONS, STEP_SIZE, StepKind } from "./case.ts";
import type { Step } from "../../host/testing/conversation.ts";
import type { Seed } from "./corpus.ts";
import { PROFILE_PROPERTIES } from "./profiles.ts";
import type { FastRandom } from "./random.ts";
import type { Speaker, Speech } from "./speech.ts";

/** Longest part that is cut out or repeated at once, as a power of two. */
const MAX_PART_BITS = 8;

/** Of the changes, so many are left to the protocol's structure where it has one. */
const STRUCTURAL_PERCENT = 65;

/** Makes cases: a conversation for each connection, changed, cut and dealt with the others into one order. */
export class Generator implements Speaker {
  readonly random: FastRandom;
  private readonly corpus: readonly Seed[];
  private readonly speech: Speech;
  private readonly scripts: Case[] = Array.from({ length: MAX_CONNECTIONS }, () => new Case());
  private readonly at = new Int32Array(MAX_CONNECTIONS);
  private script: Case;
  private connection = 0;
  /** Changes of bytes that are still to be made, and after how many steps the next one. */
  private edits = 0;
  private cutting = 0;

  constructor(corpus: readonly Seed[], speech: Speech, random: FastRandom) {
    this.corpus = corpus;
    this.speech = speech;
    this.random = random;
    this.script = this.scripts[0] ?? new Case();
  }

  /** Fills `into` with the next case. */
  next(into: Case): void {
    const { random } = this;
    into.clear();
    into.connections = random.chance(75) ? 1 : 2 + random.below(MAX_CONNECTIONS - 1);
    for (let i = 0; i < into.connections; i++) {
      into.profiles[i] = random.chance(70) ? 0 : random.below(PROFILE_PROPERTIES.length);
      this.connection = i;
      this.script = this.scripts[i] ?? this.script;
      this.write();
    }
    this.deal(into);
  }

  /** Writes the script of one connection. */
  private write(): void {
    const { random, script } = this;
    script.clear();
    script.push(StepKind.open, this.connection);
    this.edits = random.chance(25) ? 0 : 1 + random.below(random.chance(20) ? 12 : 4);
    this.cutting = random.below(8);
    if (random.chance(35)) {
      this.speech.imagine(this);
    } else {
      const seed = random.pick(this.corpus);
      const whole = seed.steps.length;
      const from = random.chance(85) ? 0 : random.below(whole + 1);
      const until = random.chance(70) ? whole : from + random.below(whole - from + 1);
      this.follow(seed, from, until);
      if (random.chance(15)) {
        const other = random.pick(this.corpus);
        this.follow(other, random.below(other.steps.length + 1), other.steps.length);
      }
      if (random.chance(10)) this.speech.imagine(this);
    }
    if (random.chance(10)) this.end();
  }

  /** Goes through a conversation, and strays from it. */
  private follow(seed: Seed, from: number, until: number): void {
    const { random } = this;
    let putOff: Step | undefined;
    for (let i = from; i < until; i++) {
      const step = seed.steps[i];
      if (step === undefined || random.chance(2)) continue;
      // Comes behind the next one, mostly the other peer's: what answers something is there before it.
      if (putOff === undefined && random.chance(2)) {
        putOff = step;
        continue;
      }
      if (random.chance(2)) this.stray();
      this.perform(step);
      if (putOff !== undefined) this.perform(putOff);
      putOff = undefined;
    }
  }

  private perform(step: Step): void {
    const { random } = this;
    let isClient = step.kind !== "wait" && step.peer === "client";
    switch (step.kind) {
      case "send":
        if (random.chance(1)) isClient = !isClient;
        for (let times = random.chance(4) ? 2 : 1; times > 0; times--) this.send(isClient, step.bytes);
        break;
      case "end":
        this.script.push(isClient ? StepKind.clientEnd : StepKind.serverEnd, this.connection);
        break;
      case "reset":
        this.script.push(isClient ? StepKind.closeRemote : StepKind.closeLocal, this.connection);
        break;
      default:
        this.script.push(StepKind.wait, this.connection, Math.min(step.milliseconds, 60_000));
    }
  }

  /** Something that no transcript asks for: time, an end, bytes of another conversation. */
  stray(): void {
    const { random, script } = this;
    switch (random.below(6)) {
      case 0:
        script.push(StepKind.wait, this.connection, 1 + random.below(20_000));
        return;
      case 1:
        script.push(StepKind.tick, this.connection);
        return;
      case 2:
        this.end();
        return;
      default: {
        const step = random.pick(random.pick(this.corpus).steps);
        if (step.kind === "send") this.send(random.chance(50), step.bytes);
        else this.send(random.chance(50), random.pick(this.speech.tokens));
      }
    }
  }

  private end(): void {
    const kinds = [StepKind.clientEnd, StepKind.serverEnd, StepKind.closeRemote, StepKind.closeLocal];
    this.script.push(this.random.pick(kinds), this.connection);
  }

  /** Bytes of one peer, with changes, cut into callbacks. */
  send(isClient: boolean, bytes: Uint8Array): void {
    const { random, script } = this;
    const start = script.used;
    if (this.edits > 0 && random.chance(30)) {
      this.edits--;
      const isStructural = random.chance(STRUCTURAL_PERCENT);
      if (!isStructural || !this.speech.restructure(random, bytes, script)) this.change(bytes);
    } else {
      script.bytes(bytes, 0, bytes.length);
    }
    this.cut(isClient, start, script.used);
  }

  get said(): number {
    return this.script.count;
  }

  forget(said: number): void {
    this.script.count = said;
  }

  /** Copies bytes with one change. */
  private change(bytes: Uint8Array): void {
    const { random, script } = this;
    const { telling, tokens } = this.speech;
    const end = bytes.length;
    const at = random.below(end + 1);
    const part = Math.min(end, at + 1 + random.below(1 << random.below(MAX_PART_BITS)));
    script.bytes(bytes, 0, at);
    switch (random.below(9)) {
      case 0:
        if (at < end) script.byte((bytes[at] ?? 0) ^ (1 << random.below(8)));
        script.bytes(bytes, at + 1, end);
        return;
      case 1:
        script.byte(random.pick(telling));
        script.bytes(bytes, at + 1, end);
        return;
      case 2:
        script.byte(random.chance(50) ? random.pick(telling) : random.below(256));
        script.bytes(bytes, at, end);
        return;
      case 3:
        script.bytes(bytes, part, end);
        return;
      case 4:
        script.bytes(bytes, at, part);
        script.bytes(bytes, at, end);
        return;
      case 5:
        this.token(random.pick(tokens));
        script.bytes(bytes, at, end);
        return;
      case 6:
        this.token(random.pick(tokens));
        script.bytes(bytes, part, end);
        return;
      case 7:
        this.repeat(bytes, at, part, end);
        return;
      default:
        this.splice();
        script.bytes(bytes, at, end);
    }
  }

  private token(token: Uint8Array): void {
    this.script.bytes(token, 0, token.length);
  }

  /** The same part again and again: long lines, many commands. */
  private repeat(bytes: Uint8Array, at: number, part: number, end: number): void {
    const { random, script } = this;
    const times = 1 << random.below(random.chance(5) ? 10 : 5);
    for (let i = 0; i < times && script.used < 1 << 15; i++) script.bytes(bytes, at, part);
    script.bytes(bytes, at, end);
  }

  /** A part of another conversation. */
  private splice(): void {
    const { random } = this;
    const step = random.pick(random.pick(this.corpus).steps);
    if (step.kind !== "send") return;
    const from = random.below(step.bytes.length + 1);
    this.script.bytes(step.bytes, from, from + random.below(step.bytes.length - from + 1));
  }

  /** Adds steps for bytes of the arena. */
  private cut(isClient: boolean, start: number, end: number): void {
    const { random, script, connection } = this;
    const kind = isClient ? StepKind.clientData : StepKind.serverData;
    let at = start;
    switch (this.cutting) {
      case 0:
        if (end - start > 400) break;
        for (; at + 1 < end; at++) script.push(kind, connection, at, 1);
        break;
      case 1:
        for (let pieces = random.below(4); pieces > 0 && at < end; pieces--) {
          const length = random.below(end - at) + 1;
          script.push(kind, connection, at, length);
          at += length;
        }
        break;
      case 2:
        // The bytes go into one callback with those before, if they are the same peer's.
        if (this.join(kind, start, end)) return;
        break;
      case 3:
        if (end - start > 1 && random.chance(50)) {
          at = end - 1;
          script.push(kind, connection, start, at - start);
        }
        break;
      default:
    }
    if (at >= end) return;
    const ends = isClient ? StepKind.clientDataEnd : StepKind.serverDataEnd;
    script.push(random.next() % 128 === 0 ? ends : kind, connection, at, end - at);
  }

  private join(kind: StepKind, start: number, end: number): boolean {
    const { script } = this;
    const last = script.count - 1;
    if (last < 0 || script.kind(last) !== kind || script.from(last) + script.length(last) !== start)
      return false;
    script.steps[last * STEP_SIZE + 3] = end - script.from(last);
    return true;
  }

  /** Deals the scripts into one order of steps. */
  private deal(into: Case): void {
    const { random, scripts, at } = this;
    if (into.connections === 1) {
      into.take(this.scripts[0] ?? into);
      return;
    }
    at.fill(0);
    let left = 0;
    for (let i = 0; i < into.connections; i++) left += scripts[i]?.count ?? 0;
    while (left > 0) {
      const turn = random.below(into.connections);
      const script = scripts[turn];
      if (script === undefined) return;
      let run = 1 + random.below(6);
      for (; run > 0 && (at[turn] ?? 0) < script.count; run--, left--) {
        this.copy(script, at[turn] ?? 0, into);
        at[turn] = (at[turn] ?? 0) + 1;
      }
    }
  }

  private copy(script: Case, step: number, into: Case): void {
    const kind = script.kind(step);
    if (kind > StepKind.serverDataEnd) {
      into.push(kind, script.connection(step), script.from(step), 0);
      return;
    }
    const from = into.used;
    into.bytes(script.arena, script.from(step), script.from(step) + script.length(step));
    into.push(kind, script.connection(step), from, into.used - from);
  }
}
