import { describe, expect, test } from "vitest";
import { Vm, type Direction } from "../../host/index.ts";
import { traced } from "../support/tracing.ts";
import { watModule } from "../support/wat.ts";

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
