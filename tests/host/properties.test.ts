import { describe, expect, test } from "vitest";
import { Vm, type Properties } from "../../host/index.ts";
import { notesIn, watModule } from "../support/wat.ts";

/** Reads a property whenever data comes: notes status, size and up to 8 bytes. */
function reading(path: string) {
  const bytes = Array.from(
    { length: 8 },
    (_, i) => `(call $note (i32.load8_u offset=${i} (i32.load (i32.const 8))))`,
  );
  const name = path.replaceAll(".", "\\00");
  return watModule(`(data (i32.const 16) "${name}")
    (func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32)
      (call $note (call $get_property (i32.const 16) (i32.const ${path.length}) (i32.const 8) (i32.const 12)))
      (call $note (i32.load (i32.const 12)))
      (if (i32.load (i32.const 12)) (then ${bytes.join("")}))
      (call $flush) (i32.const 0))`);
}

async function read(path: string, properties: Properties): Promise<number[]> {
  const lines: string[] = [];
  const vm = new Vm(await reading(path), { log: (_, text) => lines.push(text) });
  vm.startPlugin({ rootId: "heirloom.test" }).newConnection({ properties }).downstream(Buffer.from("x"));
  const [status = -1, size = 0, ...bytes] = notesIn(lines[0]);
  return [status, size, ...bytes.slice(0, size)];
}

describe("get_property", () => {
  test("text is raw, numbers are 8 bytes, truth is one", async () => {
    expect(await read("source.address", { "source.address": "ab" })).toEqual([0, 2, 97, 98]);
    expect(await read("source.port", { "source.port": 0x0102 })).toEqual([0, 8, 2, 1, 0, 0, 0, 0, 0, 0]);
    expect(await read("connection.mtls", { "connection.mtls": true })).toEqual([0, 1, 1]);
    expect(await read("response.flags", { "response.flags": 32n })).toEqual([0, 8, 32, 0, 0, 0, 0, 0, 0, 0]);
  });

  test("what is not there is not found", async () => {
    expect(await read("connection.tls_version", {})).toEqual([1, 0]);
  });

  test("a plugin knows its own root_id", async () => {
    expect((await read("plugin_root_id", {})).slice(0, 2)).toEqual([0, "heirloom.test".length]);
  });

  test("more becomes known later, the last at the close", async () => {
    const module = await watModule(`(data (i32.const 16) "upstream\\00address")
      (func (export "proxy_on_log") (param i32)
        (call $note (call $get_property (i32.const 16) (i32.const 16) (i32.const 8) (i32.const 12)))
        (call $note (i32.load (i32.const 12))) (call $flush))`);
    const lines: string[] = [];
    const vm = new Vm(module, { log: (_, text) => lines.push(text) });
    vm.startPlugin().newConnection().close("local", { "upstream.address": "1.2.3.4:25" });
    expect(notesIn(lines[0])).toEqual([0, 10]);
  });
});

describe("the version of TLS", () => {
  const asking = (callback: string): string => `(data (i32.const 16) "connection\\00tls_version")
    (func (export "${callback}") (param i32 ${callback.endsWith("data") ? "i32 i32" : ""}) (result i32)
      (call $get_property (i32.const 16) (i32.const 22) (i32.const 8) (i32.const 12)))`;
  const misuses = async (callback: string, properties: Properties): Promise<string[]> => {
    const vm = new Vm(await watModule(asking(callback)));
    vm.startPlugin().newConnection({ properties }).downstream(Buffer.from("x"));
    return vm.misuses.map(({ kind }) => kind);
  };

  test("must not be asked for before the handshake", async () => {
    const tls = { "connection.tls_version": "TLSv1.3" };
    expect(await misuses("proxy_on_new_connection", tls)).toEqual(["asked_too_early"]);
    expect(await misuses("proxy_on_downstream_data", tls)).toEqual([]);
    expect(await misuses("proxy_on_new_connection", {})).toEqual([]);
  });
});

describe("what a connection is told of from its accept on", () => {
  test("is there until somebody knows better", async () => {
    expect(await read("connection.mtls", {})).toEqual([0, 1, 0]);
    expect(await read("connection.requested_server_name", {})).toEqual([0, 0]);
    expect(await read("response.flags", { "response.flags": 16 })).toEqual([0, 8, 16, 0, 0, 0, 0, 0, 0, 0]);
    expect(await read("request.size", {})).toEqual([0, 8, 1, 0, 0, 0, 0, 0, 0, 0]);
    expect(await read("upstream.address", {})).toEqual([1, 0]);
  });
});

describe("set_property", () => {
  test("writes filter state under wasm., readable by its bare key, up to on_log", async () => {
    const module = await watModule(`
      (data (i32.const 16) "heirloom.smtp") (data (i32.const 32) "value")
      (func (export "proxy_on_log") (param i32)
        (call $note (call $set_property (i32.const 16) (i32.const 13) (i32.const 32) (i32.const 5)))
        (call $note (call $get_property (i32.const 16) (i32.const 13) (i32.const 8) (i32.const 12)))
        (call $note (i32.load (i32.const 12))) (call $flush))
      (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (call $note (call $set_property (i32.const 16) (i32.const 13) (i32.const 32) (i32.const 5)))
        (call $flush) (i32.const 1))`);
    const lines: string[] = [];
    const vm = new Vm(module, { log: (_, text) => lines.push(text) });
    const connection = vm.startPlugin().newConnection();
    connection.close("remote");
    // A root has no filter state: NotFound, in the canary and here.
    expect(lines.map(notesIn)).toEqual([[1], [1], [0, 0, 5]]);
    expect(Buffer.from(connection.filterState.get("wasm.heirloom.smtp") ?? []).toString()).toBe("value");
  });
});

describe("set_effective_context", () => {
  test("calls can be made for another context, not for one that is gone", async () => {
    const module = await watModule(`
      (data (i32.const 16) "k") (data (i32.const 17) "v")
      (func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32)
        (call $note (call $effective (i32.const 2)))
        (call $note (call $set_property (i32.const 16) (i32.const 1) (i32.const 17) (i32.const 1)))
        (call $flush) (i32.const 0))`);
    const lines: string[] = [];
    const vm = new Vm(module, { log: (_, text) => lines.push(text) });
    const plugin = vm.startPlugin();
    const first = plugin.newConnection();
    const second = plugin.newConnection();
    second.downstream(Buffer.from("x"));
    expect(first.filterState.has("wasm.k")).toBe(true);
    expect(second.filterState.has("wasm.k")).toBe(false);
    first.close("remote");
    second.downstream(Buffer.from("x"));
    expect(notesIn(lines[1])).toEqual([2, 0]);
    expect(second.filterState.has("wasm.k")).toBe(true);
    expect(vm.misuses.map(({ kind }) => kind)).toEqual(["context_gone"]);
  });
});
