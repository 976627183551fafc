import { From } from "../../shared/session/peers";
import { Limbo } from "../../shared/session/limbo";
import { Surroundings } from "../../shared/session/surroundings";
import { Verb } from "../wire/verbs";
import { Anomaly } from "./anomalies";
import { Conversation } from "./conversation";
import { Cap, OpaqueCause, Pop3Observer, TlsEvent } from "./observer";
import { Reporter } from "./reporter";
import { Response } from "./response";
import { SessionSettings } from "./settings";

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
  readonly response: Response;
  /** What the server sends behind an accepted STLS, until the client's first byte says what it is. */
  readonly serverLimbo: Limbo;

  isOpaque: bool = false;
  opaqueCause: OpaqueCause = OpaqueCause.limit;
  /** Opaque through TLS: the server's first record may be an alert. */
  awaitsAlert: bool = false;
  /** STLS was accepted, and the client has sent nothing since. */
  isServerParked: bool = false;
  firstEnd: FirstEnd = FirstEnd.none;
  /** The last thing that the server said was -ERR that nothing had asked for, before any end of stream. */
  isEndedByErr: bool = false;
  startedAt: u64 = 0;

  constructor(observer: Pop3Observer, surroundings: Surroundings, settings: SessionSettings) {
    const reporter = new Reporter(observer, surroundings);
    this.reporter = reporter;
    const conversation = new Conversation(reporter, settings.pipeline);
    this.conversation = conversation;
    this.response = new Response(reporter, conversation);
    this.serverLimbo = new Limbo(settings.limbos);
  }

  begin(): void {
    this.isOpaque = false;
    this.awaitsAlert = false;
    this.isServerParked = false;
    this.firstEnd = FirstEnd.none;
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

  get hasEnded(): bool {
    return this.firstEnd != FirstEnd.none;
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
    if (cause == OpaqueCause.stls || cause == OpaqueCause.tls_first) {
      this.observer.tls(TlsEvent.handshake_seen);
      this.awaitsAlert = unread == 0;
    }
    if (cause == OpaqueCause.desync) this.reporter.anomaly(Anomaly.desync);
    this.response.breakOff();
    this.conversation.abandon(false);
    this.observer.becameOpaque(cause);
  }

  /** The memory budget is spent: reading can't go on. */
  starve(): void {
    this.observer.limitReached(Cap.memory);
    this.goOpaque(OpaqueCause.limit);
  }
}
