import { Slice } from "../../../assembly/bytes/slice";
import { ConnectionObserver } from "../../shared/session/observer";
import { From } from "../../shared/session/peers";
import { Session } from "../../shared/session/session";
import { ClientSide } from "./client";
import { Farewell } from "./conversation";
import { EndReason, LdapObserver, OpaqueCause } from "./observer";
import { ServerSide } from "./server";
import { SessionSettings } from "./settings";
import { Side } from "./side";
import { SessionState } from "./state";
import { Surroundings } from "../../shared/session/surroundings";

/** As many bytes as there may ever be. */
const ALL: u64 = u64.MAX_VALUE;

/** What lies in front of the value of an entry or a change, with room to spare: names, and who asks for it. */
const FIRST_LOOK: i32 = 1 << 10;

/**
 * One LDAP connection, from the bytes of both peers to the events of an observer. It sees only the past, keeps no
 * message, and is total: any bytes in any order lead to a defined state. Reused: `begin` … `close`, again and again.
 */
@final
export class LdapSession extends Session {
  private readonly state: SessionState;
  private readonly client: ClientSide;
  private readonly server: ServerSide;

  constructor(observer: LdapObserver, surroundings: Surroundings, settings: SessionSettings) {
    super();
    const state = new SessionState(observer, surroundings, settings);
    const client = new ClientSide(state);
    const server = new ServerSide(state);
    client.other = server;
    server.other = client;
    this.state = state;
    this.client = client;
    this.server = server;
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
    if (!this.state.isOpaque) {
      this.side(from).read(input);
      this.settle();
    }
    if (!input.isEmpty) this.state.observer.opaqueBytes(from, <u64>input.length);
  }

  skips(from: From): u64 {
    return this.state.isOpaque ? ALL : <u64>this.side(from).skips;
  }

  skip(from: From, count: u64): void {
    if (this.state.isOpaque) {
      this.state.observer.opaqueBytes(from, count);
      return;
    }
    this.side(from).skip(<u32>count);
    this.settle();
  }

  get firstLook(): i32 {
    return FIRST_LOOK;
  }

  lose(from: From, count: u64): void {
    this.state.goOpaque(OpaqueCause.desync);
    this.settle();
    this.state.observer.opaqueBytes(from, count);
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
  @inline
  private settle(): void {
    const state = this.state;
    if (!state.isOpaque) return;
    this.client.release();
    this.server.release();
    if (this.client.pending > 0) state.observer.opaqueBytes(From.client, this.client.pending);
    if (this.server.pending > 0) state.observer.opaqueBytes(From.server, this.server.pending);
  }

  private side(from: From): Side {
    if (from == From.client) return this.client;
    return this.server;
  }

  private reason(otherwise: EndReason): EndReason {
    const farewell = this.farewell;
    if (farewell == Farewell.unbind) return EndReason.unbind;
    return farewell == Farewell.notice ? EndReason.notice : otherwise;
  }
}
