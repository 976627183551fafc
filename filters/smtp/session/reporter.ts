import { AnomalyLedger } from "../../shared/session/anomalyledger";
import { ClientTls } from "../../shared/session/clienttls";
import { Surroundings } from "../../shared/session/surroundings";
import { bitOf, Extension } from "../wire/extensions";
import { Anomaly, ONCE_PER_SESSION } from "./anomalies";
import { SmtpObserver } from "./observer";

/** What the parts of a session report through, so that what counts once is counted once. */
@final
export class Reporter {
  private readonly ledger: AnomalyLedger = new AnomalyLedger(ONCE_PER_SESSION);
  private used: u32 = 0;
  readonly tls: ClientTls;

  constructor(
    readonly observer: SmtpObserver,
    readonly surroundings: Surroundings,
  ) {
    this.tls = new ClientTls(surroundings);
  }

  begin(): void {
    this.ledger.clear();
    this.used = 0;
    this.tls.begin();
  }

  /** One occurrence, within the caps of a session. */
  anomaly(kind: Anomaly): void {
    if (this.ledger.admit(kind)) this.observer.anomaly(kind);
  }

  /** An extension that counts once per session (rule 30). */
  usedOnce(extension: Extension): void {
    const bit = bitOf(extension);
    if ((this.used & bit) != 0) return;
    this.used |= bit;
    this.observer.extensionUsed(extension);
  }
}
