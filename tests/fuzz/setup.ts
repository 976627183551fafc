/** One configuration that cases are played against. */
export interface Setup {
  readonly name: string;
  readonly configuration: string;
  /** Whether memory or connections may run out: how bytes are cut then decides which connection it hits. */
  readonly isScarce: boolean;
  /** Bytes that pools and buffers may take, less than can be configured; undefined: what is configured. */
  readonly spare: number | undefined;
  /** Linear memory that a VM may take, in bytes. */
  readonly mostMemory: number;
  /** What `access_log.identities` is; undefined without a record. */
  readonly identities: string | undefined;
}

/** What configurations of all protocols have. */
export interface Draft {
  readonly verbosity?: string;
  readonly proxy_protocol?: string;
  readonly limits?: Readonly<Record<string, number>>;
  readonly access_log?: Readonly<Record<string, string | boolean>>;
}

/** Configurations that mean the same for each protocol. */
export const COMMON_DRAFTS: Readonly<Record<string, Draft>> = {
  default: {},
  low: { verbosity: "low" },
  high: { verbosity: "high" },
  "high, no metrics on first use": { verbosity: "high", limits: { metrics: 0 } },
  "high, few metrics on first use": { verbosity: "high", limits: { metrics: 7 } },
  "never PROXY": { proxy_protocol: "never" },
  "record, omit": { access_log: { record: true } },
  "record, domain": { access_log: { record: true, identities: "domain" }, verbosity: "low" },
  "record, plain": { access_log: { record: true, identities: "plain" }, verbosity: "high" },
};

/** A configuration of a protocol of lines and replies. */
export interface LineDraft extends Draft {
  readonly slow_commands_ms?: Readonly<Record<string, number>>;
}

/** Those of such a protocol, by name. `lineBytes`: the least that `limits.line_bytes` may be; `verb`: one that is timed. */
export function lineDrafts(lineBytes: number, verb: string): Readonly<Record<string, LineDraft>> {
  const least = { line_bytes: lineBytes, pipeline: 2, limbo_bytes: 1_024 };
  return {
    "least limits": { verbosity: "high", limits: least },
    "least limits, low": { verbosity: "low", limits: least },
    "short lines": { limits: { line_bytes: lineBytes } },
    "short pipeline": { limits: { pipeline: 3 } },
    "small limbo": { limits: { limbo_bytes: 1_024 } },
    "largest limits": { limits: { line_bytes: 65_536, pipeline: 65_535, limbo_bytes: 1_048_576 } },
    "one session": { limits: { sessions: 1 } },
    "least memory": { limits: { memory_bytes: 4_194_304, limbo_bytes: 1_048_576 } },
    thresholds: { verbosity: "low", slow_commands_ms: { default: 1, [verb]: 5 } },
    "record, hash": { access_log: { record: true, identities: "hash", hash_key: "k" }, limits: least },
  };
}

/** Limits whose end decides which connection is read. */
const SCARCE = ["memory_bytes", "sessions", "connections"];

/** Linear memory that the largest limits may lead to, and what all others may. */
const MOST_MEMORY = 128 << 20;
const MEMORY = 16 << 20;

/** The name of the configuration that may take most memory. */
const LARGEST = "largest limits";

/** So much memory that it runs out at once, soon, and late: cases are too small to use up what can be configured. */
const SPARES = [500, 3_000, 12_000];

/** Setups by name, of configurations as they are written in JSON; and such that run out of memory. */
export function setupsOf(drafts: Readonly<Record<string, Draft>>): readonly Setup[] {
  const setups = Object.entries(drafts).map(([name, draft]) => setupOf(name, draft));
  const starved = SPARES.map((spare) => {
    const draft = { verbosity: "high", access_log: { record: true } };
    return { ...setupOf(`${spare} bytes`, draft), isScarce: true, spare };
  });
  return [...setups, ...starved];
}

function setupOf(name: string, draft: Draft): Setup {
  return {
    name,
    configuration: JSON.stringify(draft),
    isScarce: SCARCE.some((key) => draft.limits?.[key] !== undefined),
    spare: undefined,
    mostMemory: name === LARGEST ? MOST_MEMORY : MEMORY,
    identities: draft.access_log === undefined ? undefined : String(draft.access_log["identities"] ?? "omit"),
  };
}
