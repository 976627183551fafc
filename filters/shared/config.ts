import {
  Budget,
  DEFAULT_LAZY_LIMIT,
  IntegerTable,
  Settings,
  Slice,
  Text,
  VERBOSITIES,
  Verbosity,
} from "../../assembly";
import { DEFAULT_MEMORY_BYTES } from "../../assembly/bytes/budget";
import { HmacSha256 } from "../../assembly/bytes/sha256";
import { words } from "../../assembly/bytes/words";
import { Identifier, IDENTITIES, Identities } from "./record/identities";

export const KIB: i64 = 1_024;
export const MIB: i64 = 1_024 * KIB;

/** Values of `proxy_protocol`. */
const PROXY_PROTOCOL: string[] = words("auto never");

/** More than the block of SHA-256 has is hashed down anyway (RFC 2104 §2). */
const MAX_HASH_KEY_BYTES: i32 = 256;

/** An hour: longer than any time-out of RFC 5321 §4.5.3.2, and than servers let a search take. */
const MAX_THRESHOLD_MS: i64 = 3_600_000;

/** Least that a VM needs to serve a handful of connections. */
const MIN_MEMORY_BYTES: i64 = 4 * MIB;
/** Half of the 1 GiB that Envoy gives a module: growth doubles, and a refused growth is a trap. */
const MAX_MEMORY_BYTES: i64 = 512 * MIB;
/** A metric takes some 300 bytes in Envoy, for ever. */
const MAX_METRICS: i64 = 100_000;

/** More connections than one worker serves. */
export const MAX_CONNECTIONS: i64 = 1_000_000;

/** What the configurations of all filters have in common; those keys that a protocol names itself are read by it. */
export abstract class FilterConfig {
  readonly statPrefix: string;
  readonly verbosity: Verbosity;
  /** Metrics that may be defined on first use. */
  readonly metrics: i32;
  /** Whether a PROXY protocol preamble is looked for. */
  readonly allowsProxy: bool;
  /** What the access-log record shows of names and addresses; null without a record. */
  readonly identifier: Identifier | null;

  constructor(settings: Settings) {
    this.statPrefix = settings.name("stat_prefix", "default");
    this.verbosity = <Verbosity>settings.choice("verbosity", VERBOSITIES, Verbosity.standard);
    this.allowsProxy = settings.choice("proxy_protocol", PROXY_PROTOCOL, 0) == 0;
    this.identifier = readAccessLog(settings.object("access_log"));
    const limits = settings.object("limits");
    const memory = limits.integer(
      "memory_bytes",
      <i64>DEFAULT_MEMORY_BYTES,
      MIN_MEMORY_BYTES,
      MAX_MEMORY_BYTES,
    );
    Budget.limit = <u64>memory;
    this.metrics = <i32>limits.integer("metrics", DEFAULT_LAZY_LIMIT, 0, MAX_METRICS);
  }
}

/** Thresholds in milliseconds by name; `default` stands for the names that are not given. Null where there are none. */
export function readThresholds(settings: Settings, key: string, names: string[]): IntegerTable | null {
  if (!settings.has(key)) return null;
  const given = settings.object(key);
  const otherwise = given.integer("default", 0, 1, MAX_THRESHOLD_MS);
  const thresholds = new IntegerTable(names.length);
  for (let i = 0; i < names.length; i++) {
    thresholds.set(i, given.integer(unchecked(names[i]), otherwise, 1, MAX_THRESHOLD_MS));
  }
  return thresholds;
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
