import { From } from "../../shared/session/peers";
import { Anomaly } from "../wire/anomalies";
import { Message } from "../wire/message";
import { Opening, Seek } from "../wire/opening";
import { Turn } from "./conversation";
import { OpaqueCause, StartTlsEvent } from "./observer";
import { Side } from "./side";
import { SessionState } from "./state";

/** The client's bytes: requests, and what may come before the first of them. */
@final
export class ClientSide extends Side {
  /** A PROXY preamble may still come. */
  private allowsProxy: bool = false;
  /** A message was read. */
  private hasRequested: bool = false;

  constructor(state: SessionState) {
    super(state, From.client);
  }

  begin(): void {
    super.begin();
    this.allowsProxy = this.state.settings.allowsProxy;
    this.hasRequested = false;
  }

  protected take(message: Message): Turn {
    this.hasRequested = true;
    return this.state.conversation.request(message);
  }

  protected get seek(): u32 {
    return this.allowsProxy && !this.hasRequested ? Seek.http | Seek.proxy : Seek.http;
  }

  protected judge(opening: Opening): bool {
    switch (opening) {
      case Opening.proxyV1:
      case Opening.proxyV2:
        this.allowsProxy = false;
        this.state.observer.proxyPreamble(opening == Opening.proxyV1 ? 1 : 2);
        return true;
      case Opening.handshake:
        this.shakeHands();
        return false;
      case Opening.record:
        this.state.lose(this.state.hasSpoken ? Anomaly.tls_on_plain : Anomaly.bad_tag);
        return false;
      case Opening.http:
        this.state.lose(Anomaly.http_on_ldap);
        return false;
      default:
        this.state.lose(Anomaly.bad_tag);
        return false;
    }
  }

  protected goOn(isBehindTls: bool): void {
    this.state.conversation.outstanding.clientGoesOn();
    if (isBehindTls) this.state.observer.startTls(StartTlsEvent.continued_in_clear);
  }

  /** TLS from the start, or before StartTLS was answered, or where nobody asked for it (rule 4). */
  private shakeHands(): void {
    const state = this.state;
    const isAsked = this.peeksTls || state.conversation.outstanding.awaitsStartTls;
    if (isAsked) state.goOpaque(OpaqueCause.starttls);
    else if (!this.hasRequested) state.goOpaque(OpaqueCause.tls_first);
    else state.lose(Anomaly.tls_on_plain);
  }
}
