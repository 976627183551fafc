// What the specs of this filter share: bytes from hexadecimal, BER to build messages of, a recorder of events, and a session to talk in.
import { Slice } from "../../../assembly/bytes/slice";
import { Around, EventLog } from "../../shared/__tests__/support";
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

/** Turns events into text, one a line: `request search`, `answered search success 0`. */
export class Recorder extends LdapObserver {
  readonly log: EventLog = new EventLog();

  clear(): void {
    this.log.clear();
  }

  events(words: string = ""): string {
    return this.log.events(words);
  }

  tally(beginning: string): i32 {
    return this.log.tally(beginning);
  }

  connectionStarted(): void {
    this.log.say("started");
  }
  connectionEnded(reason: EndReason): void {
    this.log.say("ended", END_REASONS[reason]);
  }
  becameOpaque(cause: OpaqueCause): void {
    this.log.say("opaque", OPAQUE_CAUSES[cause]);
  }
  opaqueBytes(from: From, count: u64): void {
    this.log.unread(from, count);
  }
  messageRead(from: From, message: Message): void {
    this.log.text.string("message ").string(FROM[from]);
    if (message.criticalControls > 0) this.log.text.string(" critical ").unsigned(message.criticalControls);
    this.log.count("", message.size);
  }
  controls(control: Control, from: From, count: u32): void {
    this.log.text.string("control ").string(CONTROLS[control]).string(" ").string(FROM[from]);
    this.log.count("", count);
  }
  requested(op: Op): void {
    this.log.say("request", OPERATIONS[op]);
  }
  operationStarted(op: Op, isPersistent: bool): void {
    this.log.say(isPersistent ? "persist" : "start", OPERATIONS[op]);
  }
  operationEnded(op: Op, outcome: Outcome, isPersistent: bool): void {
    this.log.text.string(isPersistent ? "unpersist " : "end ").string(OPERATIONS[op]);
    this.log.say("", OUTCOMES[outcome]);
  }
  answered(op: Op, resultClass: ResultClass, code: i32): void {
    this.log.text.string("answered ").string(OPERATIONS[op]).string(" ").string(RESULT_CLASSES[resultClass]);
    this.log.text.string(" ").signed(code);
    this.log.say("");
  }
  operationTimed(op: Op, duration: u64): void {
    this.log.text.string("timed ").string(OPERATIONS[op]);
    this.log.count("", duration);
  }
  firstEntryTimed(duration: u64): void {
    this.log.count("first-entry", duration);
  }
  searched(search: Message): void {
    this.log.text.string("search ").string(SCOPES[search.scope]).string(" ").string(SHAPES[search.shape]);
    this.log.text.string(" ").unsigned(search.filterDepth).string("/").unsigned(search.filterNodes);
    if (search.areAttributesRead) this.log.text.string(" of ").unsigned(search.attributes);
    if (search.isBaseEmpty) this.log.text.string(" root");
    if (search.isAnyObject) this.log.text.string(" any");
    if (search.isTypesOnly) this.log.text.string(" types");
    if (search.hasAllAttributes) this.log.text.string(" all");
    if (search.hasNoAttributes) this.log.text.string(" none");
    if (search.isPageContinued) this.log.text.string(" continued");
    if (search.pageSize >= 0) this.log.text.string(" page ").unsigned(search.pageSize);
    this.log.say("");
  }
  entryReceived(): void {
    this.log.say("entry");
  }
  referenceReceived(): void {
    this.log.say("reference");
  }
  searchEnded(entries: u32, bytes: u64): void {
    this.log.text.string("found ").unsigned(entries);
    this.log.count("", bytes);
  }
  extendedRequested(name: ExtendedName): void {
    this.log.say("extended", EXTENDED_NAMES[name]);
  }
  intermediateReceived(isSyncInfo: bool): void {
    this.log.say("intermediate", isSyncInfo ? "sync_info" : "other");
  }
  referred(kind: Referral): void {
    this.log.say("referral", REFERRALS[kind]);
  }
  noticed(notice: Notice): void {
    this.log.say("notice", NOTICES[notice]);
  }
  unmatched(kind: Unmatched): void {
    this.log.say("unmatched", UNMATCHED[kind]);
  }
  bindStarted(method: Method): void {
    this.log.say("bind", METHODS[method]);
  }
  mechanismUsed(mechanism: Mechanism): void {
    this.log.say("mechanism", MECHANISMS[min(mechanism, Mechanism.other)]);
  }
  bindNamed(name: Slice): void {
    this.log.text.string("named ").slice(name);
    this.log.say("");
  }
  bindEnded(method: Method, result: BindResult, duration: u64): void {
    this.log.text.string("bound ").string(METHODS[method]).string(" ").string(BIND_RESULTS[result]);
    this.log.count("", duration);
  }
  bindRefusedByAd(reason: i32): void {
    this.log.say("ad", AD_REASONS[reason]);
  }
  sentInClear(how: Cleartext): void {
    this.log.say("in-clear", CLEARTEXTS[how]);
  }
  startTls(event: StartTlsEvent): void {
    this.log.say("starttls", STARTTLS_EVENTS[event]);
  }
  saslBuffer(protection: Protection, from: From): void {
    this.log.text.string("buffer ").string(PROTECTIONS[protection]);
    this.log.say("", FROM[from]);
  }
  proxyPreamble(version: i32): void {
    this.log.count("proxy", version);
  }
  anomaly(kind: Anomaly): void {
    this.log.say("anomaly", ANOMALIES[kind]);
  }
  limitReached(cap: Cap): void {
    this.log.say("cap", CAPS[cap]);
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
