import { describe, expect, test } from "vitest";
import { Vm, type Direction, type Plugin } from "../../host/index.ts";
import { configuring, notesIn, watModule } from "../support/wat.ts";

const DOWNSTREAM = 2;
const UPSTREAM = 3;
const VM_CONFIGURATION = 6;
const PLUGIN_CONFIGURATION = 7;

/** Fetches a range and notes status, size and (if there is one) the first byte. */
const fetch = (type: number, start: number, length: number): string => `
  (i32.store (i32.const 8) (i32.const 99)) (i32.store (i32.const 12) (i32.const 99))
  (call $note (call $get_buffer (i32.const ${type}) (i32.const ${start}) (i32.const ${length}) (i32.const 8) (i32.const 12)))
  (call $note (i32.load (i32.const 12)))
  (if (i32.lt_u (i32.sub (i32.load (i32.const 12)) (i32.const 1)) (i32.const 98))
    (then (call $note (i32.load8_u (i32.load (i32.const 8))))))`;

const onData = (name: string, body: string, result = 0): string => `
  (func (export "proxy_on_${name}_data") (param $id i32) (param $size i32) (param $end i32) (result i32)
    ${body} (call $flush) (i32.const ${result}))`;

interface Run {
  readonly plugin: Plugin;
  readonly vm: Vm;
  readonly lines: string[];
}

async function start(definitions: string, own?: "malloc"): Promise<Run> {
  const lines: string[] = [];
  const vm = new Vm(await watModule(definitions, own), { log: (_, text) => lines.push(text) });
  return { plugin: vm.startPlugin(), vm, lines };
}

describe("get_buffer_bytes", () => {
  test("gives any range, cut to what is there; past the end and without length nothing, and OK", async () => {
    const { plugin, lines } = await start(
      onData(
        "downstream",
        [
          [0, 5],
          [1, 2],
          [3, 100],
          [5, 1],
          [9, 1],
          [2, 0],
        ]
          .map(([at, n]) => fetch(DOWNSTREAM, at ?? 0, n ?? 0))
          .join(""),
      ),
    );
    plugin.newConnection().downstream(Buffer.from("abcde"));
    const [a, b, d] = [97, 98, 100];
    expect(notesIn(lines[0])).toEqual([0, 5, a, 0, 2, b, 0, 2, d, 0, 0, 0, 0, 0, 0]);
  });

  test("cuts a range whose end is past 32 bits; refuses an unknown buffer, has nothing in HTTP's", async () => {
    const { plugin, lines } = await start(
      onData(
        "downstream",
        `(call $note (call $get_buffer (i32.const 2) (i32.const 2) (i32.const -1) (i32.const 8) (i32.const 12)))
         (call $note (call $get_buffer (i32.const 9) (i32.const 0) (i32.const 1) (i32.const 8) (i32.const 12)))
         (call $note (call $get_buffer (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8) (i32.const 12)))`,
      ),
    );
    plugin.newConnection().downstream(Buffer.from("abcde"));
    expect(notesIn(lines[0])).toEqual([0, 2, 0]);
  });

  test("the other direction's buffer is empty, and so is one's own after the callback", async () => {
    const { plugin, vm, lines } = await start(
      onData("upstream", fetch(DOWNSTREAM, 0, 5)) +
        onData("downstream", fetch(DOWNSTREAM, 0, 5)) +
        `(func (export "proxy_on_log") (param i32) ${fetch(DOWNSTREAM, 0, 5)} ${fetch(UPSTREAM, 0, 5)} (call $flush))`,
    );
    const connection = plugin.newConnection();
    connection.downstream(Buffer.from("abcde"));
    connection.upstream(Buffer.from("12345"));
    connection.close("remote");
    expect(lines.map(notesIn)).toEqual([
      [0, 5, 97],
      [0, 0],
      [0, 0, 0, 0],
    ]);
    expect(vm.misuses.map(({ kind }) => kind)).toEqual(Array(3).fill("buffer_unavailable"));
  });

  test("asks malloc, in which only log, fd_write and the clock are allowed", async () => {
    const malloc = (body: string): string =>
      `(func (export "malloc") (param i32) (result i32) ${body} (i32.const 65536))`;
    const clock = await start(
      malloc("(drop (call $clock (i32.const 1) (i64.const 0) (i32.const 8)))") +
        onData("downstream", fetch(DOWNSTREAM, 0, 5)),
      "malloc",
    );
    clock.plugin.newConnection().downstream(Buffer.from("abcde"));
    expect(clock.vm.failure).toBeUndefined();
    expect(notesIn(clock.lines[0])).toEqual([0, 5, 97]);

    const wall = await start(
      malloc("(drop (call $wall (i32.const 8)))") + onData("downstream", fetch(DOWNSTREAM, 0, 5)),
      "malloc",
    );
    wall.plugin.newConnection().downstream(Buffer.from("abcde"));
    expect(wall.vm.failure).toContain("Function: malloc failed: Uncaught Error: restricted_callback");
  });

  test("memory that malloc does not have is an invalid access", async () => {
    const { plugin, lines } = await start(
      '(func (export "malloc") (param i32) (result i32) (i32.const 0))' +
        onData(
          "downstream",
          "(call $note (call $get_buffer (i32.const 2) (i32.const 0) (i32.const 5) (i32.const 8) (i32.const 12)))",
        ),
      "malloc",
    );
    plugin.newConnection().downstream(Buffer.from("abcde"));
    expect(notesIn(lines[0])).toEqual([6]);
  });

  test("a result that would be written outside of memory is an invalid access", async () => {
    const { plugin, lines } = await start(
      onData(
        "downstream",
        "(call $note (call $get_buffer (i32.const 2) (i32.const 0) (i32.const 5) (i32.const -2) (i32.const 12)))",
      ),
    );
    plugin.newConnection().downstream(Buffer.from("abcde"));
    expect(notesIn(lines[0])).toEqual([6]);
  });
});

