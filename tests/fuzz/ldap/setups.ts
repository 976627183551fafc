import { type Draft, setupsOf } from "../setup.ts";

interface LdapDraft extends Draft {
  readonly verbosity?: string;
  readonly proxy_protocol?: string;
  readonly slow_operations_ms?: Readonly<Record<string, number>>;
}

const LEAST = { operations: 1, message_bytes: 4_096, depth: 1, nodes: 1 };
const LARGEST = { operations: 131_072, message_bytes: 536_870_912, depth: 128, nodes: 1_000_000 };

const DRAFTS: Readonly<Record<string, LdapDraft>> = {
  default: {},
  low: { verbosity: "low" },
  high: { verbosity: "high" },
  "high, no metrics on first use": { verbosity: "high", limits: { metrics: 0 } },
  "high, few metrics on first use": { verbosity: "high", limits: { metrics: 7 } },
  "never PROXY": { proxy_protocol: "never" },
  "least limits": { verbosity: "high", limits: LEAST },
  "least limits, low": { verbosity: "low", limits: LEAST },
  "few operations": { verbosity: "high", limits: { operations: 3 } },
  "short messages": { limits: { message_bytes: 4_096 } },
  "small filters": { verbosity: "high", limits: { depth: 3, nodes: 5 } },
  "largest limits": { verbosity: "high", limits: LARGEST },
  "one connection": { limits: { connections: 1 } },
  "least memory": { limits: { memory_bytes: 4_194_304, operations: 131_072 } },
  thresholds: { verbosity: "low", slow_operations_ms: { default: 1, search: 5 } },
  "record, omit": { access_log: { record: true } },
  "record, domain": { access_log: { record: true, identities: "domain" }, verbosity: "low" },
  "record, hash": { access_log: { record: true, identities: "hash", hash_key: "k" }, limits: LEAST },
  "record, plain": { access_log: { record: true, identities: "plain" }, verbosity: "high" },
};

/** Every configuration of LDAP. */
export const SETUPS = setupsOf(DRAFTS);
