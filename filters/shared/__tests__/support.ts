// What the specs of all filters share: random numbers, a world to stand in, a log of events, and pieces of bytes.
import { indexOfLineFeed } from "../../../assembly/bytes/scan";
import { Slice } from "../../../assembly/bytes/slice";
import { Text } from "../../../assembly/bytes/text";
import { From } from "../session/peers";
import { Session } from "../session/session";
import { Surroundings } from "../session/surroundings";

/** Bytes on both sides of every slice: who reads beyond one sees line ends, dots and commands. */
const GUARD: string = "\r\n.\r\nMAIL \n.\n\r";

/** One byte for each character of `text` (U+0000 … U+00FF), kept for as long as the spec runs. */
export function bytes(text: string): Slice {
  return guarded(text, GUARD);
}

/** As `bytes`, with other bytes on both sides. */
export function guarded(text: string, guard: string): Slice {
  const all = guard + text + guard;
  const memory = heap.alloc(<usize>all.length);
  for (let i = 0; i < all.length; i++) store<u8>(memory + <usize>i, <u8>all.charCodeAt(i));
  return Slice.of(memory + <usize>guard.length, text.length);
}

/** The part of `whole` from `from` up to `to`. */
export function part(whole: Slice, from: i32, to: i32): Slice {
  return Slice.of(whole.start + <usize>from, to - from);
}

/** Random numbers that are the same in every run. */
export class Dice {
  constructor(private state: u32) {}

  /** 0 … sides - 1. */
  throw(sides: i32): i32 {
    this.state ^= this.state << 13;
    this.state ^= this.state >> 17;
    this.state ^= this.state << 5;
    return <i32>(this.state % <u32>sides);
  }
}

/** A world whose time stands still until it is moved. */
export class Around extends Surroundings {
  /** Nanoseconds. */
  time: u64 = 1_000;
  encrypted: bool = false;
  /** How often time was asked for. */
  looks: i32 = 0;
  /** How often encryption was asked for. */
  questions: i32 = 0;

  now(): u64 {
    this.looks++;
    return this.time;
  }

  isEncrypted(): bool {
    this.questions++;
    return this.encrypted;
  }
}

/** Room for the events of one session; more would be cut off, which `events` shows. */
const LOG_BYTES: i32 = 1 << 18;

/** Events as text, one a line: `sent mail`, `answered mail 2xx 250`. */
export class EventLog {
  readonly text: Text = Text.ofCapacity(LOG_BYTES);
  /** Bytes passed unread; how they are cut into events says nothing. */
  unreadClient: u64 = 0;
  unreadServer: u64 = 0;
  private taken: i32 = 0;

  clear(): void {
    this.text.clear();
    this.taken = 0;
    this.unreadClient = 0;
    this.unreadServer = 0;
  }

  /** The events since the last call, joined by "; ": all, or those whose first word is among `words`. */
  events(words: string): string {
    const all = characters(part(this.toSlice(), this.taken, this.text.length)).split("\n");
    this.taken = this.text.length;
    const wanted = words.split(" ");
    const found: string[] = [];
    for (let i = 0; i < all.length - 1; i++) {
      if (words == "" || wanted.includes(all[i].split(" ")[0])) found.push(all[i]);
    }
    if (this.text.truncated) found.push("LOG FULL");
    return found.join("; ");
  }

  /** How many events begin like this, since `clear`. */
  tally(beginning: string): i32 {
    let count = 0;
    const rest = this.toSlice();
    while (!rest.isEmpty) {
      if (rest.startsWith(beginning)) count++;
      rest.start = min(indexOfLineFeed(rest.start, rest.end) + 1, rest.end);
    }
    return count;
  }

  unread(from: From, count: u64): void {
    if (from == From.client) this.unreadClient += count;
    else this.unreadServer += count;
  }

  /** `word`, or `word detail`, ends an event. */
  say(word: string, detail: string = ""): void {
    this.text.string(word);
    if (detail.length > 0) this.text.string(" ").string(detail);
    this.text.string("\n");
  }

  /** `word value` ends an event. */
  count(word: string, value: u64): void {
    this.text.string(word).string(" ").unsigned(value).string("\n");
  }

  /** All events, those that were taken, too. */
  toSlice(): Slice {
    return this.text.toSlice(new Slice());
  }
}

