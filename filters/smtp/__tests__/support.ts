// What the specs of this filter share: bytes from text, a random source, a recorder of events, and a session to talk in.
import { indexOfLineFeed } from "../../../assembly/bytes/scan";
import { Text } from "../../../assembly/bytes/text";
import { Slice } from "../../../assembly/bytes/slice";
import { From } from "../../shared/session/peers";
import {
  ABORT_CAUSES,
  AUTH_RESULTS,
  CAPS,
  DIALECTS,
  END_REASONS,
  GREETINGS,
  MESSAGE_MODES,
  OPAQUE_CAUSES,
  OUTCOMES,
  RECIPIENT_OUTCOMES,
  STAGES,
  TLS_EVENTS,
} from "../labels";
import { ANOMALIES, Anomaly } from "../session/anomalies";
import { Message } from "../session/message";
import {
  AbortCause,
  AuthResult,
  Cap,
  Dialect,
  EndReason,
  Greeting,
  OpaqueCause,
  Outcome,
  RecipientOutcome,
  SmtpObserver,
  Stage,
  TlsEvent,
} from "../session/observer";
import { SmtpSession } from "../session/session";
import { SessionSettings } from "../session/settings";
import { Surroundings } from "../../shared/session/surroundings";
import { Extension, EXTENSIONS } from "../wire/extensions";
import { Mechanism, MECHANISMS } from "../wire/mechanisms";
import { CLASSES, Reply, ReplyClass } from "../wire/replies";
import { Verb, VERBS } from "../wire/verbs";

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

