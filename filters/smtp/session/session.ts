import { Slice } from "../../../assembly/bytes/slice";
import { ConnectionObserver } from "../../shared/session/observer";
import { From } from "../../shared/session/peers";
import { Session } from "../../shared/session/session";
import { Extension } from "../wire/extensions";
import { Verb } from "../wire/verbs";
import { Anomaly } from "./anomalies";
import { ClientSide } from "./client";
import { AbortCause, EndReason, Greeting, OpaqueCause, SmtpObserver, TlsEvent } from "./observer";
import { ServerSide } from "./server";
import { SessionSettings } from "./settings";
import { FirstEnd, SessionState } from "./state";
import { Surroundings } from "../../shared/session/surroundings";

/** As many bytes as there may ever be. */
const ALL: u64 = u64.MAX_VALUE;

/** First octet of a TLS alert record (RFC 8446 §5.1). */
const TLS_ALERT: i32 = 0x15;

/**
 * One SMTP connection, from the bytes of both peers to the events of an observer. It sees only the past, keeps no
 * message, and is total: any bytes in any order lead to a defined state. Reused: `begin` … `close`, again and again.
 */
@final
export class SmtpSession extends Session {
  private readonly state: SessionState;
  private readonly client: ClientSide;
  private readonly server: ServerSide;

  constructor(observer: SmtpObserver, surroundings: Surroundings, settings: SessionSettings) {
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

  /** Bytes from the client. */
  onClientBytes(input: Slice): void {
    const state = this.state;
    while (!state.isOpaque && !input.isEmpty) {
      this.client.read(input);
      if (this.client.wantsParkedReplies) this.server.unpark();
    }
    if (!state.isOpaque) return;
    this.release();
    if (!input.isEmpty) state.observer.opaqueBytes(From.client, <u64>input.length);
  }

  /** Bytes from the server. */
  onServerBytes(input: Slice): void {
    const state = this.state;
    if (!state.isOpaque) this.server.read(input);
    if (!state.isOpaque) return;
    this.release();
    if (input.isEmpty) return;
    state.observer.opaqueBytes(From.server, <u64>input.length);
    if (state.awaitsAlert) this.lookForAlert(input.at(0));
  }

  skips(from: From): u64 {
    if (!this.state.isOpaque) return from == From.client ? this.client.skips : 0;
    return from == From.server && this.state.awaitsAlert ? 0 : ALL;
  }

  skip(from: From, count: u64): void {
    if (this.state.isOpaque) this.state.observer.opaqueBytes(from, count);
    else this.client.skip(count);
  }

  lose(from: From, count: u64): void {
    this.state.goOpaque(OpaqueCause.desync);
    this.release();
    this.state.observer.opaqueBytes(from, count);
  }

  end(from: From): void {
    if (!this.state.hasEnded) this.state.firstEnd = from == From.client ? FirstEnd.client : FirstEnd.server;
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
