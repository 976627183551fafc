import { IntegerTable, Settings } from "../../assembly";
import { FilterConfig, KIB, MAX_CONNECTIONS, MIB, readThresholds } from "../shared/config";
import { SessionSettings } from "./session/settings";
import { VERBS } from "./wire/verbs";

/** RFC 2449 §4: a command line has at most 255 octets. */
const MIN_LINE_BYTES: i64 = 255;
/** More than any server takes. */
const MAX_LINE_BYTES: i64 = 64 * KIB;
const MIN_PIPELINE: i64 = 2;
const MAX_PIPELINE: i64 = 65_535;
const MIN_LIMBO_BYTES: i64 = 1 * KIB;
const MAX_LIMBO_BYTES: i64 = 1 * MIB;

/** A configuration of `heirloom.pop3`: keys, ranges and defaults of docs/pop3.md. */
export class Pop3Config extends FilterConfig {
  /** Milliseconds by verb; null where no threshold is configured. */
  readonly thresholds: IntegerTable | null;
  /** Sessions that are read at the same time. */
  readonly sessions: i32;
  readonly session: SessionSettings;

  constructor(settings: Settings) {
    super(settings);
    this.thresholds = readThresholds(settings, "slow_commands_ms", VERBS);
    const limits = settings.object("limits");
    this.sessions = <i32>limits.integer("sessions", 100_000, 1, MAX_CONNECTIONS);
    const session = new SessionSettings(
      <i32>limits.integer("line_bytes", 1_024, MIN_LINE_BYTES, MAX_LINE_BYTES),
      // A client that empties a maildrop sends a command for each message.
      <u32>limits.integer("pipeline", 4_096, MIN_PIPELINE, MAX_PIPELINE),
      <i32>limits.integer("limbo_bytes", 16 * KIB, MIN_LIMBO_BYTES, MAX_LIMBO_BYTES),
    );
    this.session = session;
    session.allowsProxy = this.allowsProxy;
  }
}
