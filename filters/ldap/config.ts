import { IntegerTable, Settings } from "../../assembly";
import { FilterConfig, KIB, MAX_CONNECTIONS, MIB, readThresholds } from "../shared/config";
import { SessionSettings } from "./session/settings";
import { MAX_DEPTH } from "./wire/filter";
import { OPERATIONS } from "./wire/operations";

/** A hundred times what slapd allows; 8 MiB. */
const MAX_OPERATIONS: i64 = 131_072;
/** Less than any server's own limit. */
const MIN_MESSAGE_BYTES: i64 = 4 * KIB;
/** Offsets inside a message leave two bits to the filter's stack. */
const MAX_MESSAGE_BYTES: i64 = 512 * MIB;
const MAX_NODES: i64 = 1_000_000;

/** A configuration of `heirloom.ldap`: keys, ranges and defaults of docs/ldap.md. */
export class LdapConfig extends FilterConfig {
  /** Milliseconds by operation; null where no threshold is configured. */
  readonly thresholds: IntegerTable | null;
  /** Connections that are read at the same time. */
  readonly connections: i32;
  readonly session: SessionSettings = new SessionSettings();

  constructor(settings: Settings) {
    super(settings);
    this.thresholds = readThresholds(settings, "slow_operations_ms", OPERATIONS);
    const limits = settings.object("limits");
    this.connections = <i32>limits.integer("connections", 100_000, 1, MAX_CONNECTIONS);
    const session = this.session;
    session.operations = <u32>limits.integer("operations", 1_024, 1, MAX_OPERATIONS);
    session.messageBytes = <u32>(
      limits.integer("message_bytes", 64 * MIB, MIN_MESSAGE_BYTES, MAX_MESSAGE_BYTES)
    );
    session.depth = <i32>limits.integer("depth", 64, 1, MAX_DEPTH);
    session.nodes = <i32>limits.integer("nodes", 10_000, 1, MAX_NODES);
    session.allowsProxy = this.allowsProxy;
  }
}
