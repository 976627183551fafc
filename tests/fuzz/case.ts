/** What happens in a step. */
export const StepKind = {
  clientData: 0,
  serverData: 1,
  /** Bytes with the end of stream in the same callback. */
  clientDataEnd: 2,
  serverDataEnd: 3,
  clientEnd: 4,
  serverEnd: 5,
  /** The connection closes without more ends of stream, by the peer or by the proxy. */
  closeRemote: 6,
  closeLocal: 7,
  /** Time passes: `from` is milliseconds. */
  wait: 8,
  tick: 9,
  open: 10,
} as const;
export type StepKind = (typeof StepKind)[keyof typeof StepKind];

/** Numbers of a step: kind, connection, where its bytes begin and how many there are. */
export const STEP_SIZE = 4;

/** Connections of a case. */
export const MAX_CONNECTIONS = 4;

/** Bytes of a case; what does not fit is left out. */
const ARENA_BYTES = 1 << 18;
const MAX_STEPS = 1 << 14;

/** From here on a view and a copy are faster than a loop. */
const LONG_BYTES = 64;

/** One case, flat, so that making it costs nothing but the copying of its bytes. Reused. */
export class Case {
  readonly arena = new Uint8Array(ARENA_BYTES);
  used = 0;
  readonly steps = new Int32Array(MAX_STEPS * STEP_SIZE);
  count = 0;
  connections = 0;
  /** Which properties each connection has (`profiles.ts`). */
  readonly profiles = new Uint8Array(MAX_CONNECTIONS);

  clear(): void {
    this.used = 0;
    this.count = 0;
    this.connections = 0;
  }

  push(kind: StepKind, connection: number, from = 0, length = 0): void {
    if (this.count === MAX_STEPS) return;
    const at = this.count * STEP_SIZE;
    this.steps[at] = kind;
    this.steps[at + 1] = connection;
    this.steps[at + 2] = from;
    this.steps[at + 3] = length;
    this.count++;
  }

  /** Becomes a copy of another case but for its connections. */
  take(other: Case): void {
    this.arena.set(other.arena.subarray(0, other.used));
    this.used = other.used;
    this.steps.set(other.steps.subarray(0, other.count * STEP_SIZE));
    this.count = other.count;
  }

  /** Adds one byte to the arena. */
  byte(value: number): void {
    if (this.used < ARENA_BYTES) this.arena[this.used++] = value;
  }

  /** Adds as much of a part as there is room for. */
  bytes(source: Uint8Array, from: number, until: number): void {
    const end = Math.min(until, from + ARENA_BYTES - this.used);
    if (end - from >= LONG_BYTES) {
      this.arena.set(source.subarray(from, end), this.used);
      this.used += end - from;
      return;
    }
    for (let i = from; i < end; i++) this.arena[this.used++] = source[i] ?? 0;
  }

  kind(step: number): StepKind {
    return this.steps[step * STEP_SIZE] as StepKind;
  }

  connection(step: number): number {
    return this.steps[step * STEP_SIZE + 1] ?? 0;
  }

  from(step: number): number {
    return this.steps[step * STEP_SIZE + 2] ?? 0;
  }

  length(step: number): number {
    return this.steps[step * STEP_SIZE + 3] ?? 0;
  }
}

/** A step as an object, for what is not in a hurry. */
export interface LooseStep {
  readonly kind: StepKind;
  readonly connection: number;
  readonly bytes: Uint8Array;
  /** Of a wait. */
  readonly milliseconds: number;
}

/** A case as objects: to be made smaller and written down. */
export interface LooseCase {
  readonly profiles: readonly number[];
  readonly steps: readonly LooseStep[];
}

export function loosen(flat: Case): LooseCase {
  const steps: LooseStep[] = [];
  for (let i = 0; i < flat.count; i++) {
    const [kind, from, length] = [flat.kind(i), flat.from(i), flat.length(i)];
    steps.push({
      kind,
      connection: flat.connection(i),
      bytes: flat.arena.slice(from, from + length),
      milliseconds: kind === StepKind.wait ? from : 0,
    });
  }
  return { profiles: [...flat.profiles.subarray(0, flat.connections)], steps };
}

/** Fills `into` with a case. */
export function flatten({ profiles, steps }: LooseCase, into: Case): Case {
  into.clear();
  into.connections = profiles.length;
  profiles.forEach((profile, i) => (into.profiles[i] = profile));
  for (const { kind, connection, bytes, milliseconds } of steps) {
    const from = into.used;
    into.bytes(bytes, 0, bytes.length);
    into.push(kind, connection, kind === StepKind.wait ? milliseconds : from, bytes.length);
  }
  return into;
}

/** Whether a step brings bytes. */
export function isData(kind: StepKind): boolean {
  return kind <= StepKind.serverDataEnd;
}

/** Whether the client is the one who does it; data and ends of stream only. */
export function isClients(kind: StepKind): boolean {
  return (kind & 1) === 0;
}
