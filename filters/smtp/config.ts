import { words } from "../../assembly/bytes/words";
import { Budget, IntegerTable, Settings, Slice, Text, VERBOSITIES, Verbosity } from "../../assembly";
import { DEFAULT_MEMORY_BYTES } from "../../assembly/bytes/budget";
import { DEFAULT_LAZY_LIMIT } from "../../assembly/host/stats";
import { HmacSha256 } from "../../assembly/bytes/sha256";
import { Identifier, IDENTITIES, Identities } from "../shared/record/identities";
import { VERBS } from "./wire/verbs";
import { Speaks } from "./session/hello";
import { SessionSettings } from "./session/settings";

/** Values of `dialect`, in the order of `Speaks`. */
const DIALECTS: string[] = words("auto smtp lmtp");

/** Values of `proxy_protocol`. */
const PROXY_PROTOCOL: string[] = words("auto never");

/** More than the block of SHA-256 has is hashed down anyway (RFC 2104 §2). */
const MAX_HASH_KEY_BYTES: i32 = 256;

/** An hour: longer than any time-out of RFC 5321 §4.5.3.2. */
const MAX_THRESHOLD_MS: i64 = 3_600_000;

const KIB: i64 = 1_024;
const MIB: i64 = 1_024 * KIB;

/** Least that a VM needs to serve a handful of sessions. */
const MIN_MEMORY_BYTES: i64 = 4 * MIB;
/** Half of the 1 GiB that Envoy gives a module: growth doubles, and a refused growth is a trap. */
const MAX_MEMORY_BYTES: i64 = 512 * MIB;
/** A metric takes some 300 bytes in Envoy, for ever. */
const MAX_METRICS: i64 = 100_000;
const MAX_SESSIONS: i64 = 1_000_000;
/** RFC 5321 §4.5.3.1.4: a command line has at most 512 octets. */
const MIN_LINE_BYTES: i64 = 512;
/** What the most generous servers take. */
const MAX_LINE_BYTES: i64 = 64 * KIB;
const MIN_PIPELINE: i64 = 2;
const MAX_PIPELINE: i64 = 65_535;
const MIN_LIMBO_BYTES: i64 = 1 * KIB;
const MAX_LIMBO_BYTES: i64 = 1 * MIB;

/** A configuration of `heirloom.smtp`: keys, ranges and defaults of configuration.md. */
export class SmtpConfig {
  readonly statPrefix: string;
  readonly verbosity: Verbosity;
  /** Milliseconds by verb; null where no threshold is configured. */
  readonly thresholds: IntegerTable | null;
  /** Metrics that may be defined on first use. */
  readonly metrics: i32;
  /** Sessions that are read at the same time. */
  readonly sessions: i32;
  readonly session: SessionSettings;
  /** What the access-log record shows of addresses; null without a record. */
  readonly identifier: Identifier | null;

  constructor(settings: Settings) {
    this.statPrefix = settings.name("stat_prefix", "default");
    this.verbosity = <Verbosity>settings.choice("verbosity", VERBOSITIES, Verbosity.standard);
    this.thresholds = readThresholds(settings);
    const limits = settings.object("limits");
    const memory = limits.integer(
      "memory_bytes",
      <i64>DEFAULT_MEMORY_BYTES,
      MIN_MEMORY_BYTES,
      MAX_MEMORY_BYTES,
    );
    Budget.limit = <u64>memory;
    this.metrics = <i32>limits.integer("metrics", DEFAULT_LAZY_LIMIT, 0, MAX_METRICS);
    this.sessions = <i32>limits.integer("sessions", 100_000, 1, MAX_SESSIONS);
    this.session = readSession(settings, limits);
    this.identifier = readAccessLog(settings.object("access_log"));
  }
}

/** `access_log`; null where no record is wanted. */
function readAccessLog(settings: Settings): Identifier | null {
  const wanted = settings.bool("record", false);
  const mode = <Identities>settings.choice("identities", IDENTITIES, Identities.omit);
  const key = settings.text("hash_key", "", MAX_HASH_KEY_BYTES);
  if (mode == Identities.hash && key.length == 0) {
    settings.error("hash_key", "a key, as identities are hashed");
    return null;
  }
  if (!wanted) return null;
  return new Identifier(mode, mode == Identities.hash ? hmacWith(key) : null);
}

function hmacWith(key: string): HmacSha256 {
  const text = Text.ofCapacity(MAX_HASH_KEY_BYTES).string(key);
  return new HmacSha256(text.toSlice(new Slice()));
}

function readSession(settings: Settings, limits: Settings): SessionSettings {
  const session = new SessionSettings(
    <i32>limits.integer("line_bytes", 2_048, MIN_LINE_BYTES, MAX_LINE_BYTES),
    <u32>limits.integer("pipeline", 1_024, MIN_PIPELINE, MAX_PIPELINE),
    <i32>limits.integer("limbo_bytes", 16 * KIB, MIN_LIMBO_BYTES, MAX_LIMBO_BYTES),
  );
  session.speaks = <Speaks>settings.choice("dialect", DIALECTS, Speaks.auto);
  session.allowsProxy = settings.choice("proxy_protocol", PROXY_PROTOCOL, 0) == 0;
  return session;
}

/** `slow_commands_ms`: thresholds by verb; `default` stands for the verbs that are not named. */
function readThresholds(settings: Settings): IntegerTable | null {
  if (!settings.has("slow_commands_ms")) return null;
  const given = settings.object("slow_commands_ms");
  const otherwise = given.integer("default", 0, 1, MAX_THRESHOLD_MS);
  const thresholds = new IntegerTable(VERBS.length);
  for (let verb = 0; verb < VERBS.length; verb++) {
    thresholds.set(verb, given.integer(unchecked(VERBS[verb]), otherwise, 1, MAX_THRESHOLD_MS));
  }
  return thresholds;
}
