import { Slice } from "../../../assembly/bytes/slice";
import { From } from "../../shared/session/peers";
import { ClientSide } from "./client";
import { Farewell } from "./conversation";
import { EndReason, LdapObserver } from "./observer";
import { ServerSide } from "./server";
import { SessionSettings } from "./settings";
import { SessionState } from "./state";
import { Surroundings } from "../../shared/session/surroundings";

/** As many bytes as there may ever be. */
const ALL: u64 = u64.MAX_VALUE;

/**
 * One LDAP connection, from the bytes of both peers to the events of an observer. It sees only the past, keeps no
 * message, and is total: any bytes in any order lead to a defined state. Reused: `begin` … `close`, again and again.
 */
@final
export class LdapSession {
  private readonly state: SessionState;
  private readonly client: ClientSide;
  private readonly server: ServerSide;

  constructor(observer: LdapObserver, surroundings: Surroundings, settings: SessionSettings) {
    const state = new SessionState(observer, surroundings, settings);
    const client = new ClientSide(state);
    const server = new ServerSide(state);
    client.other = server;
    server.other = client;
    this.state = state;
    this.client = client;
    this.server = server;
  }

  /** A connection was accepted. */
  begin(): void {
    this.client.begin();
    this.server.begin();
    this.state.begin();
  }

  /** Bytes from the client. */
  onClientBytes(input: Slice): void {
    if (!this.state.isOpaque) {
      this.client.read(input);
      this.settle();
    }
    if (!input.isEmpty) this.state.observer.opaqueBytes(From.client, <u64>input.length);
  }

  /** Bytes from the server. */
  onServerBytes(input: Slice): void {
    if (!this.state.isOpaque) {
      this.server.read(input);
      this.settle();
    }
    if (!input.isEmpty) this.state.observer.opaqueBytes(From.server, <u64>input.length);
  }

  /** How many of the client's next bytes need not be seen at all: they may be reported by `skipClient` instead. */
  get clientSkips(): u64 {
    return this.state.isOpaque ? ALL : <u64>this.client.skips;
  }

  /** As `clientSkips`, for the server's bytes. */
  get serverSkips(): u64 {
    return this.state.isOpaque ? ALL : <u64>this.server.skips;
  }

  /** `count` bytes, at most `clientSkips`, passed without being fetched. */
  skipClient(count: u64): void {
    if (this.state.isOpaque) {
      this.state.observer.opaqueBytes(From.client, count);
      return;
    }
    this.client.skip(<u32>count);
    this.settle();
  }

  /** `count` bytes, at most `serverSkips`, passed without being fetched. */
  skipServer(count: u64): void {
    if (this.state.isOpaque) {
      this.state.observer.opaqueBytes(From.server, count);
      return;
    }
    this.server.skip(<u32>count);
    this.settle();
  }

  /** The last word of a peer, which is the reason of the end if there was one (rule 1). */
  get farewell(): Farewell {
    return this.state.conversation.farewell;
  }

  /** The connection is closed. `otherwise`: the reason where no peer said that it ends. */
  close(otherwise: EndReason): void {
    const state = this.state;
    if (!state.isOpaque) state.conversation.outstanding.endAll();
    this.client.release();
    this.server.release();
    state.reporter.release();
    state.observer.connectionEnded(this.reason(otherwise));
  }

  /** When the connection has become opaque: what was read of units that are not complete is opaque, too (rule 3). */
  private settle(): void {
    const state = this.state;
    if (!state.isOpaque) return;
    this.client.release();
    this.server.release();
    if (this.client.pending > 0) state.observer.opaqueBytes(From.client, this.client.pending);
    if (this.server.pending > 0) state.observer.opaqueBytes(From.server, this.server.pending);
  }

  private reason(otherwise: EndReason): EndReason {
    const farewell = this.farewell;
    if (farewell == Farewell.unbind) return EndReason.unbind;
    return farewell == Farewell.notice ? EndReason.notice : otherwise;
  }
}
