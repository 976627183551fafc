import { type Draft, setupsOf } from "../setup.ts";

interface Pop3Draft extends Draft {
  readonly verbosity?: string;
  readonly proxy_protocol?: string;
  readonly slow_commands_ms?: Readonly<Record<string, number>>;
}

const LEAST = { line_bytes: 255, pipeline: 2, limbo_bytes: 1_024 };

const DRAFTS: Readonly<Record<string, Pop3Draft>> = {
  default: {},
  low: { verbosity: "low" },
  high: { verbosity: "high" },
  "high, no metrics on first use": { verbosity: "high", limits: { metrics: 0 } },
  "high, few metrics on first use": { verbosity: "high", limits: { metrics: 7 } },
  "never PROXY": { proxy_protocol: "never" },
  "least limits": { verbosity: "high", limits: LEAST },
  "least limits, low": { verbosity: "low", limits: LEAST },
  "short lines": { limits: { line_bytes: 255 } },
  "short pipeline": { limits: { pipeline: 3 } },
  "small limbo": { limits: { limbo_bytes: 1_024 } },
  "largest limits": { limits: { line_bytes: 65_536, pipeline: 65_535, limbo_bytes: 1_048_576 } },
  "one session": { limits: { sessions: 1 } },
  "least memory": { limits: { memory_bytes: 4_194_304, limbo_bytes: 1_048_576 } },
  thresholds: { verbosity: "low", slow_commands_ms: { default: 1, retr: 5 } },
  "record, omit": { access_log: { record: true } },
  "record, domain": { access_log: { record: true, identities: "domain" }, verbosity: "low" },
  "record, hash": { access_log: { record: true, identities: "hash", hash_key: "k" }, limits: LEAST },
  "record, plain": { access_log: { record: true, identities: "plain" }, verbosity: "high" },
};

/** Every configuration of POP3. */
export const SETUPS = setupsOf(DRAFTS);
