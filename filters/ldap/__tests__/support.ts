// What the specs of this filter share: bytes from hexadecimal, BER to build messages of, a recorder of events, and a session to talk in.
import { indexOfLineFeed } from "../../../assembly/bytes/scan";
import { Slice } from "../../../assembly/bytes/slice";
import { Text } from "../../../assembly/bytes/text";
import { FROM, From } from "../../shared/session/peers";
import {
  BIND_RESULTS,
  CAPS,
  CLEARTEXTS,
  END_REASONS,
  METHODS,
  OPAQUE_CAUSES,
  OUTCOMES,
  PROTECTIONS,
  REFERRALS,
  STARTTLS_EVENTS,
  UNMATCHED,
} from "../labels";
import {
  BindResult,
  Cap,
  Cleartext,
  EndReason,
  LdapObserver,
  Method,
  OpaqueCause,
  Outcome,
  Protection,
  Referral,
  StartTlsEvent,
  Unmatched,
} from "../session/observer";
import { LdapSession } from "../session/session";
import { SessionSettings } from "../session/settings";
import { Surroundings } from "../../shared/session/surroundings";
import { AD_REASONS } from "../wire/adreasons";
import { ANOMALIES, Anomaly } from "../wire/anomalies";
import { Control, CONTROLS } from "../wire/controlnames";
import { EXTENDED_NAMES, ExtendedName, Notice, NOTICES } from "../wire/extendednames";
import { Mechanism, MECHANISMS } from "../wire/mechanisms";
import { Message, SCOPES, SHAPES } from "../wire/message";
import { Op, OPERATIONS } from "../wire/operations";
import { RESULT_CLASSES, ResultClass } from "../wire/results";

/** Bytes on both sides of every slice: who reads beyond one sees messages. */
const GUARD: i32 = 16;

/** Bytes from hexadecimal; white space is ignored. Kept for as long as the spec runs. */
export function hex(digits: string): Slice {
  const memory = heap.alloc(<usize>(digits.length + 2 * GUARD));
  memory_fill(memory, digits.length + 2 * GUARD);
  let count = 0;
  let high = -1;
  for (let i = 0; i < digits.length; i++) {
    const digit = digitOf(digits.charCodeAt(i));
    if (digit < 0) continue;
    if (high < 0) {
      high = digit;
      continue;
    }
    store<u8>(memory + <usize>(GUARD + count), <u8>((high << 4) | digit));
    count++;
    high = -1;
  }
  return Slice.of(memory + <usize>GUARD, count);
}

function memory_fill(start: usize, count: i32): void {
  for (let i = 0; i < count; i++) store<u8>(start + <usize>i, i % 2 == 0 ? 0x30 : 0x02);
}

function digitOf(unit: i32): i32 {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const lower = unit | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}

/** Hexadecimal of text, one octet for each character. */
export function chars(text: string): string {
  let digits = "";
  for (let i = 0; i < text.length; i++) digits += octet(text.charCodeAt(i));
  return digits;
}

/** Two hexadecimal digits. */
export function octet(value: i32): string {
  return DIGITS.charAt((value >> 4) & 15) + DIGITS.charAt(value & 15);
}
const DIGITS: string = "0123456789abcdef";

/** An element: tag, shortest length, value; all hexadecimal without white space. */
export function tlv(tag: string, value: string): string {
  return tag + lengthOf(value.length / 2) + value;
}

export function lengthOf(length: i32): string {
  if (length < 0x80) return octet(length);
  if (length < 0x100) return "81" + octet(length);
  if (length < 0x10000) return "82" + octet(length >> 8) + octet(length);
  return "83" + octet(length >> 16) + octet(length >> 8) + octet(length);
}

/** An OCTET STRING of text. */
export function str(text: string): string {
  return tlv("04", chars(text));
}

/** A message: ID, operation, and controls (the elements inside [0]) if there are any. */
export function msg(id: i32, operation: string, controls: string = ""): string {
  const rest = controls == "" ? "" : tlv("a0", controls);
  return tlv("30", int(id) + operation + rest);
}

/** An INTEGER in its shortest form. */
export function int(value: i32, tag: string = "02"): string {
  let digits = octet(value);
  let rest = value >> 7;
  let left = value >> 8;
  while (rest != 0 && rest != -1) {
    digits = octet(left) + digits;
    rest = left >> 7;
    left >>= 8;
  }
  return tlv(tag, digits);
}

