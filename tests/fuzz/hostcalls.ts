import { LOG_LEVELS } from "../../host/abi/constants.ts";
import { StatStore, type Stat } from "../../host/index.ts";
import { Ledger, REFUSALS } from "./ledger.ts";
import { WORK_IMPORT } from "./prepare.ts";

/** The filter did what a proxy does not put up with: a trap, a refused host call. */
export class DriverFault extends Error {
  override readonly name = "DriverFault";
}

const OK = 0;
const NOT_FOUND = 1;
const BAD_ARGUMENT = 2;
const INVALID_MEMORY = 6;
const FIRST_WALL = 1_767_225_600_000_000_000n;
const FIRST_CLOCK = 1_000_000_000;

export type Exported = (...parameters: number[]) => number;
export const NOTHING = new Uint8Array(0);
const NO_BUFFER = -1;

/** The functions that a module imports: the proxy's side of the ABI, with its refusals and nothing else. */
export abstract class HostCalls {
  readonly stats = new StatStore();
  readonly ledger: Ledger;
  /** What the last connection to set any left as filter state. */
  filterState: Uint8Array = NOTHING;
  /** Bytes handed out so far. */
  fetched = 0;
  /** Entries of functions and turns of loops, where the code counts them. */
  work = 0;
  /** Beyond so much of it, the code does not end. */
  mostWork = Infinity;
  /** Lines logged, at most 100. */
  readonly logged: string[] = [];
  /** What the module may log, by number. */
  logLevel = 2;

  protected readonly exported: Record<string, unknown>;
  protected readonly memory: WebAssembly.Memory;
  /** What the callback that runs may see. */
  protected properties: ReadonlyMap<string, Uint8Array> = new Map();
  private source: Uint8Array = NOTHING;
  private from = 0;
  private size = 0;
  private bufferType = NO_BUFFER;

  private octets: Uint8Array;
  private view: DataView;
  private readonly places = new Map<Stat, number>();
  private readonly byPlace: Stat[] = [];
  private now = FIRST_CLOCK;
  private fault: string | undefined;
  private slowCalls = 0;

  protected constructor(filter: WebAssembly.Module, ledger: WebAssembly.Module) {
    this.ledger = new Ledger(ledger, {
      refuse: (reason, id) => this.refuse(`${REFUSALS[reason] ?? "refused"}: metric id ${id}`),
      clock: (id, to) => this.readClock(id, to),
    });
    const { exports } = new WebAssembly.Instance(filter, this.imports(filter));
    this.exported = exports;
    if (!(exports["memory"] instanceof WebAssembly.Memory)) throw new Error("the module has no memory");
    this.memory = exports["memory"];
    this.octets = new Uint8Array(this.memory.buffer);
    this.view = new DataView(this.memory.buffer);
  }

  /** Host calls so far. */
  get hostCalls(): number {
    return this.slowCalls + this.ledger.calls;
  }

  /** What was defined, by place in the ledger less one. */
  get defined(): readonly Stat[] {
    return this.byPlace;
  }

  /** Both clocks go on. */
  advance(milliseconds: number): void {
    this.now += milliseconds * 1_000_000;
  }

  /** Copies what the ledger holds into `stats`. */
  settle(): void {
    const { values, sums } = this.ledger;
    for (let i = 0; i < this.byPlace.length; i++) {
      const stat = this.byPlace[i];
      if (stat === undefined) continue;
      const value = values[i + 1] ?? 0n;
      if (stat.kind !== "histogram") {
        stat.value = BigInt.asUintN(64, value);
        stat.used ||= value !== 0n;
      } else {
        stat.count = Number(value);
        stat.sum = sums[i + 1] ?? 0n;
      }
    }
  }

  protected function(name: string): Exported {
    const found = this.exported[name];
    if (typeof found !== "function") throw new Error(`the module has no ${name}`);
    return found as Exported;
  }

  /** From here on the bytes `from` … `from + size` of `source` are what a buffer holds. */
  protected open(type: number, source: Uint8Array, from: number, size: number): void {
    this.source = source;
    this.from = from;
    this.size = size;
    this.bufferType = type;
  }

  protected shut(): void {
    this.source = NOTHING;
    this.size = 0;
    this.bufferType = NO_BUFFER;
  }

  protected refuse(text: string): void {
    this.fault ??= text;
  }

  /** Throws what was refused since the last time, if anything. */
  protected check(): void {
    if (this.fault === undefined) return;
    const text = this.fault;
    this.fault = undefined;
    throw new DriverFault(text);
  }

