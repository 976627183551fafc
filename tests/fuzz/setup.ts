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

/** What of a configuration a setup depends on. */
export interface Draft {
  readonly limits?: Readonly<Record<string, number>>;
  readonly access_log?: Readonly<Record<string, string | boolean>>;
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
