// What the specs of this filter share: bytes from text, a recorder of events, and a session to talk in.
import { Around, bytes, EventLog } from "../../shared/__tests__/support";
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
import { Extension, EXTENSIONS } from "../wire/extensions";
import { Mechanism, MECHANISMS } from "../../shared/wire/mechanisms";
import { CLASSES, Reply, ReplyClass } from "../wire/replies";
import { Verb, VERBS } from "../wire/verbs";

export { bytes, guarded } from "../../shared/__tests__/support";

/** Turns events into text, one a line: `sent mail`, `answered mail 2xx 250`. */
export class Recorder extends SmtpObserver {
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

  sessionStarted(): void {
    this.log.say("started");
  }
  sessionEnded(reason: EndReason, dialect: Dialect, transactions: u32, duration: u64): void {
    this.log.text.string("ended ").string(END_REASONS[reason]).string(" ").string(DIALECTS[dialect]);
    this.log.text.string(" ").unsigned(transactions);
    if (duration != 0) this.log.text.string(" after ").unsigned(duration);
    this.log.say("");
  }
  becameOpaque(cause: OpaqueCause): void {
    this.log.say("opaque", OPAQUE_CAUSES[cause]);
  }
  opaqueBytes(from: From, count: u64): void {
    this.log.unread(from, count);
  }
  greeted(greeting: Greeting): void {
    this.log.say("greeted", GREETINGS[greeting]);
  }
  commandSent(verb: Verb): void {
    this.log.say("sent", VERBS[verb]);
  }
  commandPipelined(depth: u32): void {
    this.log.count("depth", depth);
  }
  commandAnswered(verb: Verb, replyClass: ReplyClass, code: i32): void {
    this.log.text.string("answered ").string(VERBS[verb]).string(" ").string(CLASSES[replyClass]);
    this.log.count("", code);
  }
  commandTimed(verb: Verb, duration: u64, service: u64): void {
    this.log.text.string("timed ").string(VERBS[verb]).string(" ").unsigned(duration);
    this.log.count("", service);
  }
  commandUnanswered(verb: Verb): void {
    this.log.say("unanswered", VERBS[verb]);
  }
  replied(reply: Reply, hasStatus: bool): void {
    this.log.text.string("replied ").unsigned(reply.code);
    if (hasStatus) {
      this.log.text.string(" ").unsigned(reply.statusClass).string(".").unsigned(reply.statusSubject);
      this.log.text.string(".").unsigned(reply.statusDetail);
    }
    this.log.say("");
  }
  repliedUnsolicited(code: i32): void {
    this.log.count("unsolicited", code);
  }
  transactionStarted(): void {
    this.log.say("transaction");
  }
  transactionEnded(outcome: Outcome, duration: u64): void {
    this.log.text.string("closed ").string(OUTCOMES[outcome]);
    if (duration != 0) this.log.text.string(" after ").unsigned(duration);
    this.log.say("");
  }
  rejected(stage: Stage, replyClass: ReplyClass): void {
    this.log.text.string("rejected ").string(STAGES[stage]);
    this.log.say("", CLASSES[replyClass]);
  }
  aborted(cause: AbortCause): void {
    this.log.say("aborted", ABORT_CAUSES[cause]);
  }
  recipient(outcome: RecipientOutcome): void {
    this.log.say("recipient", RECIPIENT_OUTCOMES[outcome]);
  }
  delivered(replyClass: ReplyClass): void {
    this.log.say("delivered", CLASSES[replyClass]);
  }
  nullSender(): void {
    this.log.say("null-sender");
  }
  messageSent(message: Message, recipients: i32): void {
    this.log.text.string("message ").string(MESSAGE_MODES[message.mode]).string(" ");
    this.log.text.unsigned(message.bytes).string("/").unsigned(message.wireBytes);
    if (message.chunks > 0) this.log.text.string(" chunks ").unsigned(message.chunks);
    if (message.isDeclared) this.log.text.string(" declared ").unsigned(message.declaredBytes);
    this.log.text.string(" to ").signed(recipients);
    this.log.say("");
  }
  dataTimed(duration: u64): void {
    this.log.count("data-time", duration);
  }
  commitTimed(duration: u64): void {
    this.log.count("commit-time", duration);
  }
  sentInClear(starttlsOffered: bool): void {
    this.log.say("in-clear", starttlsOffered ? "offered" : "unoffered");
  }
  authAttempted(mechanism: Mechanism): void {
    this.log.say("auth", MECHANISMS[mechanism]);
  }
  authEnded(mechanism: Mechanism, result: AuthResult): void {
    this.log.text.string("auth-ended ").string(MECHANISMS[mechanism]);
    this.log.say("", AUTH_RESULTS[result]);
  }
  authInClear(): void {
    this.log.say("password-in-clear");
  }
  tls(event: TlsEvent): void {
    this.log.say("tls", TLS_EVENTS[event]);
  }
  extensionsOffered(offers: u32): void {
    this.log.text.string("offers");
    for (let i = 0; i < EXTENSIONS.length; i++) {
      if ((offers & (1 << i)) != 0) this.log.text.string(" ").string(EXTENSIONS[i]);
    }
    this.log.say("");
  }
  extensionUsed(extension: Extension): void {
    this.log.say("used", EXTENSIONS[extension]);
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
    this.session.read(From.client, bytes(said));
    return this;
  }

  server(said: string): Talk {
    this.session.read(From.server, bytes(said));
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
