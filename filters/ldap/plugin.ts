import { Budget, NetworkFilter, Plugin, Stats } from "../../assembly";
import { LdapConfig } from "./config";
import { LdapFilter } from "./filter";
import { prepareTables } from "./labels";
import { LdapMetrics } from "./metrics";
import { LdapRecorder } from "./record/recorder";
import { LdapStats } from "./stats";

/** Linear memory of a connection without what it takes from pools, for the budget. */
const CONNECTION_BYTES: u64 = 640;

/** What a record adds to it. */
const RECORD_BYTES: u64 = 1_536;

/** What the connections of one configuration share. */
export class LdapPlugin extends Plugin {
  readonly stats: LdapStats;
  private connectionMemory: u64 = 0;
  /** Connections that are being read now. */
  reading: i32 = 0;

  constructor(readonly config: LdapConfig) {
    super();
    prepareTables();
    const registry = Stats.of("ldap", config.statPrefix, config.verbosity, config.metrics);
    this.stats = new LdapStats(new LdapMetrics(registry, config.thresholds !== null), config.thresholds);
  }

  newFilter(): NetworkFilter {
    return new LdapFilter(this);
  }

  /** Takes the memory of one more connection from the VM's budget, to be kept until the configuration goes. */
  takeConnectionMemory(): bool {
    const wanted = this.config.identifier === null ? CONNECTION_BYTES : CONNECTION_BYTES + RECORD_BYTES;
    if (!Budget.take(wanted)) return false;
    this.connectionMemory += wanted;
    return true;
  }

  /** What a session reports to: the metrics, and with `access_log.record` its own record, too. */
  newObserver(): LdapStats {
    const identifier = this.config.identifier;
    return identifier === null ? this.stats : new LdapRecorder(this.stats, identifier);
  }

  onDone(): void {
    Budget.giveBack(this.connectionMemory);
    this.connectionMemory = 0;
  }
}