/** A control; `rest`: criticality and value. */
export function control(oid: string, rest: string = ""): string {
  return tlv("30", str(oid) + rest);
}

export function simpleBind(id: i32, name: string, password: string, version: i32 = 3): string {
  return msg(id, tlv("60", int(version) + str(name) + tlv("80", chars(password))));
}

/** `credentials`: hexadecimal of the OCTET STRING, "" for none. */
export function saslBind(id: i32, mechanism: string, credentials: string = ""): string {
  return msg(id, tlv("60", int(3) + str("") + tlv("a3", str(mechanism) + credentials)));
}

/** A final response; `tag`: 61 bind, 65 search … */
export function result(id: i32, tag: string, code: i32, rest: string = "", text: string = ""): string {
  return msg(id, tlv(tag, int(code, "0a") + str("") + str(text) + rest));
}

/** (uid=x) */
export const EQ: string = tlv("a3", str("uid") + str("x"));
/** (objectClass=*) */
export const ANY: string = tlv("87", chars("objectClass"));

export function searchBody(base: string, scope: i32, filter: string, attributes: string): string {
  const fixed = str(base) + int(scope, "0a") + int(0, "0a") + int(0) + int(0) + "010100";
  return tlv("63", fixed + filter + tlv("30", attributes));
}

export function search(id: i32, filter: string = EQ, scope: i32 = 2, controls: string = ""): string {
  return msg(id, searchBody("dc=t", scope, filter, ""), controls);
}

export function entry(id: i32): string {
  return msg(id, tlv("64", str("cn=x,dc=t") + tlv("30", "")));
}

export function extended(id: i32, oid: string): string {
  return msg(id, tlv("77", tlv("80", chars(oid))));
}

export const STARTTLS: string = "1.3.6.1.4.1.1466.20037";

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
  /** How often encryption was asked for. */
  questions: i32 = 0;

  now(): u64 {
    return this.time;
  }

  isEncrypted(): bool {
    this.questions++;
    return this.encrypted;
  }
}

/** Room for the events of one session; more would be cut off, which `events` shows. */
const LOG_BYTES: i32 = 1 << 18;

/** Turns events into text, one a line: `request search`, `answered search success 0`. */
export class Recorder extends LdapObserver {
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
    const length = this.log.length - this.taken;
    const all = String.UTF8.decodeUnsafe(this.log.start + <usize>this.taken, length).split("\n");
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

