import { LineState } from "../../shared/session/linestate";
import { Surroundings } from "../../shared/session/surroundings";
import { Verb } from "../wire/verbs";
import { Anomaly } from "./anomalies";
import { Conversation } from "./conversation";
import { Cap, OpaqueCause, Pop3Observer, TlsEvent } from "./observer";
import { Reporter } from "./reporter";
import { Response } from "./response";
import { SessionSettings } from "./settings";

/** What the two sides of a session share. */
@final
export class SessionState extends LineState {
  readonly reporter: Reporter;
  readonly conversation: Conversation;
  readonly response: Response;

  opaqueCause: OpaqueCause = OpaqueCause.limit;
  /** The last thing that the server said was -ERR that nothing had asked for, before any end of stream. */
  isEndedByErr: bool = false;
  startedAt: u64 = 0;

  constructor(observer: Pop3Observer, surroundings: Surroundings, settings: SessionSettings) {
    super(settings.limbos);
    const reporter = new Reporter(observer, surroundings);
    this.reporter = reporter;
    const conversation = new Conversation(reporter, settings.pipeline);
    this.conversation = conversation;
    this.response = new Response(reporter, conversation);
  }

  begin(): void {
    super.begin();
    this.isEndedByErr = false;
    this.startedAt = this.now;
    this.reporter.begin();
    this.observer.sessionStarted();
    if (this.conversation.begin(this.startedAt)) return;
    this.observer.commandUnanswered(Verb.connect);
    this.starve();
  }

  get observer(): Pop3Observer {
    return this.reporter.observer;
  }

  get now(): u64 {
    return this.reporter.surroundings.now();
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
    if (!this.goBlind()) return;
    this.opaqueCause = cause;
    if (cause == OpaqueCause.stls || cause == OpaqueCause.tls_first) {
      this.observer.tls(TlsEvent.handshake_seen);
      this.awaitsAlert = this.serverLimbo.length == 0;
    }
    if (cause == OpaqueCause.desync) this.reporter.anomaly(Anomaly.desync);
    this.response.breakOff();
    this.conversation.abandon(false);
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
