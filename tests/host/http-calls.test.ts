import { describe, expect, test } from "vitest";
import { readPairs, writePairs } from "../../host/abi/pairs.ts";
import { ManualClock, Vm, type HttpHandler, type HttpRequest, type VmOptions } from "../../host/index.ts";
import {
  Constants,
  NUMBER,
  POINTER,
  SIZE,
  bytes,
  call,
  i32,
  line,
  number,
  result,
  tell,
  telling,
  word,
} from "../support/telling.ts";
import { MARK } from "../support/behind.ts";
import { watModule } from "../support/wat.ts";

/** A module that asks "auth" about each new connection, holds it, and lets it go on at the answer. */
async function asking(handler: HttpHandler | undefined, options: VmOptions = {}, timeout = 1000) {
  const constants = new Constants();
  const put = (content: string | Uint8Array) => constants.put(content);
  const headers = writePairs([
    [":method", "POST"],
    [":path", "/who"],
    [":authority", "me"],
    ["x-more", "1"],
  ]);
  const trailers = writePairs([["x-last", "2"]]);
  const parameters = [...put("auth"), ...put(headers), ...put("body"), ...put(trailers), timeout, NUMBER];
  const module = await watModule(
    `${telling({
      newConnection: `${line(tell("call "), number(call("http_call", ...parameters)), tell(" "), number(word(NUMBER)))} ${i32(1)}`,
      downstream: `${result("late", call("map_value", 6, ...put(":status"), POINTER, SIZE))} ${i32(0)}`,
      more: `(func (export "proxy_on_http_call_response")
      (param i32) (param $token i32) (param $headers i32) (param $body i32) (param $trailers i32)
      (drop ${call("map_value", 6, ...put(":status"), POINTER, SIZE)})
      ${line(tell("answer "), number("(local.get $token)"), tell(" "), bytes())}
      (drop ${call("get_buffer", 4, 0, 99, POINTER, SIZE)})
      ${line(number("(local.get $headers)"), tell(" "), number("(local.get $trailers)"), tell(" "), bytes())}
      (if (i32.eqz ${call("effective", "(global.get $stream)")}) (then (drop ${call("continue", 2)}))))`,
    })} ${constants.text}`,
  );
  const lines: string[] = [];
  const clock = new ManualClock();
  const clusters: VmOptions["clusters"] = handler === undefined ? {} : { auth: handler };
  const vm = new Vm(module, {
    clock,
    clusters,
    log: (_, text) => lines.push(text.slice(MARK.length)),
    ...options,
  });
  return { vm, plugin: vm.startPlugin(), since: () => lines.splice(0) };
}

describe("an HTTP call", () => {
  test("reaches the cluster's handler with all that was sent; the answer comes after the callback", async () => {
    const seen: HttpRequest[] = [];
    const { plugin, since } = await asking((request) => {
      seen.push(request);
      return { status: 200, headers: { "x-a": "b" }, body: "yes", trailers: { t: "1" } };
    });
    const connection = plugin.newConnection();
    expect(since()).toEqual(["new", "call 0 4", "answer 4 200", "2 1 yes"]);
    expect(connection.upstreamWanted).toBe(true);
    connection.downstream(Buffer.from("x"));
    expect(since()).toEqual(["downstream 1 0", "late 2"]);
    const [request] = seen;
    expect(request?.headers).toContainEqual([":path", "/who"]);
    expect(request?.headers).toContainEqual(["x-more", "1"]);
    expect(Buffer.from(request?.body ?? []).toString()).toBe("body");
    expect(request?.trailers).toEqual([["x-last", "2"]]);
    expect(request?.timeoutMs).toBe(1000);
  });

  test("may take its time, by the host's clock", async () => {
    const { vm, plugin, since } = await asking(() => ({ status: 200, afterMs: 300 }));
    const connection = plugin.newConnection();
    vm.advance(299);
    expect(since()).toEqual(["new", "call 0 4"]);
    expect(connection.upstreamWanted).toBe(false);
    vm.advance(1);
    expect(since()).toEqual(["answer 4 200", "1 0 "]);
  });

  test.each([
    ["never", "timeout" as const],
    ["too late", { status: 200, afterMs: 1001 }],
  ])("that is answered %s ends as 504 when its time is over", async (_, outcome) => {
    const { vm, plugin, since } = await asking(() => outcome);
    plugin.newConnection();
    vm.advance(999);
    expect(since()).toEqual(["new", "call 0 4"]);
    vm.advance(500);
    expect(since()).toEqual(["answer 4 504", "3 0 upstream request timeout"]);
  });

  test("without a limit waits for ever", async () => {
    const { vm, plugin, since } = await asking(() => "timeout", {}, 0);
    plugin.newConnection();
    since();
    vm.advance(1e9);
    expect(since()).toEqual([]);
  });

  test("that finds no server is a 503, one that breaks off has no headers", async () => {
    const unavailable = await asking(() => "unavailable");
    unavailable.plugin.newConnection();
    expect(unavailable.since()[2]).toBe("answer 4 503");
    const reset = await asking(() => "reset");
    reset.plugin.newConnection();
    expect(reset.since().slice(2)).toEqual(["answer 4 ", "0 0 "]);
  });

  test("to a cluster that is none is refused", async () => {
    const { plugin, since } = await asking(undefined);
    plugin.newConnection();
    expect(since()).toEqual(["new", "call 2 0"]);
  });

  test("is answered although its connection is over", async () => {
    const { vm, plugin, since } = await asking(() => ({ status: 200, afterMs: 10 }));
    plugin.newConnection().close("local");
    since();
    vm.advance(10);
    expect(since()).toEqual(["answer 4 200", "1 0 "]);
    expect(vm.misuses.map(({ kind }) => kind)).toEqual(["context_gone"]);
  });

  test("is not answered to a configuration that is shut down", async () => {
    const { vm, plugin, since } = await asking(() => ({ status: 200, afterMs: 10 }));
    plugin.newConnection().close("local");
    plugin.shutdown();
    since();
    vm.advance(2000);
    expect(since()).toEqual([]);
  });

  test("may be answered by a promise; one that fails is an unavailable server", async () => {
    const { plugin, since } = await asking(() => Promise.resolve({ status: 204 }));
    plugin.newConnection();
    expect(since()).toEqual(["new", "call 0 4"]);
    await Promise.resolve().then(() => undefined);
    expect(since()[0]).toBe("answer 4 204");
    const failing = await asking(() => Promise.reject(new Error("no")));
    failing.plugin.newConnection();
    await new Promise((resolve) => setImmediate(resolve));
    expect(failing.since()[2]).toBe("answer 4 503");
  });
});

describe("header maps", () => {
  test("come back as they were written", () => {
    const pairs = [
      ["a", "b"],
      ["", ""],
      ["é", "ü".repeat(300)],
    ] as const;
    expect(readPairs(writePairs(pairs))).toEqual(pairs);
    expect(readPairs(writePairs([]))).toEqual([]);
  });

  test("that are damaged are empty", () => {
    const good = writePairs([["name", "value"]]);
    for (let length = 0; length < good.length; length++)
      expect(readPairs(good.subarray(0, length))).toEqual([]);
    expect(readPairs(Buffer.concat([good, Buffer.of(0)]))).toEqual([]);
    expect(readPairs(Buffer.alloc(4, 255))).toEqual([]);
    const unended = Buffer.from(good);
    unended[unended.length - 1] = 1;
    expect(readPairs(unended)).toEqual([]);
    expect(readPairs(writePairs(Array.from({ length: 1025 }, () => ["a", "b"] as const)))).toEqual([]);
  });
});
