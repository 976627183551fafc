import { From } from "../../shared/session/peers";
import { LineSession } from "../../shared/session/linesession";
import { FirstEnd } from "../../shared/session/linestate";
import { Extension } from "../wire/extensions";
import { Verb } from "../wire/verbs";
import { Anomaly } from "./anomalies";
import { ClientSide } from "./client";
import { AbortCause, EndReason, Greeting, OpaqueCause, SmtpObserver } from "./observer";
import { ServerSide } from "./server";
import { SessionSettings } from "./settings";
import { SessionState } from "./state";
import { Surroundings } from "../../shared/session/surroundings";

/**
 * One SMTP connection, from the bytes of both peers to the events of an observer. It sees only the past, keeps no
 * message, and is total: any bytes in any order lead to a defined state. Reused: `begin` … `close`, again and again.
 */
@final
export class SmtpSession extends LineSession<SessionState, ClientSide, ServerSide> {
  constructor(observer: SmtpObserver, surroundings: Surroundings, settings: SessionSettings) {
    const state = new SessionState(observer, surroundings, settings);
    const client = new ClientSide(state, settings);
    super(state, client, new ServerSide(state, client, settings));
  }

  skips(from: From): u64 {
    return !this.state.isOpaque && from == From.client ? this.client.skips : super.skips(from);
  }

  skip(from: From, count: u64): void {
    if (this.state.isOpaque) super.skip(from, count);
    else this.client.skip(count);
  }

  /** The connection is closed. `unseen`: the reason where no end of stream was seen (rule 1(e)). */
  close(unseen: EndReason): void {
    const state = this.state;
    const conversation = state.conversation;
    const reason = this.reasonOfEnd(unseen);
    const now = state.timesCommands ? state.now : 0;
    if (!state.isOpaque) conversation.abandon(this.abortCauseOf(reason), now);
    if (!conversation.isGreeted) state.observer.greeted(Greeting.none);
    this.judgeEarlyTalk();
    this.release();
    const started = conversation.envelopes.started;
    state.observer.sessionEnded(reason, conversation.hello.dialect, started, now - state.startedAt);
    state.reporter.release();
  }

  /** Talking before the greeting is an anomaly, unless a hello's reply allows it (PIPECONNECT). */
  private judgeEarlyTalk(): void {
    const state = this.state;
    if (!this.client.isEarly) return;
    if (state.conversation.hello.everOfferedPipeconnect) {
      state.reporter.usedOnce(Extension.pipeconnect);
      return;
    }
    const cause = state.opaqueCause;
    const isSmtp = !state.isOpaque || (cause != OpaqueCause.tls_first && cause != OpaqueCause.not_smtp);
    if (isSmtp) state.reporter.anomaly(Anomaly.early_talker);
  }

  /** The first that fits (rule 1); behind a SASL layer or TURN the rest of the rule goes on to hold. */
  private reasonOfEnd(unseen: EndReason): EndReason {
    const state = this.state;
    if (state.isOpaque) {
      const cause = state.opaqueCause;
      if (cause == OpaqueCause.starttls || cause == OpaqueCause.tls_first) return EndReason.tls;
      if (cause == OpaqueCause.not_smtp) return EndReason.not_smtp;
      if (cause == OpaqueCause.desync || cause == OpaqueCause.limit) return EndReason.desync;
    }
    const conversation = state.conversation;
    const head = conversation.expectations.head;
    if (conversation.isQuit || (head !== null && head.verb == Verb.quit)) return EndReason.quit;
    if (conversation.isGreetingRefused && !conversation.hello.isAccepted) return EndReason.greeting_rejected;
    if (state.isEndedBy421) return EndReason.server_421;
    if (state.firstEnd == FirstEnd.client) return EndReason.client_close;
    if (state.firstEnd == FirstEnd.server) return EndReason.server_close;
    return unseen;
  }

  private abortCauseOf(reason: EndReason): AbortCause {
    if (reason == EndReason.quit) return AbortCause.quit;
    if (reason == EndReason.client_close) return AbortCause.client_close;
    return this.state.firstEnd == FirstEnd.client ? AbortCause.client_close : AbortCause.server_close;
  }
}
