import { Slice } from "../../../assembly/bytes/slice";
import { ClientHalf, ServerHalf } from "./halves";
import { LineState } from "./linestate";
import { ConnectionObserver } from "./observer";
import { From } from "./peers";
import { Session } from "./session";

/** As many bytes as there may ever be. */
const ALL: u64 = u64.MAX_VALUE;

/** First octet of a TLS alert record (RFC 8446 §5.1). */
const TLS_ALERT: i32 = 0x15;

/** One connection of a protocol of lines and replies: who reads which bytes, and what becomes of those nobody reads. */
export abstract class LineSession<
  S extends LineState,
  C extends ClientHalf<S>,
  V extends ServerHalf<S>,
> extends Session {
  constructor(
    protected readonly state: S,
    protected readonly client: C,
    protected readonly server: V,
  ) {
    super();
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
    this.state.loseStep();
    this.stopReading();
    this.state.observer.opaqueBytes(from, count);
  }

  end(from: From): void {
    this.state.ended(from);
  }

  /** Gives all buffers back. */
  protected release(): void {
    this.client.release();
    this.server.release();
    this.state.serverLimbo.clear();
  }

  private onClientBytes(input: Slice): void {
    const state = this.state;
    while (!state.isOpaque && !input.isEmpty) {
      this.client.read(input);
      if (this.client.wantsParkedReplies) this.server.unpark();
    }
    if (!state.isOpaque) return;
    this.stopReading();
    if (!input.isEmpty) state.observer.opaqueBytes(From.client, <u64>input.length);
  }

  private onServerBytes(input: Slice): void {
    const state = this.state;
    if (!state.isOpaque) this.server.read(input);
    if (!state.isOpaque) return;
    this.stopReading();
    if (input.isEmpty) return;
    state.observer.opaqueBytes(From.server, <u64>input.length);
    if (state.awaitsAlert) this.lookForAlert(input.at(0));
  }

  /** The session is opaque: what is held passes unread, once. */
  private stopReading(): void {
    this.client.passHeld();
    this.server.passHeld();
    this.release();
  }

  private lookForAlert(first: i32): void {
    this.state.awaitsAlert = false;
    if (first == TLS_ALERT) this.state.alertSeen();
  }
}
