import { describe, expect, test } from "vitest";
import { ManualClock, Vm } from "../../host/index.ts";
import { traced } from "../support/tracing.ts";
import { watModule } from "../support/wat.ts";

describe("configurations", () => {
  test("several share a VM, each with its own root", async () => {
    const { vm, plugin, since } = await traced();
    since();
    const second = vm.startPlugin({ configuration: "{}" });
    expect(since().slice(3)).toEqual(["on_context_create(2,0)", "on_vm_start(2,0)", "on_configure(2,2)"]);
    plugin.newConnection();
    second.newConnection();
    expect(since().filter((call) => call.startsWith("on_context"))).toEqual([
      "on_context_create(3,1)",
      "on_context_create(4,2)",
    ]);
  });

  test("shutdown waits for connections, then done and delete of the root", async () => {
    const { plugin, since } = await traced();
    const connection = plugin.newConnection();
    plugin.shutdown();
    since();
    expect(() => plugin.newConnection()).toThrow("impossible");
    connection.close("remote");
    expect(since().slice(-2)).toEqual(["on_done(1)", "on_delete(1)"]);
  });

  test("a root may ask to wait for proxy_done", async () => {
    const { plugin, vm, since } = await traced(
      { on_log: "(drop (call $effective (i32.const 1))) (drop (call $done))" },
      { on_done: "(i32.eq (local.get $a) (i32.const 2))" },
    );
    const second = vm.startPlugin();
    const connection = second.newConnection();
    since();
    plugin.shutdown();
    expect(since()).toEqual(["on_done(1)"]);
    connection.close("remote");
    expect(since().slice(-2)).toEqual(["on_delete(1)", "on_delete(3)"]);
  });

  test("refused by vm_start or by configure", async () => {
    for (const name of ["on_vm_start", "on_configure"]) {
      await expect(traced({}, { [name]: "(i32.const 0)" })).rejects.toThrow(
        /^Failed to (start|configure) base Wasm/,
      );
    }
    await expect(traced({ on_configure: "(unreachable)" })).rejects.toThrow(
      "Function: proxy_on_configure failed",
    );
  });

  test("refused with the lines that the module logged as errors", async () => {
    const module = await watModule(`
      (data (i32.const 16) "wrong here") (data (i32.const 32) "wrong there")
      (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (drop (call $log (i32.const 4) (i32.const 16) (i32.const 10)))
        (drop (call $log (i32.const 2) (i32.const 16) (i32.const 5)))
        (drop (call $log (i32.const 4) (i32.const 32) (i32.const 11)))
        (i32.const 0))`);
    let errors: unknown;
    try {
      new Vm(module).startPlugin();
    } catch (error) {
      errors = (error as { errors: unknown }).errors;
    }
    expect(errors).toEqual(["wrong here", "wrong there"]);
  });
});

describe("time", () => {
  const ticking = `
    (func (export "proxy_on_configure") (param i32 i32) (result i32)
      (drop (call $tick (i32.const 1000))) (i32.const 1))
    (func (export "proxy_on_tick") (param $root i32)
      (drop (call $clock (i32.const 1) (i64.const 0) (i32.const 8)))
      (call $note (i32.wrap_i64 (i64.div_u (i64.load (i32.const 8)) (i64.const 1000000000))))
      (call $note (local.get $root)) (call $flush))`;

  test("ticks come at their period while time advances", async () => {
    const lines: string[] = [];
    const clock = new ManualClock({ monotonic: 0n });
    const vm = new Vm(await watModule(ticking), { clock, log: (_, text) => lines.push(text) });
    vm.startPlugin();
    vm.startPlugin();
    vm.advance(999);
    expect(lines).toEqual([]);
    vm.advance(1001);
    expect(lines).toEqual(["\x01\x01", "\x01\x02", "\x02\x01", "\x02\x02"]);
    expect(clock.monotonic()).toBe(2_000_000_000n);
    vm.tick();
    expect(lines).toHaveLength(6);
  });

  test("after shutdown there are none", async () => {
    const lines: string[] = [];
    const vm = new Vm(await watModule(ticking), {
      clock: new ManualClock(),
      log: (_, text) => lines.push(text),
    });
    vm.startPlugin().shutdown();
    vm.advance(5000);
    vm.tick();
    expect(lines).toEqual([]);
  });

  test("the wall clock is another one", async () => {
    const module = await watModule(`
      (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (call $note (call $wall (i32.const 8)))
        (call $note (i32.wrap_i64 (i64.div_u (i64.load (i32.const 8)) (i64.const 1000000000))))
        (call $note (call $clock (i32.const 0) (i64.const 0) (i32.const 8)))
        (call $note (i32.wrap_i64 (i64.div_u (i64.load (i32.const 8)) (i64.const 1000000000))))
        (call $note (call $clock (i32.const 2) (i64.const 0) (i32.const 8)))
        (call $flush) (i32.const 1))`);
    const lines: string[] = [];
    const clock = new ManualClock({ monotonic: 5_000_000_000n, wall: 7_000_000_000n });
    new Vm(module, { clock, log: (_, text) => lines.push(text) }).startPlugin();
    expect(lines[0]).toBe("\0\x07\0\x07\x3a");
  });
});

describe("logging", () => {
  test("what is below the level is swallowed, a level that is none refused", async () => {
    const module = await watModule(`
      (data (i32.const 16) "abcdef")
      (func $at (param $level i32) (call $note (call $log (local.get $level) (i32.add (i32.const 16) (local.get $level)) (i32.const 1))))
      (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (call $at (i32.const 1)) (call $at (i32.const 3)) (call $at (i32.const 6))
        (call $note (call $log_level (i32.const 8))) (call $note (i32.load (i32.const 8)))
        (drop (call $log (i32.const 5) (i32.const 4096) (i32.const 5))) (i32.const 1))`);
    const lines: string[] = [];
    new Vm(module, { logLevel: "warn", log: (level, text) => lines.push(`${level} ${text}`) }).startPlugin();
    expect(lines.slice(0, 2)).toEqual(["warn d", "critical \0\0\x02\0\x03"]);
  });

  test("stdout is info, stderr is error", async () => {
    const module = await watModule(`
      (data (i32.const 16) "out\\n") (data (i32.const 32) "\\10\\00\\00\\00\\04\\00\\00\\00")
      (func (export "_initialize")
        (drop (call $fd_write (i32.const 1) (i32.const 32) (i32.const 1) (i32.const 48)))
        (drop (call $fd_write (i32.const 2) (i32.const 32) (i32.const 1) (i32.const 48)))
        (if (i32.ne (call $fd_write (i32.const 3) (i32.const 32) (i32.const 1) (i32.const 48)) (i32.const 8)) (then (unreachable))))`);
    const lines: string[] = [];
    new Vm(module, { log: (level, text) => lines.push(`${level} ${text}`) });
    expect(lines).toEqual(["info out", "error out"]);
  });
});
