import { ConnectionReporter } from "../../shared/session/reporter";
import { Surroundings } from "../../shared/session/surroundings";
import { Anomaly } from "../wire/anomalies";
import { LdapObserver } from "./observer";

/** What the parts of a session report through, so that no connection counts more than it may. */
@final
export class Reporter extends ConnectionReporter {
  constructor(
    readonly observer: LdapObserver,
    surroundings: Surroundings,
  ) {
    super(surroundings);
  }

  /** One occurrence, within the cap of a connection. */
  anomaly(kind: Anomaly): void {
    if (this.admits(kind)) this.observer.anomaly(kind);
  }
}
