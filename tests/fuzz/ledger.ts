import binaryen from "binaryen";

/** Metric ids that a VM may hand out; the number of type and place is the index. */
const MAX_IDS = 65_536;
/** Different metrics of a VM. */
export const MAX_STATS = 16_384;

const VALUES_AT = MAX_IDS * 4;
const SUMS_AT = VALUES_AT + MAX_STATS * 8;
const PAGES = (SUMS_AT + MAX_STATS * 8) / 65_536;

/** What the ledger reports to {@link LedgerImports.refuse}. */
export const REFUSALS = [
  "",
  "unknown metric",
  "a counter incremented by nothing or less",
  "a gauge below zero",
  "a histogram incremented",
] as const;

// Host calls for metrics come several times a command and take 64-bit numbers, which JavaScript can only see as
// BigInt: they end in this small module instead, whose memory the checks read. It refuses what Envoy refuses.
const TEXT = `(module
  (import "driver" "refuse" (func $refuse (param i32 i32)))
  (import "driver" "clock" (func $clock (param i32 i32) (result i32)))
  (memory (export "memory") ${PAGES})
  (global $calls (export "calls") (mut i32) (i32.const 0))
  (func $call (global.set $calls (i32.add (global.get $calls) (i32.const 1))))
  (func $slot (param $id i32) (result i32)
    (if (i32.ge_u (local.get $id) (i32.const ${MAX_IDS})) (then (return (i32.const 0))))
    (i32.load (i32.shl (local.get $id) (i32.const 2))))
  (func $add (param $at i32) (param $amount i64)
    (i64.store (local.get $at) (i64.add (i64.load (local.get $at)) (local.get $amount))))
  (func (export "increment") (param $id i32) (param $amount i64) (result i32)
    (local $at i32) (local $kind i32)
    (call $call)
    (local.set $at (call $slot (local.get $id)))
    (local.set $kind (i32.and (local.get $id) (i32.const 3)))
    (if (i32.eqz (local.get $at))
      (then (call $refuse (i32.const 1) (local.get $id)) (return (i32.const 1))))
    (if (i32.eq (local.get $kind) (i32.const 2))
      (then (call $refuse (i32.const 4) (local.get $id)) (return (i32.const 2))))
    (local.set $at (i32.add (i32.const ${VALUES_AT}) (i32.shl (local.get $at) (i32.const 3))))
    (if (i32.and (i32.eqz (local.get $kind)) (i64.le_s (local.get $amount) (i64.const 0)))
      (then (call $refuse (i32.const 2) (local.get $id)) (return (i32.const 2))))
    (call $add (local.get $at) (local.get $amount))
    (if (i32.and (local.get $kind) (i64.lt_s (i64.load (local.get $at)) (i64.const 0)))
      (then (call $refuse (i32.const 3) (local.get $id))))
    (i32.const 0))
  (func (export "record") (param $id i32) (param $value i64) (result i32)
    (local $slot i32) (local $at i32)
    (call $call)
    (local.set $slot (call $slot (local.get $id)))
    (if (i32.eqz (local.get $slot))
      (then (call $refuse (i32.const 1) (local.get $id)) (return (i32.const 1))))
    (local.set $at (i32.add (i32.const ${VALUES_AT}) (i32.shl (local.get $slot) (i32.const 3))))
    (if (i32.eq (i32.and (local.get $id) (i32.const 3)) (i32.const 2))
      (then
        (call $add (local.get $at) (i64.const 1))
        (call $add (i32.add (i32.const ${SUMS_AT}) (i32.shl (local.get $slot) (i32.const 3))) (local.get $value)))
      (else (if (i32.eq (i32.and (local.get $id) (i32.const 3)) (i32.const 1))
        (then (i64.store (local.get $at) (local.get $value)))
        (else (call $add (local.get $at) (local.get $value))))))
    (i32.const 0))
  (func (export "clock") (param $id i32) (param $precision i64) (param $to i32) (result i32)
    (call $call)
    (call $clock (local.get $id) (local.get $to))))`;

/** The ledger's code, for any number of VMs. */
export function ledgerModule(): Uint8Array {
  const module = binaryen.parseText(TEXT);
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

export interface LedgerImports {
  /** `reason`: place in {@link REFUSALS}. */
  readonly refuse: (reason: number, id: number) => void;
  readonly clock: (id: number, to: number) => number;
}

/** The metrics of one VM. */
export class Ledger {
  readonly functions: Readonly<Record<"increment" | "record" | "clock", (...parameters: never[]) => unknown>>;
  /** Values of counters and gauges, counts of histograms, by place. */
  readonly values: BigInt64Array;
  /** Sums of histograms, by place. */
  readonly sums: BigInt64Array;
  /** The same as 32-bit words, low ones first: to compare without making BigInts. */
  readonly words: Int32Array;
  private readonly places: Int32Array;
  private readonly callCount: WebAssembly.Global;
  private readonly lastId = [0, 1, 2];

  constructor(code: WebAssembly.Module, driver: LedgerImports) {
    const { exports } = new WebAssembly.Instance(code, {
      driver: { ...driver } as Record<string, WebAssembly.ImportValue>,
    });
    const { increment, record, clock, memory, calls } = exports;
    if (!(memory instanceof WebAssembly.Memory) || !(calls instanceof WebAssembly.Global))
      throw new Error("the ledger has no memory");
    this.functions = { increment, record, clock } as typeof this.functions;
    this.callCount = calls;
    this.places = new Int32Array(memory.buffer, 0, MAX_IDS);
    this.values = new BigInt64Array(memory.buffer, VALUES_AT, MAX_STATS);
    this.sums = new BigInt64Array(memory.buffer, SUMS_AT, MAX_STATS);
    this.words = new Int32Array(memory.buffer, VALUES_AT, MAX_STATS * 4);
  }

  /** Host calls that ended here. */
  get calls(): number {
    return Number(this.callCount.value);
  }

  /** A new id of a type for the metric at `place`, which is at least 1. */
  define(type: number, place: number): number {
    const id = (this.lastId[type] ?? 0) + 4;
    if (id >= MAX_IDS || place >= MAX_STATS) throw new Error("more metrics than the ledger holds");
    this.lastId[type] = id;
    this.places[id] = place;
    return id;
  }
}