/** One character for each byte. */
export function text(slice: Slice): string {
  const units = heap.alloc((<usize>max(slice.length, 1)) << 1);
  for (let i = 0; i < slice.length; i++) store<u16>(units + ((<usize>i) << 1), <u16>slice.at(i));
  const characters = String.UTF16.decodeUnsafe(units, (<usize>slice.length) << 1);
  heap.free(units);
  return characters;
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
const LOG_BYTES: i32 = 1 << 17;

/** Turns events into text, one a line: `sent mail`, `answered mail 2xx 250`. */
export class Recorder extends SmtpObserver {
  readonly log: Text = Text.ofCapacity(LOG_BYTES);
  /** Bytes passed unread; how they are cut into events says nothing. */
  unreadClient: u64 = 0;
  unreadServer: u64 = 0;
  private taken: i32 = 0;

  clear(): void {
    this.log.clear();
    this.taken = 0;
    this.unreadClient = 0;
    this.unreadServer = 0;
  }

  /** The events since the last call, joined by "; ": all, or those whose first word is among `words`. */
  events(words: string = ""): string {
    const all = text(part(this.log.toSlice(new Slice()), this.taken, this.log.length)).split("\n");
    this.taken = this.log.length;
    const wanted = words.split(" ");
    const found: string[] = [];
    for (let i = 0; i < all.length - 1; i++) {
      if (words == "" || wanted.includes(all[i].split(" ")[0])) found.push(all[i]);
    }
    if (this.log.truncated) found.push("LOG FULL");
    return found.join("; ");
  }

  /** How many events begin like this, since `clear`. */
  tally(beginning: string): i32 {
    let count = 0;
    const rest = this.log.toSlice(new Slice());
    while (!rest.isEmpty) {
      if (rest.startsWith(beginning)) count++;
      rest.start = min(indexOfLineFeed(rest.start, rest.end) + 1, rest.end);
    }
    return count;
  }

  sessionStarted(): void {
    this.say("started");
  }
  sessionEnded(reason: EndReason, dialect: Dialect, transactions: u32, duration: u64): void {
    this.log.string("ended ").string(END_REASONS[reason]).string(" ").string(DIALECTS[dialect]);
    this.log.string(" ").unsigned(transactions);
    if (duration != 0) this.log.string(" after ").unsigned(duration);
    this.say("");
  }
  becameOpaque(cause: OpaqueCause): void {
    this.say("opaque", OPAQUE_CAUSES[cause]);
  }
  opaqueBytes(from: From, count: u64): void {
    if (from == From.client) this.unreadClient += count;
    else this.unreadServer += count;
  }
  greeted(greeting: Greeting): void {
    this.say("greeted", GREETINGS[greeting]);
  }
  commandSent(verb: Verb): void {
    this.say("sent", VERBS[verb]);
  }
  commandPipelined(depth: u32): void {
    this.count("depth", depth);
  }
  commandAnswered(verb: Verb, replyClass: ReplyClass, code: i32): void {
    this.log.string("answered ").string(VERBS[verb]).string(" ").string(CLASSES[replyClass]);
    this.count("", code);
  }
  commandTimed(verb: Verb, duration: u64, service: u64): void {
    this.log.string("timed ").string(VERBS[verb]).string(" ").unsigned(duration);
    this.count("", service);
  }
  commandUnanswered(verb: Verb): void {
    this.say("unanswered", VERBS[verb]);
  }
  replied(reply: Reply, hasStatus: bool): void {
    this.log.string("replied ").unsigned(reply.code);
    if (hasStatus) {
      this.log.string(" ").unsigned(reply.statusClass).string(".").unsigned(reply.statusSubject);
      this.log.string(".").unsigned(reply.statusDetail);
    }
    this.say("");
  }
  repliedUnsolicited(code: i32): void {
    this.count("unsolicited", code);
  }
  transactionStarted(): void {
    this.say("transaction");
  }
  transactionEnded(outcome: Outcome, duration: u64): void {
    this.log.string("closed ").string(OUTCOMES[outcome]);
    if (duration != 0) this.log.string(" after ").unsigned(duration);
    this.say("");
  }
  rejected(stage: Stage, replyClass: ReplyClass): void {
    this.log.string("rejected ").string(STAGES[stage]);
    this.say("", CLASSES[replyClass]);
  }
  aborted(cause: AbortCause): void {
    this.say("aborted", ABORT_CAUSES[cause]);
  }
  recipient(outcome: RecipientOutcome): void {
    this.say("recipient", RECIPIENT_OUTCOMES[outcome]);
  }
  delivered(replyClass: ReplyClass): void {
    this.say("delivered", CLASSES[replyClass]);
  }
  nullSender(): void {
    this.say("null-sender");
  }
  messageSent(message: Message, recipients: i32): void {
    this.log.string("message ").string(MESSAGE_MODES[message.mode]).string(" ");
    this.log.unsigned(message.bytes).string("/").unsigned(message.wireBytes);
    if (message.chunks > 0) this.log.string(" chunks ").unsigned(message.chunks);
    if (message.isDeclared) this.log.string(" declared ").unsigned(message.declaredBytes);
    this.log.string(" to ").signed(recipients);
    this.say("");
  }
  dataTimed(duration: u64): void {
    this.count("data-time", duration);
  }
  commitTimed(duration: u64): void {
    this.count("commit-time", duration);
  }
  sentInClear(starttlsOffered: bool): void {
    this.say("in-clear", starttlsOffered ? "offered" : "unoffered");
  }
  authAttempted(mechanism: Mechanism): void {
    this.say("auth", MECHANISMS[mechanism]);
  }
  authEnded(mechanism: Mechanism, result: AuthResult): void {
    this.log.string("auth-ended ").string(MECHANISMS[mechanism]);
    this.say("", AUTH_RESULTS[result]);
  }
  authInClear(): void {
    this.say("password-in-clear");
  }
  tls(event: TlsEvent): void {
    this.say("tls", TLS_EVENTS[event]);
  }
  extensionsOffered(offers: u32): void {
    this.log.string("offers");
    for (let i = 0; i < EXTENSIONS.length; i++) {
      if ((offers & (1 << i)) != 0) this.log.string(" ").string(EXTENSIONS[i]);
    }
    this.say("");
  }
  extensionUsed(extension: Extension): void {
    this.say("used", EXTENSIONS[extension]);
  }
  proxyPreamble(version: i32): void {
    this.count("proxy", version);
  }
  anomaly(kind: Anomaly): void {
    this.say("anomaly", ANOMALIES[kind]);
  }
  limitReached(cap: Cap): void {
    this.say("cap", CAPS[cap]);
  }

  private say(word: string, detail: string = ""): void {
    this.log.string(word);
    if (detail.length > 0) this.log.string(" ").string(detail);
    this.log.string("\n");
  }

  private count(word: string, value: u64): void {
    this.log.string(word).string(" ").unsigned(value).string("\n");
  }
}

/** Caps that a spec reaches with little text. */
export const LINE_BYTES: i32 = 512;
export const PIPELINE: u32 = 24;
export const LIMBO_BYTES: i32 = 256;

/** A session that a spec talks in, and what it reported. */
export class Talk {
  readonly around: Around = new Around();
  readonly recorder: Recorder = new Recorder();
  private made: SmtpSession | null = null;

  constructor(readonly settings: SessionSettings = new SessionSettings(LINE_BYTES, PIPELINE, LIMBO_BYTES)) {}

  get session(): SmtpSession {
    let made = this.made;
    if (made === null) {
      made = new SmtpSession(this.recorder, this.around, this.settings);
      this.made = made;
    }
    return made;
  }

  begin(): Talk {
    this.session.begin();
    return this;
  }

  client(said: string): Talk {
    this.session.onClientBytes(bytes(said));
    return this;
  }

  server(said: string): Talk {
    this.session.onServerBytes(bytes(said));
    return this;
  }

  /** Both in turn: `C: …` and `S: …`, one line each, whose CRLF is added. */
  lines(said: string): Talk {
    const all = said.split("\n");
    for (let i = 0; i < all.length; i++) {
      const line = all[i].trimStart();
      if (line.startsWith("C: ")) this.client(line.substring(3) + "\r\n");
      else if (line.startsWith("S: ")) this.server(line.substring(3) + "\r\n");
    }
    return this;
  }

  close(unseen: EndReason = EndReason.proxy_close): Talk {
    this.session.close(unseen);
    return this;
  }

  events(words: string = ""): string {
    return this.recorder.events(words);
  }

  /** Buffers that the session holds. */
  get held(): i32 {
    return this.settings.commandLines.taken + this.settings.replyLines.taken + this.settings.limbos.taken;
  }
}
