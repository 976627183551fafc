import { describe, expect, test } from "vitest";
import { ManualClock, Vm, type Direction, type VmOptions } from "../../host/index.ts";
import { watModule } from "../support/wat.ts";

/** Every callback logs its name and parameters by way of a data segment each. */
const CALLBACKS: [name: string, parameters: number, result: string][] = [
  ["on_context_create", 2, ""],
  ["on_vm_start", 2, "(i32.const 1)"],
  ["on_configure", 2, "(i32.const 1)"],
  ["on_new_connection", 1, "(i32.const 0)"],
  ["on_downstream_data", 3, "(i32.const 0)"],
  ["on_upstream_data", 3, "(i32.const 0)"],
  ["on_downstream_connection_close", 2, ""],
  ["on_upstream_connection_close", 2, ""],
  ["on_done", 1, "(i32.const 1)"],
  ["on_log", 1, ""],
  ["on_delete", 1, ""],
];

const PARAMETERS = ["$a", "$b", "$c"];

/** A module that logs each callback as `name` + parameters as characters; some bodies can be given. */
function tracing(bodies: Record<string, string> = {}, results: Record<string, string> = {}) {
  const functions = CALLBACKS.map(([name, count, result], index) => {
    const parameters = PARAMETERS.slice(0, count);
    const at = 1024 + index * 64;
    const padded = name.padEnd(40, " ");
    const stores = parameters.map(
      (parameter, i) => `(i32.store8 (i32.const ${at + 40 + i}) (local.get ${parameter}))`,
    );
    return `(data (i32.const ${at}) "${padded}")
      (func (export "proxy_${name}") ${parameters.map((p) => `(param ${p} i32)`).join(" ")} ${result === "" ? "" : "(result i32)"}
        ${stores.join(" ")}
        (drop (call $log (i32.const 2) (i32.const ${at}) (i32.const ${40 + count})))
        ${bodies[name] ?? ""} ${results[name] ?? result})`;
  });
  return watModule(functions.join("\n"));
}

async function traced(
  bodies: Record<string, string> = {},
  results: Record<string, string> = {},
  options: VmOptions = {},
) {
  const calls: string[] = [];
  const log = (level: string, text: string): void => {
    const parameters = Array.from(text.slice(40), (character) => character.charCodeAt(0));
    if (level === "info") calls.push(`${text.slice(0, 40).trim()}(${parameters.join(",")})`);
  };
  const vm = new Vm(await tracing(bodies, results), { ...options, log });
  const plugin = vm.startPlugin();
  return { calls, vm, plugin, since: () => calls.splice(0) };
}

describe("a connection", () => {
  test("goes through create, new, data, close, done, log, delete", async () => {
    const { plugin, since } = await traced();
    expect(since()).toEqual([
      "on_context_create(1,0)",
      "on_vm_start(1,0)",
      "on_configure(1,0)",
      "on_context_create(1,0)",
      "on_vm_start(1,0)",
      "on_configure(1,0)",
    ]);
    const connection = plugin.newConnection();
    connection.upstream(Buffer.from("220"));
    connection.downstream(Buffer.from("QUIT\r\n"));
    connection.close("remote");
    expect(since()).toEqual([
      "on_context_create(2,1)",
      "on_new_connection(2)",
      "on_upstream_data(2,3,0)",
      "on_downstream_data(2,6,0)",
      "on_downstream_connection_close(2,2)",
      "on_done(2)",
      "on_log(2)",
      "on_delete(2)",
    ]);
  });

  test("a FIN of the client is data with end of stream, one of the server also closes the upstream", async () => {
    const { plugin, since } = await traced();
    since();
    const connection = plugin.newConnection();
    connection.downstream(new Uint8Array(0), true);
    connection.upstream(Buffer.from("bye"), true);
    connection.close("local");
    expect(since().slice(2, 6)).toEqual([
      "on_downstream_data(2,0,1)",
      "on_upstream_data(2,3,1)",
      "on_upstream_connection_close(2,0)",
      "on_downstream_connection_close(2,1)",
    ]);
  });

  test("impossible orders are refused", async () => {
    const { plugin } = await traced();
    const connection = plugin.newConnection();
    connection.downstream(Buffer.from("x"), true);
    expect(() => connection.downstream(Buffer.from("y"))).toThrow(
      "impossible: data from the client after its end of stream",
    );
    connection.close("remote");
    expect(() => connection.upstream(Buffer.from("y"))).toThrow(
      "impossible: data from the server after the connection closed",
    );
    expect(() => connection.close("remote")).toThrow("impossible: a close after the close");
  });

  test("ids go on; a closed one is not used again", async () => {
    const { plugin, since } = await traced();
    since();
    plugin.newConnection().close("remote");
    plugin.newConnection().close("local");
    expect(since().filter((call) => call.startsWith("on_new"))).toEqual([
      "on_new_connection(2)",
      "on_new_connection(3)",
    ]);
  });
});

