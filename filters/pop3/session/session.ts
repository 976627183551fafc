import { Slice } from "../../../assembly/bytes/slice";
import { ConnectionObserver } from "../../shared/session/observer";
import { From } from "../../shared/session/peers";
import { Session } from "../../shared/session/session";
import { Surroundings } from "../../shared/session/surroundings";
import { Verb } from "../wire/verbs";
import { Anomaly } from "./anomalies";
import { ClientSide } from "./client";
import { EndReason, Greeting, OpaqueCause, Outcome, Pop3Observer, TlsEvent } from "./observer";
import { ServerSide } from "./server";
import { SessionSettings } from "./settings";
import { FirstEnd, SessionState } from "./state";

/** As many bytes as there may ever be. */
const ALL: u64 = u64.MAX_VALUE;

/** First octet of a TLS alert record (RFC 8446 §5.1). */
const TLS_ALERT: i32 = 0x15;

/**
 * One POP3 connection, from the bytes of both peers to the events of an observer. It sees only the past, keeps no
 * message, and is total: any bytes in any order lead to a defined state. Reused: `begin` … `close`, again and again.
 */
@final
export class Pop3Session extends Session {
  private readonly state: SessionState;
  private readonly client: ClientSide;
  private readonly server: ServerSide;

  constructor(observer: Pop3Observer, surroundings: Surroundings, settings: SessionSettings) {
    super();
    const state = new SessionState(observer, surroundings, settings);
    const client = new ClientSide(state, settings);
    this.state = state;
    this.client = client;
    this.server = new ServerSide(state, client, settings);
  }

  get observer(): ConnectionObserver {
    return this.state.observer;
  }

  begin(): void {
    this.client.begin();
    this.server.begin();
    this.state.begin();
  }

  read(from: From, input: Slice): void {
    if (from == From.client) this.onClientBytes(input);
    else this.onServerBytes(input);
  }

  skips(from: From): u64 {
    if (!this.state.isOpaque) return 0;
    return from == From.server && this.state.awaitsAlert ? 0 : ALL;
  }

  skip(from: From, count: u64): void {
    this.state.observer.opaqueBytes(from, count);
  }

  lose(from: From, count: u64): void {
    this.state.goOpaque(OpaqueCause.desync);
    this.release();
    this.state.observer.opaqueBytes(from, count);
  }

  end(from: From): void {
    if (!this.state.hasEnded) this.state.firstEnd = from == From.client ? FirstEnd.client : FirstEnd.server;
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

  private onClientBytes(input: Slice): void {
    const state = this.state;
    while (!state.isOpaque && !input.isEmpty) {
      this.client.read(input);
      if (this.client.wantsParkedReplies) this.server.unpark();
    }
    if (!state.isOpaque) return;
    this.release();
    if (!input.isEmpty) state.observer.opaqueBytes(From.client, <u64>input.length);
  }

  private onServerBytes(input: Slice): void {
    const state = this.state;
    if (!state.isOpaque) this.server.read(input);
    if (!state.isOpaque) return;
    this.release();
    if (input.isEmpty) return;
    state.observer.opaqueBytes(From.server, <u64>input.length);
    if (state.awaitsAlert) this.lookForAlert(input.at(0));
  }

  /** Gives all buffers back. */
  private release(): void {
    this.client.release();
    this.server.release();
    this.state.serverLimbo.clear();
  }

  private lookForAlert(first: i32): void {
    this.state.awaitsAlert = false;
    if (first == TLS_ALERT) this.state.observer.tls(TlsEvent.alert_seen);
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