  private imports(module: WebAssembly.Module): Record<string, Record<string, WebAssembly.ImportValue>> {
    const { increment, record, clock } = this.ledger.functions;
    const known: Record<string, (...parameters: never[]) => unknown> = {
      proxy_increment_metric: increment,
      proxy_record_metric: record,
      clock_time_get: clock,
      proxy_define_metric: (type: number, at: number, size: number, to: number) =>
        this.define(type, at, size, to),
      proxy_get_buffer_bytes: (type: number, start: number, size: number, to: number, sizeTo: number) =>
        this.fetch(type, start, size, to, sizeTo),
      proxy_get_property: (at: number, size: number, to: number, sizeTo: number) =>
        this.property(at, size, to, sizeTo),
      proxy_set_property: (at: number, size: number, value: number, length: number) =>
        this.setProperty(at, size, value, length),
      proxy_log: (level: number, at: number, size: number) => this.log(level, at, size),
      proxy_get_log_level: (to: number) => this.writeU32(to, this.logLevel),
      proxy_set_tick_period_milliseconds: () => this.count(OK),
      proxy_get_current_time_nanoseconds: (to: number) => this.readWall(to),
      [WORK_IMPORT]: () => {
        if (++this.work > this.mostWork) throw new DriverFault("does not end");
      },
    };
    const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
    for (const { module: space, name } of WebAssembly.Module.imports(module)) {
      const missing = (): never => {
        throw new DriverFault(`${name} is not emulated`);
      };
      (imports[space] ??= {})[name] = (known[name] ?? missing) as WebAssembly.ImportValue;
    }
    return imports;
  }

  private count(status: number): number {
    this.slowCalls++;
    return status;
  }

  private define(type: number, at: number, size: number, to: number): number {
    this.slowCalls++;
    const kind = (["counter", "gauge", "histogram"] as const)[type];
    if (kind === undefined) {
      this.refuse(`a metric of type ${type}`);
      return BAD_ARGUMENT;
    }
    const stat = this.stats.define(kind, this.text(at, size));
    let place = this.places.get(stat);
    if (place === undefined) {
      place = this.byPlace.push(stat);
      this.places.set(stat, place);
    }
    return this.writeU32(to, this.ledger.define(type, place));
  }

  private fetch(type: number, start: number, length: number, to: number, sizeTo: number): number {
    this.slowCalls++;
    if (type !== this.bufferType) {
      this.refuse(`buffer ${type} outside of its callback`);
      return this.writeU32(to, 0) || this.writeU32(sizeTo, 0);
    }
    const first = Math.min(start >>> 0, this.size);
    const count = Math.min(length >>> 0, this.size - first);
    return this.give(this.source, this.from + first, count, to, sizeTo);
  }

  private give(source: Uint8Array, from: number, count: number, to: number, sizeTo: number): number {
    let address = 0;
    if (count > 0) {
      address = this.function("malloc")(count) >>> 0;
      if (address === 0) return INVALID_MEMORY;
      const octets = this.current();
      if (count < SHORT_BYTES) for (let i = 0; i < count; i++) octets[address + i] = source[from + i] ?? 0;
      else octets.set(source.subarray(from, from + count), address);
      this.fetched += count;
    }
    return this.writeU32(to, address) || this.writeU32(sizeTo, count);
  }

  private property(at: number, size: number, to: number, sizeTo: number): number {
    this.slowCalls++;
    const value = this.properties.get(this.text(at, size).replaceAll("\0", "."));
    return value === undefined ? NOT_FOUND : this.give(value, 0, value.length, to, sizeTo);
  }

  private setProperty(at: number, size: number, value: number, length: number): number {
    this.slowCalls++;
    if (this.text(at, size).length === 0) this.refuse("filter state without a key");
    this.filterState = this.current().slice(value >>> 0, (value >>> 0) + (length >>> 0));
    return OK;
  }

  private log(level: number, at: number, size: number): number {
    this.slowCalls++;
    const text = this.text(at, size);
    const name = LOG_LEVELS[level];
    if (name === undefined) this.refuse(`a line of level ${level}`);
    if (this.logged.length < MAX_LOGGED) this.logged.push(`${name ?? "?"}: ${text}`);
    return OK;
  }

  private readClock(id: number, to: number): number {
    if (id > 1) this.refuse(`clock ${id}`);
    this.writeU32(to, this.now % 2 ** 32);
    return this.writeU32(to + 4, Math.floor(this.now / 2 ** 32));
  }

  private readWall(to: number): number {
    this.slowCalls++;
    this.current();
    this.view.setBigUint64(to >>> 0, FIRST_WALL + BigInt(this.now), true);
    return OK;
  }

  private text(at: number, size: number): string {
    const octets = this.current();
    return Buffer.from(octets.buffer, at >>> 0, size >>> 0).toString();
  }

  private writeU32(to: number, value: number): number {
    this.current();
    this.view.setUint32(to >>> 0, value, true);
    return OK;
  }

  /** Growth of the memory detaches the old buffer. */
  private current(): Uint8Array {
    if (this.octets.length === 0) {
      this.octets = new Uint8Array(this.memory.buffer);
      this.view = new DataView(this.memory.buffer);
    }
    return this.octets;
  }
}

/** Below this a loop is faster than a view and a copy. */
const SHORT_BYTES = 48;

/** Lines kept of what is logged. */
const MAX_LOGGED = 100;
