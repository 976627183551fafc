import { Anomaly } from "../wire/anomalies";
import { AnomalyLedger, LEDGERS } from "./ledger";
import { LdapObserver } from "./observer";
import { Surroundings } from "./surroundings";

/** Whether the proxy encrypts the client's side. */
const enum ProxyTls {
  unasked,
  yes,
  no,
}

/** What the parts of a session report through, so that no connection counts more than it may. */
@final
export class Reporter {
  /** Null until the first anomaly. */
  private ledger: AnomalyLedger | null = null;
  private proxyTls: ProxyTls = ProxyTls.unasked;

  /** StartTLS was accepted: what is read in clear behind it is encrypted further out. */
  isTlsStarted: bool = false;

  constructor(
    readonly observer: LdapObserver,
    readonly surroundings: Surroundings,
  ) {}

  begin(): void {
    this.isTlsStarted = false;
    this.proxyTls = ProxyTls.unasked;
  }

  /** Whether neither the proxy nor StartTLS encrypts the client's side. The proxy is asked once per connection. */
  get isInClear(): bool {
    if (this.isTlsStarted) return false;
    if (this.proxyTls == ProxyTls.unasked) {
      this.proxyTls = this.surroundings.isEncrypted() ? ProxyTls.yes : ProxyTls.no;
    }
    return this.proxyTls == ProxyTls.no;
  }

  /** One occurrence, within the cap of a connection. */
  anomaly(kind: Anomaly): void {
    let ledger = this.ledger;
    if (ledger === null) {
      ledger = LEDGERS.take();
      if (ledger === null) return;
      ledger.clear();
      this.ledger = ledger;
    }
    if (ledger.admit(kind)) this.observer.anomaly(kind);
  }

  /** The connection is over: gives back what is held for it. */
  release(): void {
    const ledger = this.ledger;
    if (ledger !== null) LEDGERS.give(ledger);
    this.ledger = null;
  }
}
