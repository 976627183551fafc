import { ConnectionReporter, MAX_PER_KIND } from "../../shared/session/reporter";
import { Surroundings } from "../../shared/session/surroundings";
import { bitOf, Extension } from "../wire/extensions";
import { Anomaly, countsOnce } from "./anomalies";
import { SmtpObserver } from "./observer";

/** What the parts of a session report through, so that what counts once is counted once. */
@final
export class Reporter extends ConnectionReporter {
  private used: u32 = 0;

  constructor(
    readonly observer: SmtpObserver,
    surroundings: Surroundings,
  ) {
    super(surroundings);
  }

  begin(): void {
    super.begin();
    this.used = 0;
  }

  /** One occurrence, within the caps of a session. */
  anomaly(kind: Anomaly): void {
    if (this.admits(kind, countsOnce(kind) ? 1 : MAX_PER_KIND)) this.observer.anomaly(kind);
  }

  /** An extension that counts once per session (rule 30). */
  usedOnce(extension: Extension): void {
    const bit = bitOf(extension);
    if ((this.used & bit) != 0) return;
    this.used |= bit;
    this.observer.extensionUsed(extension);
  }
}
