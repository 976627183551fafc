import { NetworkFilter, Plugin, Stats, Verbosity } from "../../assembly";
import { BufferPool } from "../../assembly/bytes/buffer";
import { Admission } from "../shared/admission";
import { SmtpConfig } from "./config";
import { SmtpFilter } from "./filter";
import { prepareTables } from "./labels";
import { SmtpMetrics } from "./metrics";
import { RecordFrame } from "../shared/record/frame";
import { MAX_IDENTITY_BYTES } from "../shared/record/identities";
import { UnreadFrame } from "../shared/record/unread";
import { SmtpRecorder } from "./record/recorder";
import { SmtpStats } from "./stats";

/** Linear memory of a session at rest, for the budget; a test holds it to what is measured. */
const SESSION_BYTES: u64 = 1_280;

/** What a record adds to it. */
const RECORD_BYTES: u64 = 5_120;

/** What the connections of one configuration share. */
export class SmtpPlugin extends Plugin {
  readonly stats: SmtpStats;
  /** What sessions report to that are not read: one for all of them. */
  readonly unread: SmtpStats;
  readonly admission: Admission;
  private readonly identities: BufferPool;

  constructor(readonly config: SmtpConfig) {
    super();
    prepareTables();
    const bytes = config.identifier === null ? SESSION_BYTES : SESSION_BYTES + RECORD_BYTES;
    this.admission = new Admission(config.sessions, bytes);
    const registry = Stats.of("smtp", config.statPrefix, config.verbosity, config.metrics);
    const metrics = new SmtpMetrics(registry, config.thresholds !== null);
    const timesCommands = config.verbosity >= Verbosity.standard || config.thresholds !== null;
    const stats = new SmtpStats(metrics, config.thresholds, timesCommands);
    this.stats = stats;
    const identifier = config.identifier;
    const identities = new BufferPool(MAX_IDENTITY_BYTES);
    this.identities = identities;
    this.unread =
      identifier === null ? stats : new SmtpRecorder(stats, identifier, identities, new UnreadFrame());
  }

  newFilter(): NetworkFilter {
    return new SmtpFilter(this);
  }

  /** What a session reports to: the metrics, and with `access_log.record` its own record, too. */
  newObserver(): SmtpStats {
    const identifier = this.config.identifier;
    return identifier === null
      ? this.stats
      : new SmtpRecorder(this.stats, identifier, this.identities, new RecordFrame());
  }

  onDone(): void {
    this.config.session.dispose();
    this.identities.dispose();
    this.admission.dispose();
  }
}
