import { NetworkFilter, Plugin, Stats, Verbosity } from "../../assembly";
import { BufferPool } from "../../assembly/bytes/buffer";
import { Admission } from "../shared/admission";
import { SmtpConfig } from "./config";
import { SmtpFilter } from "./filter";
import { prepareTables } from "./labels";
import { SmtpMetrics } from "./metrics";
import { MAX_IDENTITY_BYTES } from "../shared/record/identities";
import { SmtpRecorder } from "./record/recorder";
import { SmtpStats } from "./stats";

/** Linear memory of a session at rest, for the budget; a test holds it to what is measured. */
const SESSION_BYTES: u64 = 1_280;

/** What a record adds to it. */
const RECORD_BYTES: u64 = 5_120;

/** What the connections of one configuration share. */
export class SmtpPlugin extends Plugin {
  readonly stats: SmtpStats;
  readonly admission: Admission;
  private readonly identities: BufferPool = new BufferPool(MAX_IDENTITY_BYTES);

  constructor(readonly config: SmtpConfig) {
    super();
    prepareTables();
    const bytes = config.identifier === null ? SESSION_BYTES : SESSION_BYTES + RECORD_BYTES;
    this.admission = new Admission(config.sessions, bytes);
    const registry = Stats.of("smtp", config.statPrefix, config.verbosity, config.metrics);
    const metrics = new SmtpMetrics(registry, config.thresholds !== null);
    const timesCommands = config.verbosity >= Verbosity.standard || config.thresholds !== null;
    this.stats = new SmtpStats(metrics, config.thresholds, timesCommands);
  }

  newFilter(): NetworkFilter {
    return new SmtpFilter(this);
  }

  /** What a session reports to: the metrics, and with `access_log.record` its own record, too. */
  newObserver(): SmtpStats {
    const identifier = this.config.identifier;
    return identifier === null ? this.stats : new SmtpRecorder(this.stats, identifier, this.identities);
  }

  onDone(): void {
    this.config.session.dispose();
    this.identities.dispose();
    this.admission.dispose();
  }
}
