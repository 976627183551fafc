import type { InvariantChecker } from "../../host/testing/invariants.ts";
import { checkerOf } from "../support/invariants.ts";
import { Balance } from "./balance.ts";
import { type Case, MAX_CONNECTIONS, StepKind } from "./case.ts";
import { type Code, Driver } from "./driver.ts";
import { DriverFault } from "./hostcalls.ts";
import { PROFILE_PROPERTIES } from "./profiles.ts";
import type { Setup } from "./setup.ts";
import type { Target } from "./target.ts";

/** Host calls that a case may take: for each connection (its metrics are flushed at its end), callback and byte. */
const CALLS_PER_CONNECTION = 2_500;
const CALLS_PER_CALLBACK = 16;
const CALLS_PER_BYTE = 2;

/** metrics.md: "At most 4 KiB". */
const MAX_RECORD_BYTES = 4_096;

const NO_PROPERTIES: ReadonlyMap<string, Uint8Array> = new Map();
const NOTHING = new Uint8Array(0);

const REMOTE = 2;
const LOCAL = 1;

/** A VM with one configuration, in which cases are played one after the other. */
export class Subject {
  readonly driver: Driver;
  readonly setup: Setup;
  /** Records that the connections of the last case left, in the order of their ends; kept only if asked for. */
  readonly records: string[] = [];
  keepsRecords = false;

  private root: number;
  private readonly checker: InvariantChecker;
  private readonly balance: Balance;
  private readonly sent = { client: 0, server: 0 };
  private readonly ids = new Int32Array(MAX_CONNECTIONS);
  private readonly clientEnded = new Uint8Array(MAX_CONNECTIONS);
  private readonly serverEnded = new Uint8Array(MAX_CONNECTIONS);
  private current: Case | undefined;

  constructor(code: Code, target: Target, setup: Setup) {
    this.setup = setup;
    this.driver = new Driver(code);
    this.root = this.start();
    this.checker = checkerOf(this.driver.stats);
    this.balance = new Balance(this.driver.stats, target.rules);
  }

  /** Plays a case to the end of all its connections. Throws `DriverFault` at what must not happen. */
  play(flat: Case): void {
    const { driver } = this;
    const before = driver.hostCalls;
    this.current = flat;
    this.records.length = 0;
    this.ids.fill(0);
    this.clientEnded.fill(0);
    this.serverEnded.fill(0);
    for (let i = 0; i < flat.count; i++) this.step(flat, i);
    for (let i = 0; i < flat.connections; i++) this.finish(i);
    const allowed =
      CALLS_PER_CONNECTION * flat.connections + CALLS_PER_CALLBACK * flat.count + CALLS_PER_BYTE * flat.used;
    const calls = driver.hostCalls - before;
    if (calls > allowed) throw new DriverFault(`too many host calls: ${calls} for ${flat.used} bytes`);
  }

  /** The configuration goes, and comes again: what it leaves behind is in the memory that the next one gets. */
  restart(): void {
    this.driver.endRoot(this.root);
    this.root = this.start();
  }

  /** What does not hold now that all connections are closed, in words. */
  violations(): string[] {
    this.driver.settle();
    return [...this.checker.violations("closed"), ...this.balance.violations(this.sent)];
  }

  private start(): number {
    const { configuration, spare } = this.setup;
    const root = this.driver.startRoot(configuration);
    if (spare !== undefined) this.driver.leaveSpare(spare);
    return root;
  }

  private step(flat: Case, i: number): void {
    const connection = flat.connection(i);
    const kind = flat.kind(i);
    if (kind === StepKind.wait) {
      this.driver.advance(flat.from(i));
    } else if (kind === StepKind.tick) {
      this.driver.tick(this.root);
    } else if (kind === StepKind.open) {
      if (this.ids[connection] === 0)
        this.ids[connection] = this.driver.newConnection(this.root, this.whileOpen(connection));
    } else if ((this.ids[connection] ?? 0) > 0) {
      this.act(flat, i, kind, connection);
    }
  }

  private act(flat: Case, i: number, kind: StepKind, connection: number): void {
    switch (kind) {
      case StepKind.clientData:
      case StepKind.clientDataEnd:
        this.client(connection, flat.arena, flat.from(i), flat.length(i), kind === StepKind.clientDataEnd);
        return;
      case StepKind.serverData:
      case StepKind.serverDataEnd:
        this.server(connection, flat.arena, flat.from(i), flat.length(i), kind === StepKind.serverDataEnd);
        return;
      case StepKind.clientEnd:
        this.client(connection, NOTHING, 0, 0, true);
        return;
      case StepKind.serverEnd:
        this.server(connection, NOTHING, 0, 0, true);
        return;
      default:
        this.close(connection, kind === StepKind.closeRemote ? REMOTE : LOCAL);
    }
  }

  private client(connection: number, source: Uint8Array, from: number, size: number, ends: boolean): void {
    if (this.clientEnded[connection] !== 0) return;
    this.sent.client += size;
    if (ends) this.clientEnded[connection] = 1;
    this.driver.deliver("downstream", this.ids[connection] ?? 0, source, from, size, ends);
    if (ends && this.serverEnded[connection] !== 0) this.close(connection, REMOTE);
  }

  private server(connection: number, source: Uint8Array, from: number, size: number, ends: boolean): void {
    if (this.serverEnded[connection] !== 0) return;
    this.sent.server += size;
    if (ends) this.serverEnded[connection] = 1;
    this.driver.deliver("upstream", this.ids[connection] ?? 0, source, from, size, ends);
    if (ends && this.clientEnded[connection] !== 0) this.close(connection, LOCAL);
  }

  /** Who has not closed yet does. */
  private finish(connection: number): void {
    if ((this.ids[connection] ?? 0) > 0) this.client(connection, NOTHING, 0, 0, true);
    if ((this.ids[connection] ?? 0) > 0) this.server(connection, NOTHING, 0, 0, true);
  }

  private close(connection: number, peer: number): void {
    const id = this.ids[connection] ?? 0;
    this.ids[connection] = -1;
    const profile = this.current?.profiles[connection] ?? 0;
    this.driver.close(id, peer, PROFILE_PROPERTIES[profile] ?? NO_PROPERTIES);
    if (this.setup.identities !== undefined) this.checkRecord();
  }

  private whileOpen(connection: number): ReadonlyMap<string, Uint8Array> {
    return PROFILE_PROPERTIES[this.current?.profiles[connection] ?? 0] ?? NO_PROPERTIES;
  }

  private checkRecord(): void {
    const { filterState } = this.driver;
    if (filterState.length > MAX_RECORD_BYTES)
      throw new DriverFault(`a record of ${filterState.length} bytes`);
    if (filterState.length === 0) throw new DriverFault("no record");
    let text: string;
    try {
      text = UTF8.decode(filterState);
      JSON.parse(text);
    } catch {
      throw new DriverFault(`a record that is not JSON: ${Buffer.from(filterState).toString("latin1")}`);
    }
    if (this.keepsRecords) this.records.push(text);
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });
