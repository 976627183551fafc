import { NetworkFilter, Plugin, Stats } from "../../assembly";
import { Admission } from "../shared/admission";
import { LdapConfig } from "./config";
import { LdapFilter } from "./filter";
import { prepareTables } from "./labels";
import { LdapMetrics } from "./metrics";
import { RecordFrame } from "../shared/record/frame";
import { UnreadFrame } from "../shared/record/unread";
import { LdapRecorder } from "./record/recorder";
import { LdapStats } from "./stats";

/** Linear memory of a connection without what it takes from pools, for the budget. */
const CONNECTION_BYTES: u64 = 640;

/** What a record adds to it. */
const RECORD_BYTES: u64 = 1_536;

/** What the connections of one configuration share. */
export class LdapPlugin extends Plugin {
  readonly stats: LdapStats;
  /** What connections report to that are not read: one for all of them. */
  readonly unread: LdapStats;
  readonly admission: Admission;

  constructor(readonly config: LdapConfig) {
    super();
    prepareTables();
    const bytes = config.identifier === null ? CONNECTION_BYTES : CONNECTION_BYTES + RECORD_BYTES;
    this.admission = new Admission(config.connections, bytes);
    const registry = Stats.of("ldap", config.statPrefix, config.verbosity, config.metrics);
    const stats = new LdapStats(new LdapMetrics(registry, config.thresholds !== null), config.thresholds);
    this.stats = stats;
    const identifier = config.identifier;
    this.unread = identifier === null ? stats : new LdapRecorder(stats, identifier, new UnreadFrame());
  }

  newFilter(): NetworkFilter {
    return new LdapFilter(this);
  }

  /** What a session reports to: the metrics, and with `access_log.record` its own record, too. */
  newObserver(): LdapStats {
    const identifier = this.config.identifier;
    return identifier === null ? this.stats : new LdapRecorder(this.stats, identifier, new RecordFrame());
  }

  onDone(): void {
    this.admission.dispose();
  }
}
