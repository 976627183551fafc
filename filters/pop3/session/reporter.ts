import { ConnectionReporter, MAX_PER_KIND } from "../../shared/session/reporter";
import { Surroundings } from "../../shared/session/surroundings";
import { Anomaly, countsOnce } from "./anomalies";
import { Pop3Observer } from "./observer";

/** What the parts of a session report through, so that what counts once is counted once. */
@final
export class Reporter extends ConnectionReporter {
  constructor(
    readonly observer: Pop3Observer,
    surroundings: Surroundings,
  ) {
    super(surroundings);
  }

  /** One occurrence, within the caps of a session. */
  anomaly(kind: Anomaly): void {
    if (this.admits(kind, countsOnce(kind) ? 1 : MAX_PER_KIND)) this.observer.anomaly(kind);
  }
}