describe("configuration buffers", () => {
  test("the plugin's can be read while it is configured, the VM's then too", async () => {
    const lines: string[] = [];
    const body =
      fetch(PLUGIN_CONFIGURATION, 0, 90) + fetch(VM_CONFIGURATION, 0, 90) + "(call $note (local.get $size))";
    const vm = new Vm(await configuring(body), { log: (_, text) => lines.push(text) });
    vm.startPlugin({ configuration: "{}", vmConfiguration: "vm" });
    expect(notesIn(lines[0])).toEqual([0, 2, 123, 0, 2, 118, 2]);
  });

  test("the plugin's is gone in vm_start and with connections", async () => {
    const { plugin, lines } = await start(
      `(func (export "proxy_on_vm_start") (param i32 i32) (result i32) ${fetch(PLUGIN_CONFIGURATION, 0, 9)} (call $flush) (i32.const 1))
       ${onData("downstream", fetch(PLUGIN_CONFIGURATION, 0, 9))}`,
    );
    plugin.newConnection().downstream(Buffer.from("a"));
    // Canary, worker, connection: NotFound, nothing written.
    expect(lines.map(notesIn)).toEqual(Array(3).fill([1, 99]));
  });
});

describe("set_buffer_bytes", () => {
  const edit = (start: number, length: number): string =>
    `(call $note (call $set_buffer (i32.const 2) (i32.const ${start}) (i32.const ${length}) (i32.const 16) (i32.const 2)))`;

  async function edited(body: string): Promise<{ notes: number[]; passed: string }> {
    const { plugin, lines } = await start(`(data (i32.const 16) "XY") ${onData("downstream", body)}`);
    let passed = "";
    const passOn = (_: Direction, bytes: Uint8Array): string => (passed += Buffer.from(bytes).toString());
    plugin.newConnection({ passOn }).downstream(Buffer.from("abcde"));
    return { notes: notesIn(lines[0]), passed };
  }

  test("prepends, replaces the front, replaces everything, appends", async () => {
    expect(await edited(edit(0, 0))).toEqual({ notes: [0], passed: "XYabcde" });
    expect(await edited(edit(0, 2))).toEqual({ notes: [0], passed: "XYcde" });
    expect(await edited(edit(0, 5))).toEqual({ notes: [0], passed: "XY" });
    expect(await edited(edit(5, 0))).toEqual({ notes: [0], passed: "abcdeXY" });
    expect(await edited(edit(99, 7))).toEqual({ notes: [0], passed: "abcdeXY" });
  });

  test("does not edit in the middle", async () => {
    expect(await edited(edit(2, 1))).toEqual({ notes: [2], passed: "abcde" });
  });
});

describe("get_buffer_status", () => {
  test("gives the size without copying", async () => {
    const { plugin, lines } = await start(
      onData(
        "downstream",
        "(call $note (call $buffer_status (i32.const 2) (i32.const 8) (i32.const 12))) (call $note (i32.load (i32.const 8)))",
      ),
    );
    plugin.newConnection().downstream(Buffer.from("abcde"));
    expect(notesIn(lines[0])).toEqual([0, 5]);
  });
});
