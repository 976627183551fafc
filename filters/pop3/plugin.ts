import { NetworkFilter, Plugin, Stats } from "../../assembly";
import { Admission } from "../shared/admission";
import { Pop3Config } from "./config";
import { Pop3Filter } from "./filter";
import { prepareTables } from "./labels";
import { Pop3Metrics } from "./metrics";
import { RecordFrame } from "../shared/record/frame";
import { UnreadFrame } from "../shared/record/unread";
import { Pop3Recorder } from "./record/recorder";
import { Pop3Stats } from "./stats";

/** Linear memory of a session at rest, for the budget; a test holds it to what is measured. */
const SESSION_BYTES: u64 = 1_216;

/** What a record adds to it. */
const RECORD_BYTES: u64 = 928;

/** What the connections of one configuration share. */
export class Pop3Plugin extends Plugin {
  readonly stats: Pop3Stats;
  /** What sessions report to that are not read: one for all of them. */
  readonly unread: Pop3Stats;
  readonly admission: Admission;

  constructor(readonly config: Pop3Config) {
    super();
    prepareTables();
    const bytes = config.identifier === null ? SESSION_BYTES : SESSION_BYTES + RECORD_BYTES;
    this.admission = new Admission(config.sessions, bytes);
    const registry = Stats.of("pop3", config.statPrefix, config.verbosity, config.metrics);
    const stats = new Pop3Stats(new Pop3Metrics(registry, config.thresholds !== null), config.thresholds);
    this.stats = stats;
    const identifier = config.identifier;
    this.unread = identifier === null ? stats : new Pop3Recorder(stats, identifier, new UnreadFrame());
  }

  newFilter(): NetworkFilter {
    return new Pop3Filter(this);
  }

  /** What a session reports to: the metrics, and with `access_log.record` its own record, too. */
  newObserver(): Pop3Stats {
    const identifier = this.config.identifier;
    return identifier === null ? this.stats : new Pop3Recorder(this.stats, identifier, new RecordFrame());
  }

  onDone(): void {
    this.config.session.dispose();
    this.admission.dispose();
  }
}
