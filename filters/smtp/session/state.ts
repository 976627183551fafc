import { From } from "../../shared/session/peers";
import { Verb } from "../wire/verbs";
import { Anomaly } from "./anomalies";
import { Conversation } from "./conversation";
import { Limbo } from "../../shared/session/limbo";
import { AbortCause, Cap, OpaqueCause, SmtpObserver, TlsEvent } from "./observer";
import { Reporter } from "./reporter";
import { SessionSettings } from "./settings";
import { Surroundings } from "../../shared/session/surroundings";

/** Which end of stream came first. */
export const enum FirstEnd {
  none,
  client,
  server,
}

/** What the two sides of a session share. */
@final
export class SessionState {
  readonly reporter: Reporter;
  readonly conversation: Conversation;
  /** What the server sends behind an accepted STARTTLS, until the client's first byte says what it is. */
  readonly serverLimbo: Limbo;

  isOpaque: bool = false;
  opaqueCause: OpaqueCause = OpaqueCause.limit;
  /** Opaque through TLS: the server's first record may be an alert. */
  awaitsAlert: bool = false;
  /** STARTTLS was accepted, and the client has sent nothing since. */
  isServerParked: bool = false;
  firstEnd: FirstEnd = FirstEnd.none;
  /** The last reply was 421, before any end of stream. */
  isEndedBy421: bool = false;
  startedAt: u64 = 0;
  /** What the server read behind an end of data is unknown: step is lost once its reply is counted. */
  isStepLost: bool = false;

  constructor(observer: SmtpObserver, surroundings: Surroundings, settings: SessionSettings) {
    const reporter = new Reporter(observer, surroundings);
    this.reporter = reporter;
    this.conversation = new Conversation(reporter, settings.speaks, settings.pipeline);
    this.serverLimbo = new Limbo(settings.limbos);
  }

  begin(): void {
    this.isOpaque = false;
    this.awaitsAlert = false;
    this.isServerParked = false;
    this.firstEnd = FirstEnd.none;
    this.isEndedBy421 = false;
    this.isStepLost = false;
    this.startedAt = this.timesCommands ? this.now : 0;
    this.reporter.begin();
    this.observer.sessionStarted();
    if (this.conversation.begin(this.startedAt)) return;
    this.observer.commandUnanswered(Verb.connect);
    this.starve();
  }

  get observer(): SmtpObserver {
    return this.reporter.observer;
  }

  get now(): u64 {
    return this.reporter.surroundings.now();
  }

  get timesCommands(): bool {
    return this.reporter.observer.timesCommands;
  }

  get hasEnded(): bool {
    return this.firstEnd != FirstEnd.none;
  }

  /** When a command was sent; the clock is read only if somebody wants to know. */
  timeOfCommand(verb: Verb): u64 {
    const endsMessage = verb == Verb.eod || verb == Verb.bdat || verb == Verb.burl;
    return endsMessage || this.timesCommands ? this.now : 0;
  }

  /** When a reply came, likewise. */
  timeOfReply(): u64 {
    const head = this.conversation.expectations.head;
    return this.timesCommands || (head !== null && head.endsMessage) ? this.now : 0;
  }

  /** Whether one more reply may be owed; beyond the cap the session is passed unread. */
  mayExpect(): bool {
    if (!this.conversation.isFull) return true;
    this.reporter.anomaly(Anomaly.fifo_overflow);
    this.observer.limitReached(Cap.pipeline);
    this.goOpaque(OpaqueCause.limit);
    return false;
  }

  /** From here on the session is passed unread. */
  goOpaque(cause: OpaqueCause): void {
    if (this.isOpaque) return;
    this.isOpaque = true;
    this.opaqueCause = cause;
    const unread = this.serverLimbo.length;
    if (unread > 0) this.observer.opaqueBytes(From.server, <u64>unread);
    if (cause == OpaqueCause.starttls || cause == OpaqueCause.tls_first) {
      this.observer.tls(TlsEvent.handshake_seen);
      this.awaitsAlert = unread == 0;
    }
    if (cause == OpaqueCause.desync) this.reporter.anomaly(Anomaly.desync);
    this.conversation.abandon(AbortCause.opaque, this.timesCommands ? this.now : 0);
    this.observer.becameOpaque(cause);
  }

  /** The memory budget is spent: reading can't go on. */
  starve(): void {
    this.observer.limitReached(Cap.memory);
    this.goOpaque(OpaqueCause.limit);
  }
}
