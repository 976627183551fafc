import { Verb } from "../wire/verbs";
import { Anomaly } from "./anomalies";
import { Conversation } from "./conversation";
import { LineState } from "../../shared/session/linestate";
import { AbortCause, Cap, OpaqueCause, SmtpObserver, TlsEvent } from "./observer";
import { Reporter } from "./reporter";
import { SessionSettings } from "./settings";
import { Surroundings } from "../../shared/session/surroundings";

/** What the two sides of a session share. */
@final
export class SessionState extends LineState {
  readonly reporter: Reporter;
  readonly conversation: Conversation;

  opaqueCause: OpaqueCause = OpaqueCause.limit;
  /** The last reply was 421, before any end of stream. */
  isEndedBy421: bool = false;
  startedAt: u64 = 0;
  /** What the server read behind an end of data is unknown: step is lost once its reply is counted. */
  isStepLost: bool = false;

  constructor(observer: SmtpObserver, surroundings: Surroundings, settings: SessionSettings) {
    super(settings.limbos);
    const reporter = new Reporter(observer, surroundings);
    this.reporter = reporter;
    this.conversation = new Conversation(reporter, settings.speaks, settings.pipeline);
  }

  begin(): void {
    super.begin();
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

  @inline
  get now(): u64 {
    return this.reporter.surroundings.now();
  }

  get timesCommands(): bool {
    return this.reporter.observer.timesCommands;
  }

  /** When a command was sent; the clock is read only if somebody wants to know. */
  @inline
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
  @inline
  mayExpect(): bool {
    if (!this.conversation.isFull) return true;
    this.reporter.anomaly(Anomaly.fifo_overflow);
    this.observer.limitReached(Cap.pipeline);
    this.goOpaque(OpaqueCause.limit);
    return false;
  }

  /** From here on the session is passed unread. */
  goOpaque(cause: OpaqueCause): void {
    if (!this.goBlind()) return;
    this.opaqueCause = cause;
    if (cause == OpaqueCause.starttls || cause == OpaqueCause.tls_first) {
      this.observer.tls(TlsEvent.handshake_seen);
      this.awaitsAlert = this.serverLimbo.length == 0;
    }
    if (cause == OpaqueCause.desync) this.reporter.anomaly(Anomaly.desync);
    this.conversation.abandon(AbortCause.opaque, this.timesCommands ? this.now : 0);
    this.observer.becameOpaque(cause);
  }

  starve(): void {
    this.observer.limitReached(Cap.memory);
    this.goOpaque(OpaqueCause.limit);
  }

  overflow(): void {
    this.observer.limitReached(Cap.limbo);
    this.goOpaque(OpaqueCause.limit);
  }

  loseStep(): void {
    this.goOpaque(OpaqueCause.desync);
  }

  alertSeen(): void {
    this.observer.tls(TlsEvent.alert_seen);
  }
}
