import { bitOf, Extension } from "../wire/extensions";
import { Anomaly, AnomalyLedger } from "./anomalies";
import { SmtpObserver } from "./observer";
import { Surroundings } from "./surroundings";

/** Whether the proxy encrypts the client's side. */
const enum ProxyTls {
  unasked,
  yes,
  no,
}

/** What the parts of a session report through, so that what counts once is counted once. */
@final
export class Reporter {
  private readonly ledger: AnomalyLedger = new AnomalyLedger();
  private used: u32 = 0;
  private proxyTls: ProxyTls = ProxyTls.unasked;

  /** A hop between client and filter ended TLS behind STARTTLS: what is read is encrypted further out. */
  isTlsEndedBefore: bool = false;

  constructor(
    readonly observer: SmtpObserver,
    readonly surroundings: Surroundings,
  ) {}

  begin(): void {
    this.ledger.clear();
    this.used = 0;
    this.isTlsEndedBefore = false;
    this.proxyTls = ProxyTls.unasked;
  }

  /** Whether neither the proxy nor STARTTLS encrypts the client's side. The proxy is asked once per session. */
  get isInClear(): bool {
    if (this.isTlsEndedBefore) return false;
    if (this.proxyTls == ProxyTls.unasked) {
      this.proxyTls = this.surroundings.isEncrypted() ? ProxyTls.yes : ProxyTls.no;
    }
    return this.proxyTls == ProxyTls.no;
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
