import { describe, expect, test } from "vitest";
import { HostMisuse, StatStore, Vm } from "../../host/index.ts";
import { configuring, notesIn } from "../support/wat.ts";

const OK = 0;
const NOT_FOUND = 1;
const BAD_ARGUMENT = 2;

const NAMES = '(data (i32.const 16) "c") (data (i32.const 17) "g") (data (i32.const 18) "h")';

/** Defines a metric by type, with the name of one letter at 16 + type, and notes status and id. */
const define = (type: number): string => `
  (call $note (call $define (i32.const ${type}) (i32.const ${16 + type}) (i32.const 1) (i32.const 8)))
  (call $note (i32.load (i32.const 8)))`;
const increment = (id: number, by: number): string =>
  `(call $note (call $increment (i32.const ${id}) (i64.const ${by})))`;
const record = (id: number, value: number): string =>
  `(call $note (call $record (i32.const ${id}) (i64.const ${value})))`;
const read = (id: number): string => `
  (call $note (call $get_metric (i32.const ${id}) (i32.const 8)))
  (call $note (i32.load (i32.const 8)))`;

/** What the body noted, and the VM it ran in. Of the two runs, canary and worker, the worker's counts. */
async function noted(body: string, stats = new StatStore()): Promise<{ notes: number[]; vm: Vm }> {
  const lines: string[] = [];
  const vm = new Vm(await configuring(body, NAMES), { stats, log: (_, text) => lines.push(text) });
  vm.startPlugin();
  return { notes: notesIn(lines.at(-1)), vm };
}

describe("metrics", () => {
  test("every definition makes a new id: counters 4 8, gauges 5 9, histograms 6 10", async () => {
    const { notes } = await noted([0, 0, 1, 1, 2, 2].map(define).join(""));
    expect(notes).toEqual([OK, 4, OK, 8, OK, 5, OK, 9, OK, 6, OK, 10]);
  });

  test("an unknown type is a bad argument", async () => {
    expect(
      (await noted("(call $note (call $define (i32.const 3) (i32.const 16) (i32.const 1) (i32.const 8)))"))
        .notes,
    ).toEqual([BAD_ARGUMENT]);
  });

  test("equal names are one stat, over VMs too", async () => {
    const stats = new StatStore();
    const body = `${define(0)} ${define(0)} ${increment(4, 2)} ${increment(8, 3)}`;
    await noted(body, stats);
    // Canary and worker ran it.
    expect(stats.value("c")).toBe(10);
    await noted(body, stats);
    expect(stats.value("c")).toBe(20);
  });

  test("a counter takes no increment by 0 or less", async () => {
    const { notes, vm } = await noted(
      `${define(0)} ${increment(4, 0)} ${increment(4, -1)} ${increment(4, 1)}`,
    );
    expect(notes.slice(2)).toEqual([BAD_ARGUMENT, BAD_ARGUMENT, OK]);
    expect(vm.misuses.map(({ kind }) => kind)).toContain("counter_offset");
  });

  test("record adds to a counter, sets a gauge, samples a histogram", async () => {
    const { notes, vm } = await noted(`${[0, 1, 2].map(define).join("")}
      ${record(4, 3)} ${record(4, 4)} ${record(5, 3)} ${record(5, 4)} ${record(6, 3)} ${record(6, 4)} ${read(4)} ${read(5)}`);
    expect(notes.slice(6)).toEqual([OK, OK, OK, OK, OK, OK, OK, 14, OK, 4]);
    expect(vm.stats.histogram("h")?.sum).toBe(14n);
    expect(vm.stats.histogram("h")?.count).toBe(4);
  });

  test("a histogram can neither be incremented nor read", async () => {
    const { notes } = await noted(
      `${define(2)} ${increment(6, 1)} (call $note (call $get_metric (i32.const 6) (i32.const 8)))`,
    );
    expect(notes.slice(2)).toEqual([BAD_ARGUMENT, BAD_ARGUMENT]);
  });

  test("a gauge that goes below 0 wraps to 2^64", async () => {
    const { notes, vm } = await noted(`${define(1)} ${increment(5, 2)} ${increment(5, -5)}`);
    expect(notes.slice(2)).toEqual([OK, OK]);
    // Canary and worker: -3 each.
    expect(vm.stats.exact("g")).toBe(2n ** 64n - 6n);
    expect(vm.misuses.filter(({ kind }) => kind === "gauge_underflow")).not.toHaveLength(0);
  });

  test("an id that was not given out is not found; one of no type is a bad argument", async () => {
    const { notes, vm } = await noted(
      `${increment(4, 1)} ${record(6, 1)} ${increment(6, 1)} ${increment(7, 1)}`,
    );
    expect(notes).toEqual([NOT_FOUND, NOT_FOUND, BAD_ARGUMENT, BAD_ARGUMENT]);
    expect(vm.misuses.map(({ kind }) => kind)).toContain("unknown_metric");
  });

  test("ids that grow with use are a misuse", async () => {
    const { vm } = await noted([0, 0, 0, 0].map(define).join(""));
    expect(vm.misuses).toEqual([]);
    const again = await noted([0, 0, 0, 0, 0].map(define).join(""));
    expect(again.vm.misuses.map(({ kind }) => kind)).toContain("metric_redefined");
  });

  test("a strict VM throws what it saw", async () => {
    const vm = new Vm(await configuring(`${define(0)} ${increment(4, 0)}`, NAMES), { misuse: "throw" });
    expect(() => vm.startPlugin()).toThrow(HostMisuse);
    expect(() => vm.startPlugin()).toThrow("counter_offset: wasmcustom.c incremented by 0");
  });

  test("host calls are counted by name", async () => {
    const { vm } = await noted(`${define(0)} ${increment(4, 1)} ${increment(4, 1)}`);
    expect(Object.fromEntries(vm.hostCalls)).toEqual({ define_metric: 1, increment_metric: 2, log: 1 });
  });
});