/** One character for each byte. */
export function characters(slice: Slice): string {
  const units = heap.alloc((<usize>max(slice.length, 1)) << 1);
  for (let i = 0; i < slice.length; i++) store<u16>(units + ((<usize>i) << 1), <u16>slice.at(i));
  const text = String.UTF16.decodeUnsafe(units, (<usize>slice.length) << 1);
  heap.free(units);
  return text;
}

/** S, with which the steps of a server begin; those of a client begin with C. */
const SERVER: i32 = 0x53;

/** Says the same to a session in pieces of every kind, and compares what it reports. Steps: see `SERVER`. */
export abstract class Pieces {
  /** What was reported of the steps in one piece each. */
  private expected: string = "";

  protected abstract get session(): Session;
  protected abstract get log(): EventLog;
  protected abstract begin(): void;
  /** Closes the session, and logs what it still holds. */
  protected abstract end(): void;

  /** Every step in one piece: what all the others are compared with. */
  whole(steps: Slice[]): void {
    this.begin();
    for (let i = 0; i < steps.length; i++) this.say(steps[i], 1, steps[i].length);
    this.finish();
    this.expected = characters(this.log.toSlice());
  }

  /** The first way of cutting, skipping or both in which the report is another, or "". */
  difference(steps: Slice[]): string {
    this.byByte(steps);
    if (this.isDifferent) return "byte by byte: " + this.log.events("");
    for (let piece = 1; piece < 40; piece++) {
      this.skipping(steps, piece);
      if (this.isDifferent) return `skipping, else by ${piece}: ` + this.log.events("");
    }
    for (let step = 0; step < steps.length; step++) {
      for (let cut = 2; cut < steps[step].length; cut++) {
        this.cutOnce(steps, step, cut);
        if (this.isDifferent) return `cut in step ${step} at ${cut}: ` + this.log.events("");
      }
    }
    return "";
  }

  /** As `difference`, of some ways that `dice` picks. */
  differenceByChance(steps: Slice[], dice: Dice): string {
    this.byByte(steps);
    if (this.isDifferent) return "byte by byte: " + this.log.events("");
    this.skipping(steps, 1 + dice.throw(9));
    if (this.isDifferent) return "skipping: " + this.log.events("");
    for (let i = 0; i < 3; i++) {
      this.randomly(steps, dice);
      if (this.isDifferent) return "in pieces: " + this.log.events("");
    }
    return "";
  }

  byByte(steps: Slice[]): void {
    this.begin();
    for (let i = 0; i < steps.length; i++) {
      for (let at = 1; at < steps[i].length; at++) this.say(steps[i], at, at + 1);
    }
    this.finish();
  }

  private get isDifferent(): bool {
    return !this.log.toSlice().equals(this.expected);
  }

  /** One step in two pieces, cut before the octet at `cut`. */
  private cutOnce(steps: Slice[], cutStep: i32, cut: i32): void {
    this.begin();
    for (let i = 0; i < steps.length; i++) {
      const at = i == cutStep ? cut : steps[i].length;
      this.say(steps[i], 1, at);
      this.say(steps[i], at, steps[i].length);
    }
    this.finish();
  }

  private randomly(steps: Slice[], dice: Dice): void {
    this.begin();
    for (let i = 0; i < steps.length; i++) {
      for (let at = 1; at < steps[i].length;) {
        const to = min(at + 1 + dice.throw(30), steps[i].length);
        this.say(steps[i], at, to);
        at = to;
      }
    }
    this.finish();
  }

  /** What need not be seen is only counted, as the filter does; the rest comes in pieces of at most `piece` octets. */
  private skipping(steps: Slice[], piece: i32): void {
    this.begin();
    const session = this.session;
    for (let i = 0; i < steps.length; i++) {
      const from = peerOf(steps[i]);
      let at = 1;
      while (at < steps[i].length) {
        const left = steps[i].length - at;
        const skipped = <i32>min(session.skips(from), <u64>left);
        const to = at + (skipped > 0 ? skipped : min(piece, left));
        if (skipped > 0) session.skip(from, skipped);
        else this.say(steps[i], at, to);
        at = to;
      }
    }
    this.finish();
  }

  private say(step: Slice, from: i32, to: i32): void {
    this.session.read(peerOf(step), part(step, from, to));
  }

  private finish(): void {
    this.end();
    const log = this.log;
    log.text.string("unread ").unsigned(log.unreadClient);
    log.count("", log.unreadServer);
  }
}

/** Who says a step. */
export function peerOf(step: Slice): From {
  return step.at(0) == SERVER ? From.server : From.client;
}
