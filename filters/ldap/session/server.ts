import { From } from "../../shared/session/peers";
import { Anomaly } from "../wire/anomalies";
import { Message } from "../wire/message";
import { Opening, Seek } from "../wire/opening";
import { Turn } from "./conversation";
import { Side } from "./side";
import { SessionState } from "./state";

/** The server's bytes: responses. */
@final
export class ServerSide extends Side {
  constructor(state: SessionState) {
    super(state, From.server);
  }

  protected take(message: Message): Turn {
    return this.state.conversation.response(message);
  }

  protected get seek(): u32 {
    return Seek.tls;
  }

  protected judge(opening: Opening): bool {
    const isTls = opening == Opening.handshake || opening == Opening.record;
    this.state.lose(isTls && this.state.hasSpoken ? Anomaly.tls_on_plain : Anomaly.bad_tag);
    return false;
  }

  protected goOn(_isBehindTls: bool): void {
    // What the client does decides what StartTLS came to.
  }
}
