import { LineSession } from "../../shared/session/linesession";
import { FirstEnd } from "../../shared/session/linestate";
import { Surroundings } from "../../shared/session/surroundings";
import { Verb } from "../wire/verbs";
import { Anomaly } from "./anomalies";
import { ClientSide } from "./client";
import { EndReason, Greeting, OpaqueCause, Outcome, Pop3Observer } from "./observer";
import { ServerSide } from "./server";
import { SessionSettings } from "./settings";
import { SessionState } from "./state";

/**
 * One POP3 connection, from the bytes of both peers to the events of an observer. It sees only the past, keeps no
 * message, and is total: any bytes in any order lead to a defined state. Reused: `begin` … `close`, again and again.
 */
@final
export class Pop3Session extends LineSession<SessionState, ClientSide, ServerSide> {
  constructor(observer: Pop3Observer, surroundings: Surroundings, settings: SessionSettings) {
    const state = new SessionState(observer, surroundings, settings);
    const client = new ClientSide(state, settings);
    super(state, client, new ServerSide(state, client, settings));
  }

  /** The connection is closed. `unseen`: the reason where no end of stream was seen. */
  close(unseen: EndReason): void {
    const state = this.state;
    const conversation = state.conversation;
    const reason = this.reasonOfEnd(unseen);
    if (!state.isOpaque) {
      state.response.breakOff();
      conversation.abandon(true);
    }
    if (!conversation.isGreeted) state.observer.greeted(Greeting.none);
    this.judgeEarlyTalk();
    this.release();
    const retrieved = conversation.maildrop.retrieved;
    state.observer.sessionEnded(reason, this.outcome, retrieved, state.now - state.startedAt);
    state.reporter.release();
  }

  /** The server speaks first (RFC 1939 §3). */
  private judgeEarlyTalk(): void {
    const state = this.state;
    const cause = state.opaqueCause;
    const isPop3 = !state.isOpaque || (cause != OpaqueCause.tls_first && cause != OpaqueCause.not_pop3);
    if (this.client.isEarly && isPop3) state.reporter.anomaly(Anomaly.early_talker);
  }

  private get outcome(): Outcome {
    if (this.state.isOpaque) return Outcome.unread;
    const conversation = this.state.conversation;
    if (conversation.access.isGranted) return conversation.maildrop.outcome;
    return conversation.access.wasAttempted ? Outcome.failed : Outcome.anonymous;
  }

  /** The first that fits; behind a SASL layer the rest of the rule goes on to hold. */
  private reasonOfEnd(unseen: EndReason): EndReason {
    const state = this.state;
    if (state.isOpaque) {
      const cause = state.opaqueCause;
      if (cause == OpaqueCause.stls || cause == OpaqueCause.tls_first) return EndReason.tls;
      if (cause == OpaqueCause.not_pop3) return EndReason.not_pop3;
      if (cause == OpaqueCause.desync || cause == OpaqueCause.limit) return EndReason.desync;
    }
    const conversation = state.conversation;
    const head = conversation.expectations.head;
    if (conversation.isQuit || (head !== null && head.verb == Verb.quit)) return EndReason.quit;
    if (conversation.isGreetingRefused) return EndReason.greeting_rejected;
    if (state.isEndedByErr) return EndReason.server_err;
    if (state.firstEnd == FirstEnd.client) return EndReason.client_close;
    if (state.firstEnd == FirstEnd.server) return EndReason.server_close;
    return unseen;
  }
}
