import { describe, expect, test } from "vitest";
import { ManualClock, SharedStore, Vm, Worker } from "../../host/index.ts";
import { loggingModule } from "../support/access-log.ts";
import { MARK } from "../support/behind.ts";
import {
  Constants,
  NUMBER,
  POINTER,
  SIZE,
  TELLING,
  bytes,
  call,
  i32,
  line,
  number,
  result,
  tell,
  word,
} from "../support/telling.ts";
import { watModule } from "../support/wat.ts";

/** Where a module keeps a number of its own. */
const KEPT = 40;

const bytesOf = (text: string): Uint8Array => Buffer.from(text);

/** Registers a queue when it is configured and tells of what comes; each connection puts one more into it. */
async function queueing() {
  const constants = new Constants();
  const queue = constants.put("queue");
  const owner = constants.put("shop");
  return watModule(`${TELLING}
    (func (export "proxy_on_configure") (param i32 i32) (result i32)
      (drop ${call("register", ...queue, NUMBER)}) (i32.const 1))
    (func (export "proxy_on_new_connection") (param i32) (result i32)
      ${result("resolve", call("resolve", ...owner, ...queue, NUMBER), number(word(NUMBER)))}
      (i32.store ${i32(KEPT)} ${word(NUMBER)})
      ${result("enqueue", call("enqueue", word(KEPT), ...constants.put("item")))}
      (i32.const 0))
    (func (export "proxy_on_queue_ready") (param $root i32) (param $token i32)
      ${line(tell("ready "), number("(local.get $root)"))}
      ${result("dequeue", call("dequeue", "(local.get $token)", POINTER, SIZE), bytes())})
    ${constants.text}`);
}

describe("shared queues", () => {
  test("tell the VM that registered last, after what filled them; others only fill", async () => {
    const module = await queueing();
    const shared = new SharedStore();
    const told: string[] = [];
    const vm = (name: string, vmId: string): Vm =>
      new Vm(module, { shared, vmId, log: (_, text) => told.push(`${name} ${text.slice(MARK.length)}`) });
    const first = vm("first", "shop").startPlugin();
    vm("second", "shop").startPlugin();
    const stranger = vm("stranger", "elsewhere").startPlugin();
    first.newConnection();
    expect(told.splice(0)).toEqual([
      "first resolve 0 1",
      "first enqueue 0",
      "second ready 1",
      "second dequeue 0 item",
    ]);
    stranger.newConnection();
    expect(told.splice(0)).toEqual([
      "stranger resolve 0 1",
      "stranger enqueue 0",
      "second ready 1",
      "second dequeue 0 item",
    ]);
  });
});

describe("a shared store", () => {
  test("counts changes through, whatever the key", () => {
    const store = new SharedStore();
    expect(store.get("vm", "a")).toBeUndefined();
    expect(store.set("vm", "a", bytesOf("1"))).toBe(true);
    expect(store.set("vm", "b", bytesOf("2"), 77)).toBe(true);
    expect(store.get("vm", "b")).toEqual({ value: bytesOf("2"), version: 2 });
    expect(store.set("vm", "a", bytesOf("3"), 2)).toBe(false);
    expect(store.set("vm", "a", bytesOf("3"), 1)).toBe(true);
    expect(store.get("vm", "a")).toEqual({ value: bytesOf("3"), version: 3 });
    expect(store.get("other", "a")).toBeUndefined();
  });

  test("loses what VMs of an id shared with the last of them", async () => {
    const module = await queueing();
    const shared = new SharedStore();
    const vms = [1, 2].map(() => new Vm(module, { shared, vmId: "shop" }));
    for (const vm of vms) vm.startPlugin();
    shared.set("shop", "key", bytesOf("x"));
    vms[0]?.shutdown();
    expect(shared.get("shop", "key")).toBeDefined();
    vms[1]?.shutdown();
    expect(shared.get("shop", "key")).toBeUndefined();
    expect(shared.resolve("shop", "queue")).toBeUndefined();
  });
});

