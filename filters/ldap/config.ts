import { words } from "../../assembly/bytes/words";
import { Budget, IntegerTable, Settings, Slice, Text, VERBOSITIES, Verbosity } from "../../assembly";
import { DEFAULT_MEMORY_BYTES } from "../../assembly/bytes/budget";
import { DEFAULT_LAZY_LIMIT } from "../../assembly/host/stats";
import { HmacSha256 } from "../../assembly/bytes/sha256";
import { Identifier, IDENTITIES, Identities } from "../shared/record/identities";
import { SessionSettings } from "./session/settings";
import { MAX_DEPTH } from "./wire/filter";
import { OPERATIONS } from "./wire/operations";

/** Values of `proxy_protocol`. */
const PROXY_PROTOCOL: string[] = words("auto never");

/** More than the block of SHA-256 has is hashed down anyway (RFC 2104 §2). */
const MAX_HASH_KEY_BYTES: i32 = 256;

/** An hour: longer than servers let a search take. */
const MAX_THRESHOLD_MS: i64 = 3_600_000;

const KIB: i64 = 1_024;
const MIB: i64 = 1_024 * KIB;

/** Least that a VM needs to serve a handful of connections. */
const MIN_MEMORY_BYTES: i64 = 4 * MIB;
/** Half of the 1 GiB that Envoy gives a module: growth doubles, and a refused growth is a trap. */
const MAX_MEMORY_BYTES: i64 = 512 * MIB;
/** A metric takes some 300 bytes in Envoy, for ever. */
const MAX_METRICS: i64 = 100_000;
const MAX_CONNECTIONS: i64 = 1_000_000;
/** Sixteen times what slapd allows; all under one ID, each response has to look at all of them. */
const MAX_OPERATIONS: i64 = 16_384;
/** Less than any server's own limit. */
const MIN_MESSAGE_BYTES: i64 = 4 * KIB;
/** Offsets inside a message leave two bits to the filter's stack. */
const MAX_MESSAGE_BYTES: i64 = 512 * MIB;
const MAX_NODES: i64 = 1_000_000;

/** A configuration of `heirloom.ldap`: keys, ranges and defaults of configuration.md. */
export class LdapConfig {
  readonly statPrefix: string;
  readonly verbosity: Verbosity;
  /** Milliseconds by operation; null where no threshold is configured. */
  readonly thresholds: IntegerTable | null;
  /** Metrics that may be defined on first use. */
  readonly metrics: i32;
  /** Connections that are read at the same time. */
  readonly connections: i32;
  readonly session: SessionSettings;
  /** What the access-log record shows of bind names; null without a record. */
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
    this.connections = <i32>limits.integer("connections", 100_000, 1, MAX_CONNECTIONS);
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
  const session = new SessionSettings();
  session.operations = <u32>limits.integer("operations", 1_024, 1, MAX_OPERATIONS);
  session.messageBytes = <u32>limits.integer("message_bytes", 64 * MIB, MIN_MESSAGE_BYTES, MAX_MESSAGE_BYTES);
  session.depth = <i32>limits.integer("depth", 64, 1, MAX_DEPTH);
  session.nodes = <i32>limits.integer("nodes", 10_000, 1, MAX_NODES);
  session.allowsProxy = settings.choice("proxy_protocol", PROXY_PROTOCOL, 0) == 0;
  return session;
}

/** `slow_operations_ms`: thresholds by operation; `default` stands for those that are not named. */
function readThresholds(settings: Settings): IntegerTable | null {
  if (!settings.has("slow_operations_ms")) return null;
  const given = settings.object("slow_operations_ms");
  const otherwise = given.integer("default", 0, 1, MAX_THRESHOLD_MS);
  const thresholds = new IntegerTable(OPERATIONS.length);
  for (let op = 0; op < OPERATIONS.length; op++) {
    thresholds.set(op, given.integer(unchecked(OPERATIONS[op]), otherwise, 1, MAX_THRESHOLD_MS));
  }
  return thresholds;
}
