import { METRIC_TYPES, Status, type MetricType } from "../abi/constants.ts";
import type { Scalar, Stat, StatStore } from "../metrics/store.ts";
import { Histogram } from "../metrics/store.ts";
import type { MisuseKind } from "./misuse.ts";

/** The two low bits of an id are the type; each type counts on by four. */
const TYPE_MASK = 3;
const ID_STEP = 4;

/** Definitions of one name by one configuration while it is being configured: two Stats of one prefix are legal. */
const DEFINITIONS_WHILE_CONFIGURING = 4;

/** The metric ids of one VM. Every definition makes a new id, whatever was defined before. */
export class MetricTable {
  private readonly byId = new Map<number, Stat>();
  private readonly lastId = [0, 1, 2];
  private readonly definitions = new Map<string, number>();
  private readonly stats: StatStore;
  private readonly flag: (kind: MisuseKind, detail: string) => void;

  constructor(stats: StatStore, flag: (kind: MisuseKind, detail: string) => void) {
    this.stats = stats;
    this.flag = flag;
  }

  /** How many ids were handed out. */
  get size(): number {
    return this.byId.size;
  }

  /** What was defined, with repetitions, in the order of definition. */
  *defined(): Generator<Stat> {
    yield* this.byId.values();
  }

  /** Returns the id; undefined for an unknown type. `during` says whose configuration asks and whether it is starting. */
  define(type: number, name: string, during: { root: number; configuring: boolean }): number | undefined {
    const kind: MetricType | undefined = METRIC_TYPES[type >>> 0];
    const last = this.lastId[type >>> 0];
    if (kind === undefined || last === undefined) return undefined;
    const key = `${during.root} ${kind} ${name}`;
    const times = (this.definitions.get(key) ?? 0) + 1;
    this.definitions.set(key, times);
    if (times > (during.configuring ? DEFINITIONS_WHILE_CONFIGURING : 1)) {
      this.flag("metric_redefined", `${kind} ${name} now has ${times} ids`);
    }
    const id = last + ID_STEP;
    this.lastId[type] = id;
    this.byId.set(id, this.stats.define(kind, name));
    return id;
  }

  increment(id: number, offset: bigint): Status {
    const stat = this.byId.get(id);
    if (stat === undefined) return this.unknown("increment", id);
    if (stat instanceof Histogram) {
      this.flag("metric_type", `increment of histogram ${stat.fullName}`);
      return Status.badArgument;
    }
    return stat.kind === "counter" ? this.incrementCounter(stat, offset) : this.incrementGauge(stat, offset);
  }

  record(id: number, value: bigint): Status {
    const stat = this.byId.get(id);
    if (stat === undefined) return this.unknown("record", id);
    const unsigned = BigInt.asUintN(64, value);
    if (stat instanceof Histogram) stat.record(unsigned);
    else if (stat.kind === "counter") stat.add(unsigned);
    else stat.set(unsigned);
    return Status.ok;
  }

  /** The value, or why there is none. */
  get(id: number): bigint | Status {
    const stat = this.byId.get(id);
    if (stat === undefined) return this.unknown("get", id);
    return stat instanceof Histogram ? Status.badArgument : stat.value;
  }

  private incrementCounter(counter: Scalar, offset: bigint): Status {
    if (offset <= 0n) {
      this.flag("counter_offset", `${counter.fullName} incremented by ${offset}`);
      return Status.badArgument;
    }
    counter.add(offset);
    return Status.ok;
  }

  private incrementGauge(gauge: Scalar, offset: bigint): Status {
    if (offset < 0n && gauge.value < -offset) {
      this.flag("gauge_underflow", `${gauge.fullName} is ${gauge.value} and goes down by ${-offset}`);
    }
    gauge.add(offset);
    return Status.ok;
  }

  private unknown(operation: "increment" | "record" | "get", id: number): Status {
    this.flag("unknown_metric", `${operation} of metric id ${id}`);
    const hasValue = (id & TYPE_MASK) < METRIC_TYPES.indexOf("histogram");
    return hasValue || operation === "record" ? Status.notFound : Status.badArgument;
  }
}