describe("a worker", () => {
  test("has one VM for equal vm_config, two for differing ones, one root context for equal plugins", async () => {
    const module = await queueing();
    const other = await queueing();
    const worker = new Worker({ clock: new ManualClock() });
    const a = worker.startPlugin(
      { module, vmConfiguration: "x", environment: { A: "1", B: "2" } },
      { rootId: "a" },
    );
    const b = worker.startPlugin(
      { module, vmConfiguration: "x", environment: { B: "2", A: "1" } },
      { rootId: "b" },
    );
    expect(worker.vms).toHaveLength(1);
    expect([a.rootContextId, b.rootContextId]).toEqual([1, 2]);
    const again = { module, vmConfiguration: "x", environment: { A: "1", B: "2" } };
    expect(worker.startPlugin(again, { rootId: "a" })).toBe(a);
    expect(worker.startPlugin(again, { rootId: "a", configuration: "{}" }).rootContextId).toBe(3);
    worker.startPlugin({ module, vmConfiguration: "y", environment: { A: "1", B: "2" } });
    worker.startPlugin({ module, vmConfiguration: "x", environment: { A: "1" } });
    worker.startPlugin({ module, vmConfiguration: "x", environment: { A: "1", B: "2" }, vmId: "z" });
    worker.startPlugin({ module: other, vmConfiguration: "x", environment: { A: "1", B: "2" } });
    expect(worker.vms).toHaveLength(5);
  });

  test("makes a new root context of a plugin that was shut down, and keeps none that is gone", async () => {
    const module = await queueing();
    const worker = new Worker({ clock: new ManualClock() });
    const start = () => worker.startPlugin({ module }, { rootId: "a" });
    const first = start();
    const connection = first.newConnection();
    first.shutdown();
    const second = start();
    expect([first.rootContextId, second.rootContextId]).toEqual([1, 3]);
    second.newConnection().close("remote");
    expect(start()).toBe(second);
    const [vm] = worker.vms;
    expect(vm?.plugins).toEqual([first, second]);
    connection.close("remote");
    expect(vm?.plugins).toEqual([second]);
    for (let i = 0; i < 10; i++) start().shutdown();
    expect(worker.vms).toEqual([vm]);
    expect(vm?.plugins).toEqual([]);
  });

  test("lets time pass for all its VMs, each root at its own period", async () => {
    const ticking = await watModule(`${TELLING}
      (func (export "proxy_on_configure") (param $root i32) (param $size i32) (result i32)
        (drop ${call("tick", "(local.get $size)")}) (i32.const 1))
      (func (export "proxy_on_tick") (param $root i32) ${line(number("(local.get $root)"))})`);
    const clock = new ManualClock();
    const told: string[] = [];
    const worker = new Worker({
      clock,
      log: (_, text) => told.push(`${Number(clock.monotonic()) / 1e6 - 1000} ${text.slice(MARK.length)}`),
    });
    // The size of the configuration is the period.
    const config = (size: number) => ({ configuration: " ".repeat(size) });
    worker.startPlugin({ module: ticking }, config(30));
    worker.startPlugin({ module: ticking }, config(50));
    worker.startPlugin({ module: ticking, vmId: "second" }, config(40));
    worker.advance(10);
    worker.startPlugin({ module: ticking }, config(60));
    worker.advance(90);
    expect(told).toEqual(["30 1", "40 1", "50 2", "60 1", "70 3", "80 1", "90 1", "100 2"]);
  });
});

describe("an access logger", () => {
  test("is a root context that is told of each connection that is over, with its properties and filter state", async () => {
    const told: string[] = [];
    const vm = new Vm(await watModule(loggingModule()), {
      log: (_, text) => told.push(text.slice(MARK.length)),
    });
    const filter = vm.startPlugin({ rootId: "filter" });
    const logger = vm.startPlugin({ rootId: "logger" });
    const connection = filter.newConnection({ properties: { "source.port": 1 } });
    connection.close("remote");
    told.length = 0;
    logger.logAccess(connection, { "connection.tls_version": "TLSv1.3" });
    expect(told.slice(0, 3)).toEqual(["log", "own 0 late", "plugin_root_id 0 logger"]);
    expect(told).toContain("source.port 0 8");
    expect(told).toContain("connection_id 1 0");
    expect(told).toContain("connection.tls_version 0 7");
    expect(told).toContain("set 1");
  });
});
