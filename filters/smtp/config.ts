import { words } from "../../assembly/bytes/words";
import { IntegerTable, Settings } from "../../assembly";
import { FilterConfig, KIB, MAX_CONNECTIONS, MIB, readThresholds } from "../shared/config";
import { VERBS } from "./wire/verbs";
import { Speaks } from "./session/hello";
import { SessionSettings } from "./session/settings";

/** Values of `dialect`, in the order of `Speaks`. */
const DIALECTS: string[] = words("auto smtp lmtp");

/** RFC 5321 §4.5.3.1.4: a command line has at most 512 octets. */
const MIN_LINE_BYTES: i64 = 512;
/** What the most generous servers take. */
const MAX_LINE_BYTES: i64 = 64 * KIB;
const MIN_PIPELINE: i64 = 2;
const MAX_PIPELINE: i64 = 65_535;
const MIN_LIMBO_BYTES: i64 = 1 * KIB;
const MAX_LIMBO_BYTES: i64 = 1 * MIB;

/** A configuration of `heirloom.smtp`: keys, ranges and defaults of docs/smtp.md. */
export class SmtpConfig extends FilterConfig {
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
      <i32>limits.integer("line_bytes", 2_048, MIN_LINE_BYTES, MAX_LINE_BYTES),
      <u32>limits.integer("pipeline", 1_024, MIN_PIPELINE, MAX_PIPELINE),
      <i32>limits.integer("limbo_bytes", 16 * KIB, MIN_LIMBO_BYTES, MAX_LIMBO_BYTES),
    );
    session.speaks = <Speaks>settings.choice("dialect", DIALECTS, Speaks.auto);
    this.session = session;
    session.allowsProxy = this.allowsProxy;
  }
}
