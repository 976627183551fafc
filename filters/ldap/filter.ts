import { Peer } from "../../assembly";
import { Refusal } from "../shared/admission";
import { byEnd, EndedBy } from "../shared/ending";
import { ConnectionFilter } from "../shared/filter";
import { ProxySurroundings } from "../shared/proxysurroundings";
import { ConnectionObserver } from "../shared/session/observer";
import { LdapPlugin } from "./plugin";
import { Farewell } from "./session/conversation";
import { Cap, EndReason, OpaqueCause } from "./session/observer";
import { LdapSession } from "./session/session";

/** One connection: hands the bytes of both peers to its session. */
@final
export class LdapFilter extends ConnectionFilter<LdapSession> {
  constructor(private readonly plugin: LdapPlugin) {
    super(plugin.admission);
  }

  protected get shared(): ConnectionObserver {
    return this.plugin.unread;
  }

  protected makeSession(): LdapSession {
    const plugin = this.plugin;
    return new LdapSession(plugin.newObserver(), SURROUNDINGS, plugin.config.session);
  }

  protected refuse(refusal: Refusal): void {
    const unread = this.plugin.unread;
    unread.connectionStarted();
    unread.limitReached(refusal == Refusal.connections ? Cap.connections : Cap.memory);
    unread.becameOpaque(OpaqueCause.limit);
  }

  protected close(session: LdapSession, peer: Peer): void {
    const isToldBySession = session.farewell != Farewell.none;
    session.close(isToldBySession ? EndReason.client_close : this.reason(peer));
  }

  protected closeUnread(peer: Peer): void {
    this.plugin.unread.connectionEnded(this.reason(peer));
  }

  /** Why a connection closed where no peer said that it would (rule 1). */
  private reason(peer: Peer): EndReason {
    const endedBy = this.ending.by(peer);
    // A directory that is down is no health check, though Envoy then reads no byte of the client's.
    if (this.ending.isEmpty && endedBy != EndedBy.unreachable) return EndReason.empty;
    return byEnd<EndReason>(
      endedBy,
      EndReason.client_close,
      EndReason.server_close,
      EndReason.upstream_unreachable,
      EndReason.proxy_close,
    );
  }
}

const SURROUNDINGS = new ProxySurroundings();
