import { describe, expect, test } from "vitest";
import { Vm } from "../../host/index.ts";
import { numberField, readFields, textField } from "../../host/abi/protobuf.ts";
import { MARK } from "../support/behind.ts";
import {
  Constants,
  NUMBER,
  SIZE,
  TELLING,
  call,
  i32,
  line,
  number,
  result,
  tell,
  word,
} from "../support/telling.ts";
import { watModule } from "../support/wat.ts";

const CLUSTER = "envoy.tcp_proxy.cluster";

/** A message of two texts: fields 1 and 2. */
function texts(first: string, second: string): Buffer {
  const field = (at: number, value: string): Buffer =>
    Buffer.concat([Buffer.of((at << 3) | 2, Buffer.byteLength(value)), Buffer.from(value)]);
  return Buffer.concat([field(1, first), field(2, second)]);
}

describe("set_envoy_filter_state", () => {
  test("chooses the cluster: tcp_proxy hears of it when it connects, the host may ask", async () => {
    const constants = new Constants();
    const choose = call(
      "foreign",
      ...constants.put("set_envoy_filter_state"),
      ...constants.put(texts(CLUSTER, "second")),
      0,
      0,
    );
    const vm = new Vm(
      await watModule(
        `(func (export "proxy_on_new_connection") (param i32) (result i32) ${choose}) ${constants.text}`,
      ),
    );
    const wanted: unknown[] = [];
    const connection = vm.startPlugin().newConnection({ connectUpstream: (cluster) => wanted.push(cluster) });
    expect(wanted).toEqual(["second"]);
    expect(connection.cluster).toBe("second");
    expect(Buffer.from(connection.filterState.get(CLUSTER) ?? []).toString()).toBe("second");
  });
});

describe("what a module gets wrong is said", () => {
  test.each([
    ["nosuch", Buffer.alloc(0), "unknown_function: nosuch"],
    ["set_envoy_filter_state", texts("no.key", "x"), "filter state no.key: no such key in Envoy"],
    ["declare_property", texts("late", ""), "property late: only what a plugin declares has an effect"],
    ["expr_create", Buffer.alloc(0), "not_emulated: expr_create"],
  ])("%s %s", async (name, parameters, said) => {
    const constants = new Constants();
    const wrong = call("foreign", ...constants.put(name), ...constants.put(parameters), 0, 0);
    const module = await watModule(
      `(func (export "proxy_on_new_connection") (param i32) (result i32) (drop ${wrong}) (i32.const 0)) ${constants.text}`,
    );
    const plugin = new Vm(module, { misuse: "throw" }).startPlugin();
    expect(() => plugin.newConnection()).toThrow(said);
  });
});

describe("the environment", () => {
  test("is what the VM was given, also while its globals are made", async () => {
    const told: string[] = [];
    const module = await watModule(`${TELLING}
      (func (export "_initialize")
        (drop ${call("environ_sizes", NUMBER, SIZE)})
        ${line(number(word(NUMBER)), tell(" "), number(word(SIZE)))}
        (drop ${call("environ", 200, 300)})
        ${line(`(call $copy ${word(204)} ${i32(6)})`)})
      (func (export "proxy_on_vm_start") (param i32 i32) (result i32)
        ${result("far", call("environ", -4, 300))} (i32.const 1))`);
    new Vm(module, {
      environment: { A: "one", B: "two" },
      log: (_, text) => told.push(text.slice(MARK.length)),
    });
    expect(told).toEqual(["2 12", "B=two_"]);
  });
});

describe("a message", () => {
  test("has texts and numbers; what is absent is empty", () => {
    const fields =
      readFields(Buffer.concat([texts("a", "ü"), Buffer.of(3 << 3, 0x96, 1)])) ?? new Map<number, bigint>();
    expect([textField(fields, 1), textField(fields, 4)]).toEqual(["a", ""]);
    expect([numberField(fields, 3), numberField(fields, 4), numberField(fields, 1)]).toEqual([150, 0, 0]);
  });

  test("that is damaged is none", () => {
    for (const bytes of [[0xff], [0x0a, 5, 1], [0x0b], [0x02, 1, 1], [0x08]]) {
      expect(readFields(Buffer.from(bytes))).toBeUndefined();
    }
    expect(textField(readFields(Buffer.of(0x0a, 1, 0xff)) ?? new Map<number, bigint>(), 1)).toBeUndefined();
  });
});
