import { COMMON_DRAFTS, type Draft, setupsOf } from "../setup.ts";

interface LdapDraft extends Draft {
  readonly slow_operations_ms?: Readonly<Record<string, number>>;
}

const LEAST = { operations: 1, message_bytes: 4_096, depth: 1, nodes: 1 };
const LARGEST = { operations: 131_072, message_bytes: 536_870_912, depth: 128, nodes: 1_000_000 };

const DRAFTS: Readonly<Record<string, LdapDraft>> = {
  ...COMMON_DRAFTS,
  "least limits": { verbosity: "high", limits: LEAST },
  "least limits, low": { verbosity: "low", limits: LEAST },
  "few operations": { verbosity: "high", limits: { operations: 3 } },
  "short messages": { limits: { message_bytes: 4_096 } },
  "small filters": { verbosity: "high", limits: { depth: 3, nodes: 5 } },
  "largest limits": { verbosity: "high", limits: LARGEST },
  "one connection": { limits: { connections: 1 } },
  "least memory": { limits: { memory_bytes: 4_194_304, operations: 131_072 } },
  thresholds: { verbosity: "low", slow_operations_ms: { default: 1, search: 5 } },
  "record, hash": { access_log: { record: true, identities: "hash", hash_key: "k" }, limits: LEAST },
};

/** Every configuration of LDAP. */
export const SETUPS = setupsOf(DRAFTS);
