import { AnomalyLedger } from "../../shared/session/anomalyledger";
import { ClientTls } from "../../shared/session/clienttls";
import { Surroundings } from "../../shared/session/surroundings";
import { Anomaly } from "../wire/anomalies";
import { LdapObserver } from "./observer";

/** Every kind of anomaly counts as often as it occurs, within the cap. */
const NONE_ONCE: u64 = 0;

/** What the parts of a session report through, so that no connection counts more than it may. */
@final
export class Reporter {
  private readonly ledger: AnomalyLedger = new AnomalyLedger(NONE_ONCE);
  readonly tls: ClientTls;

  constructor(
    readonly observer: LdapObserver,
    readonly surroundings: Surroundings,
  ) {
    this.tls = new ClientTls(surroundings);
  }

  begin(): void {
    this.tls.begin();
  }

  /** One occurrence, within the cap of a connection. */
  anomaly(kind: Anomaly): void {
    if (this.ledger.admit(kind)) this.observer.anomaly(kind);
  }

  /** The connection is over: gives back what is held for it. */
  release(): void {
    this.ledger.clear();
  }
}