describe("holding data", () => {
  const collect = () => {
    const passed: string[] = [];
    const passOn = (direction: Direction, bytes: Uint8Array, end: boolean): void => {
      passed.push(`${direction} ${Buffer.from(bytes).toString()}${end ? " end" : ""}`);
    };
    return { passed, passOn };
  };

  test("after Pause the next call has old and new bytes together", async () => {
    // Pauses until five bytes are there.
    const { plugin, since } = await traced(
      {},
      { on_downstream_data: "(i32.lt_u (local.get $b) (i32.const 5))" },
    );
    since();
    const { passed, passOn } = collect();
    const connection = plugin.newConnection({ passOn });
    connection.downstream(Buffer.from("abc"));
    expect(connection.held).toBe(3);
    expect(passed).toEqual([]);
    connection.downstream(Buffer.from("def"), true);
    expect(since().slice(2)).toEqual(["on_downstream_data(2,3,0)", "on_downstream_data(2,6,1)"]);
    expect(passed).toEqual(["upstream abcdef end"]);
  });

  test("continue_stream lets held bytes go without another call", async () => {
    const { plugin, since } = await traced(
      { on_upstream_data: "(drop (call $continue (i32.const 2)))" },
      { on_downstream_data: "(i32.const 1)" },
    );
    const { passed, passOn } = collect();
    const connection = plugin.newConnection({ passOn });
    connection.downstream(Buffer.from("abc"), true);
    since();
    connection.upstream(Buffer.from("x"));
    expect(since()).toEqual(["on_upstream_data(2,1,0)"]);
    expect(passed).toEqual(["upstream abc end", "downstream x"]);
  });

  test("continue_stream upstream is not implemented", async () => {
    const { plugin, calls } = await traced({
      on_downstream_data:
        "(if (i32.ne (call $continue (i32.const 3)) (i32.const 12)) (then (unreachable)))" +
        "(if (i32.ne (call $continue (i32.const 4)) (i32.const 2)) (then (unreachable)))",
    });
    plugin.newConnection().downstream(Buffer.from("abc"));
    expect(calls.at(-1)).toBe("on_downstream_data(2,3,0)");
  });

  test("Pause on the way to the client is a misuse: Envoy may lose the bytes", async () => {
    const { plugin, vm } = await traced({}, { on_upstream_data: "(i32.const 1)" });
    plugin.newConnection().upstream(Buffer.from("x"));
    expect(vm.misuses.map(({ kind }) => kind)).toEqual(["upstream_pause"]);
  });
});

describe("close_stream", () => {
  test("closes after the callback, with the rest of the life cycle; the bytes do not go on", async () => {
    const { plugin, since } = await traced({ on_downstream_data: "(drop (call $close (i32.const 2)))" });
    since();
    const passed: unknown[] = [];
    const closed: string[] = [];
    const connection = plugin.newConnection({
      passOn: (...what) => passed.push(what),
      onClose: (details) => closed.push(details),
    });
    connection.downstream(Buffer.from("x"));
    expect(since().slice(2)).toEqual([
      "on_downstream_data(2,1,0)",
      "on_downstream_connection_close(2,1)",
      "on_done(2)",
      "on_log(2)",
      "on_delete(2)",
    ]);
    expect(connection.closed).toBe(true);
    expect(passed).toEqual([]);
    expect(closed).toEqual(["wasm_downstream_close"]);
    expect(plugin.connections).toBe(0);
  });
});

describe("a trap", () => {
  const trap = { on_downstream_data: "(unreachable)" };

  test("kills the VM; with the policy open, traffic passes and nobody is called any more", async () => {
    const { plugin, vm, since } = await traced(trap);
    const passed: string[] = [];
    const passOn = (_: Direction, bytes: Uint8Array): number => passed.push(Buffer.from(bytes).toString());
    const other = plugin.newConnection({ passOn });
    const connection = plugin.newConnection({ passOn });
    since();
    connection.downstream(Buffer.from("a"));
    expect(vm.failure).toMatch(
      /^Function: proxy_on_downstream_data failed: Uncaught RuntimeError: unreachable\n/,
    );
    expect(vm.failure).toContain("Proxy-Wasm plugin in-VM backtrace:\n  0:  0x");
    connection.upstream(Buffer.from("b"));
    other.downstream(Buffer.from("c"));
    other.close("remote");
    connection.close("remote");
    const late = plugin.newConnection({ passOn });
    late.downstream(Buffer.from("d"));
    late.close("remote");
    vm.tick();
    expect(passed).toEqual(["a", "b", "c", "d"]);
    expect(since()).toEqual(["on_downstream_data(3,1,0)"]);
  });

  test("with the policy closed, connections are closed", async () => {
    const { plugin } = await traced(trap, {}, { failurePolicy: "closed" });
    const closed: string[] = [];
    const connection = plugin.newConnection({ onClose: (details) => closed.push(details) });
    connection.downstream(Buffer.from("a"));
    expect(connection.closed).toBe(true);
    expect(plugin.newConnection({ onClose: (details) => closed.push(details) }).closed).toBe(true);
    expect(closed).toHaveLength(2);
  });

  test("endless recursion is one too", async () => {
    const module = await watModule(`
      (func $deep (param i32) (result i32) (i32.add (i32.const 1) (call $deep (local.get 0))))
      (func (export "proxy_on_new_connection") (param i32) (result i32) (call $deep (i32.const 1)))`);
    const vm = new Vm(module);
    vm.startPlugin().newConnection();
    expect(vm.failure).toContain("Function: proxy_on_new_connection failed: Uncaught RangeError");
  });
});

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
    expect(since().at(-1)).toBe("on_delete(1)");
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
