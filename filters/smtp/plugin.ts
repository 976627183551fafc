import { NetworkFilter, Plugin, Stats, Verbosity } from "../../assembly";
import { SmtpConfig } from "./config";
import { SmtpFilter } from "./filter";
import { prepareCodes } from "./labels";
import { SmtpMetrics } from "./metrics";
import { SmtpStats } from "./stats";

/** What the connections of one configuration share. */
export class SmtpPlugin extends Plugin {
  readonly stats: SmtpStats;
  /** Sessions that are being read now. */
  reading: i32 = 0;

  constructor(readonly config: SmtpConfig) {
    super();
    prepareCodes();
    const registry = Stats.of("smtp", config.statPrefix, config.verbosity, config.metrics);
    const metrics = new SmtpMetrics(registry, config.thresholds !== null);
    const timesCommands = config.verbosity >= Verbosity.standard || config.thresholds !== null;
    this.stats = new SmtpStats(metrics, config.thresholds, timesCommands);
  }

  newFilter(): NetworkFilter {
    return new SmtpFilter(this);
  }

  onDone(): void {
    this.config.session.dispose();
    this.stats.dispose();
  }
}