  connectionStarted(): void {
    this.say("started");
  }
  connectionEnded(reason: EndReason): void {
    this.say("ended", END_REASONS[reason]);
  }
  becameOpaque(cause: OpaqueCause): void {
    this.say("opaque", OPAQUE_CAUSES[cause]);
  }
  opaqueBytes(from: From, count: u64): void {
    if (from == From.client) this.unreadClient += count;
    else this.unreadServer += count;
  }
  messageRead(from: From, message: Message): void {
    this.log.string("message ").string(FROM[from]);
    if (message.criticalControls > 0) this.log.string(" critical ").unsigned(message.criticalControls);
    this.count("", message.size);
  }
  controls(control: Control, from: From, count: u32): void {
    this.log.string("control ").string(CONTROLS[control]).string(" ").string(FROM[from]);
    this.count("", count);
  }
  requested(op: Op): void {
    this.say("request", OPERATIONS[op]);
  }
  operationStarted(op: Op, isPersistent: bool): void {
    this.say(isPersistent ? "persist" : "start", OPERATIONS[op]);
  }
  operationEnded(op: Op, outcome: Outcome, isPersistent: bool): void {
    this.log.string(isPersistent ? "unpersist " : "end ").string(OPERATIONS[op]);
    this.say("", OUTCOMES[outcome]);
  }
  answered(op: Op, resultClass: ResultClass, code: i32): void {
    this.log.string("answered ").string(OPERATIONS[op]).string(" ").string(RESULT_CLASSES[resultClass]);
    this.log.string(" ").signed(code);
    this.say("");
  }
  operationTimed(op: Op, duration: u64): void {
    this.log.string("timed ").string(OPERATIONS[op]);
    this.count("", duration);
  }
  firstEntryTimed(duration: u64): void {
    this.count("first-entry", duration);
  }
  searched(search: Message): void {
    this.log.string("search ").string(SCOPES[search.scope]).string(" ").string(SHAPES[search.shape]);
    this.log.string(" ").unsigned(search.filterDepth).string("/").unsigned(search.filterNodes);
    if (search.areAttributesRead) this.log.string(" of ").unsigned(search.attributes);
    if (search.isBaseEmpty) this.log.string(" root");
    if (search.isAnyObject) this.log.string(" any");
    if (search.isTypesOnly) this.log.string(" types");
    if (search.hasAllAttributes) this.log.string(" all");
    if (search.hasNoAttributes) this.log.string(" none");
    if (search.isPageContinued) this.log.string(" continued");
    if (search.pageSize >= 0) this.log.string(" page ").unsigned(search.pageSize);
    this.say("");
  }
  entryReceived(): void {
    this.say("entry");
  }
  referenceReceived(): void {
    this.say("reference");
  }
  searchEnded(entries: u32, bytes: u64): void {
    this.log.string("found ").unsigned(entries);
    this.count("", bytes);
  }
  extendedRequested(name: ExtendedName): void {
    this.say("extended", EXTENDED_NAMES[name]);
  }
  intermediateReceived(isSyncInfo: bool): void {
    this.say("intermediate", isSyncInfo ? "sync_info" : "other");
  }
  referred(kind: Referral): void {
    this.say("referral", REFERRALS[kind]);
  }
  noticed(notice: Notice): void {
    this.say("notice", NOTICES[notice]);
  }
  unmatched(kind: Unmatched): void {
    this.say("unmatched", UNMATCHED[kind]);
  }
  bindStarted(method: Method): void {
    this.say("bind", METHODS[method]);
  }
  mechanismUsed(mechanism: Mechanism): void {
    this.say("mechanism", MECHANISMS[min(mechanism, Mechanism.other)]);
  }
  bindNamed(name: Slice): void {
    this.log.string("named ").slice(name);
    this.say("");
  }
  bindEnded(method: Method, result: BindResult, duration: u64): void {
    this.log.string("bound ").string(METHODS[method]).string(" ").string(BIND_RESULTS[result]);
    this.count("", duration);
  }
  bindRefusedByAd(reason: i32): void {
    this.say("ad", AD_REASONS[reason]);
  }
  sentInClear(how: Cleartext): void {
    this.say("in-clear", CLEARTEXTS[how]);
  }
  startTls(event: StartTlsEvent): void {
    this.say("starttls", STARTTLS_EVENTS[event]);
  }
  saslBuffer(protection: Protection, from: From): void {
    this.log.string("buffer ").string(PROTECTIONS[protection]);
    this.say("", FROM[from]);
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

/** Settings whose caps a spec reaches with few bytes. */
export function tightSettings(): SessionSettings {
  const settings = new SessionSettings();
  settings.operations = 100;
  settings.messageBytes = 4_096;
  settings.depth = 5;
  settings.nodes = 12;
  return settings;
}

/** A session that a spec talks in, and what it reported. */
export class Talk {
  readonly around: Around = new Around();
  readonly recorder: Recorder = new Recorder();
  private made: LdapSession | null = null;

  constructor(readonly settings: SessionSettings = new SessionSettings()) {}

  get session(): LdapSession {
    let made = this.made;
    if (made === null) {
      made = new LdapSession(this.recorder, this.around, this.settings);
      this.made = made;
    }
    return made;
  }

  begin(): Talk {
    this.recorder.clear();
    this.session.begin();
    return this;
  }

  /** Hexadecimal. */
  client(said: string): Talk {
    this.session.read(From.client, hex(said));
    return this;
  }

  /** Hexadecimal. */
  server(said: string): Talk {
    this.session.read(From.server, hex(said));
    return this;
  }

  close(reason: EndReason = EndReason.client_close): Talk {
    this.session.close(reason);
    return this;
  }

  events(words: string = ""): string {
    return this.recorder.events(words);
  }

  /** All anomalies and the rest of `words` since the last call. */
  odd(): string {
    return this.recorder.events("anomaly");
  }
}
