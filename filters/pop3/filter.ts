import { Peer } from "../../assembly";
import { Refusal } from "../shared/admission";
import { byEnd, EndedBy } from "../shared/ending";
import { ConnectionFilter } from "../shared/filter";
import { ProxySurroundings } from "../shared/proxysurroundings";
import { ConnectionObserver } from "../shared/session/observer";
import { Pop3Plugin } from "./plugin";
import { Cap, EndReason, Greeting, OpaqueCause, Outcome } from "./session/observer";
import { Pop3Session } from "./session/session";
import { Verb } from "./wire/verbs";

/** One connection: hands the bytes of both peers to its session. */
@final
export class Pop3Filter extends ConnectionFilter<Pop3Session> {
  constructor(private readonly plugin: Pop3Plugin) {
    super(plugin.admission);
  }

  protected get shared(): ConnectionObserver {
    return this.plugin.unread;
  }

  protected makeSession(): Pop3Session {
    const plugin = this.plugin;
    return new Pop3Session(plugin.newObserver(), SURROUNDINGS, plugin.config.session);
  }

  protected refuse(refusal: Refusal): void {
    const unread = this.plugin.unread;
    unread.sessionStarted();
    unread.limitReached(refusal == Refusal.connections ? Cap.sessions : Cap.memory);
    unread.becameOpaque(OpaqueCause.limit);
    unread.commandUnanswered(Verb.connect);
    unread.greeted(Greeting.none);
  }

  protected close(session: Pop3Session, peer: Peer): void {
    session.close(reasonOf(this.ending.by(peer)));
  }

  protected closeUnread(_peer: Peer): void {
    this.plugin.unread.sessionEnded(EndReason.desync, Outcome.unread, 0, 0);
  }
}

const SURROUNDINGS = new ProxySurroundings();

/** The reason, where the session itself gave none. */
function reasonOf(by: EndedBy): EndReason {
  return byEnd<EndReason>(
    by,
    EndReason.client_close,
    EndReason.server_close,
    EndReason.upstream_unreachable,
    EndReason.proxy_close,
  );
}
