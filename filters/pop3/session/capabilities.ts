import { Slice } from "../../../assembly/bytes/slice";
import { bitOf, Extension, extensionOf, looksMasked } from "../wire/extensions";
import { Anomaly } from "./anomalies";
import { TlsEvent } from "./observer";
import { Reporter } from "./reporter";

/** What a server said that it can do (RFC 2449 §5). */
@final
export class Capabilities {
  /** Some reply to CAPA offered STLS. */
  everOfferedStls: bool = false;
  /** A reply to CAPA came. */
  isKnown: bool = false;
  /** Those of the last reply to CAPA, as `bitOf` bits. */
  private offers: u32 = 0;
  private coming: u32 = 0;

  constructor(private readonly reporter: Reporter) {}

  begin(): void {
    this.everOfferedStls = false;
    this.isKnown = false;
    this.offers = 0;
    this.coming = 0;
  }

  isOffered(extension: Extension): bool {
    return (this.offers & bitOf(extension)) != 0;
  }

  /** A line of the reply to CAPA. */
  read(line: Slice): void {
    this.coming |= bitOf(extensionOf(line));
    if (looksMasked(line)) this.reporter.anomaly(Anomaly.starttls_stripped_suspected);
  }

  /** The reply is complete. */
  accept(): void {
    this.offers = this.coming;
    this.coming = 0;
    this.isKnown = true;
    this.reporter.observer.extensionsOffered(this.offers);
    if (this.everOfferedStls || !this.isOffered(Extension.stls)) return;
    this.everOfferedStls = true;
    this.reporter.observer.tls(TlsEvent.offered);
  }
}
