import { AnomalyLedger, MAX_PER_KIND } from "./anomalyledger";
import { Surroundings } from "./surroundings";

/** Whether the proxy encrypts the client's side. */
const enum ProxyTls {
  unasked,
  yes,
  no,
}

/** What the parts of a session report through, so that no connection counts more than it may. */
export abstract class ConnectionReporter {
  private readonly ledger: AnomalyLedger = new AnomalyLedger();
  private proxyTls: ProxyTls = ProxyTls.unasked;

  /** The protocol's own TLS was started, though what is read is in clear: it ends between client and filter. */
  isTlsEndedBefore: bool = false;

  constructor(readonly surroundings: Surroundings) {}

  begin(): void {
    this.ledger.clear();
    this.isTlsEndedBefore = false;
    this.proxyTls = ProxyTls.unasked;
  }

  /** Whether neither the proxy nor the protocol encrypts the client's side. The proxy is asked once per connection. */
  get isInClear(): bool {
    if (this.isTlsEndedBefore) return false;
    if (this.proxyTls == ProxyTls.unasked) {
      this.proxyTls = this.surroundings.isEncrypted() ? ProxyTls.yes : ProxyTls.no;
    }
    return this.proxyTls == ProxyTls.no;
  }

  /** The connection is over: gives back what is held for it. */
  release(): void {
    this.ledger.clear();
  }

  /** Whether one more anomaly of this kind counts, of which a connection may show `cap`. */
  protected admits(kind: i32, cap: u16 = MAX_PER_KIND): bool {
    return this.ledger.admit(kind, cap);
  }
}
