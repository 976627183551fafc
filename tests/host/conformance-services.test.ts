// Host calls beyond the stream itself, with good and bad parameters: Envoy and the embedded host answer the same.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { writePairs, type Pairs } from "../../host/abi/pairs.ts";
import { behindEmbedded, behindEnvoy, envoy, type Surroundings } from "../support/behind.ts";
import { Peer, Upstream, closedPort } from "../support/sockets.ts";
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
import { watBinary } from "../support/wat.ts";

const FAR = 0x7fff_fff0;
const constants = new Constants();
const put = (content: string | Uint8Array): [number, number] => constants.put(content);
const KEY = put("key");
const OTHER_KEY = put("other key");
const VALUE = put("value");
const OTHER = put("another");
const NOTHING: [number, number] = [0, 0];

const get = (key: [number, number]): string =>
  result("get", call("get_shared", ...key, POINTER, SIZE, NUMBER), bytes(), number(word(NUMBER)));
const set = (key: [number, number], value: [number, number], version: number): string =>
  result(`set at ${version}`, call("set_shared", ...key, ...value, version));

const SHARED_DATA = [
  get(KEY),
  set(KEY, VALUE, 5),
  get(KEY),
  set(KEY, OTHER, 0),
  get(KEY),
  set(KEY, VALUE, 1),
  set(KEY, VALUE, 2),
  set(KEY, VALUE, 99),
  get(KEY),
  set(OTHER_KEY, NOTHING, 0),
  get(OTHER_KEY),
  set(KEY, [FAR, 99], 0),
  result("far result", call("get_shared", ...KEY, POINTER, SIZE, FAR)),
].join("\n");

const QUEUE = put("queue");
const SECOND_QUEUE = put("queue of its own");
const VM_ID = put("heirloom.behind");
const register = (name: [number, number]): string =>
  result("register", call("register", ...name, NUMBER), number(word(NUMBER)));
const resolve = (vm: [number, number], name: [number, number]): string =>
  result("resolve", call("resolve", ...vm, ...name, NUMBER), number(word(NUMBER)));
const enqueue = (token: number, value: [number, number]): string =>
  result(`enqueue ${token}`, call("enqueue", token, ...value));
const dequeue = (token: number): string =>
  result(`dequeue ${token}`, call("dequeue", token, POINTER, SIZE), bytes());

const QUEUES = [
  resolve(VM_ID, QUEUE),
  dequeue(7),
  enqueue(7, VALUE),
  register(QUEUE),
  register(QUEUE),
  register(SECOND_QUEUE),
  resolve(VM_ID, QUEUE),
  resolve(NOTHING, SECOND_QUEUE),
  resolve(KEY, QUEUE),
  dequeue(1),
  enqueue(1, VALUE),
  enqueue(1, NOTHING),
  enqueue(2, OTHER),
].join("\n");

const READY = `(func (export "proxy_on_queue_ready") (param i32) (param $token i32)
  ${line(tell("ready "), number("(local.get $token)"))} ${dequeue(1)} ${dequeue(2)}
  (if (i32.eq (local.get $token) (i32.const 2)) (then ${line(tell("second"))})))`;

type Field = readonly [field: number, value: string | number];

function message(...fields: readonly Field[]): [number, number] {
  const parts = fields.map(([field, value]) =>
    typeof value === "number"
      ? Buffer.of(field << 3, value)
      : Buffer.concat([Buffer.of((field << 3) | 2, value.length), Buffer.from(value)]),
  );
  return put(Buffer.concat(parts));
}

const foreign = (name: string, parameters: [number, number]): string =>
  result(name, call("foreign", ...put(name), ...parameters, POINTER, SIZE), bytes());
const state = (key: string, value: string): string =>
  foreign("set_envoy_filter_state", message([1, key], [2, value], [3, 1]));
const setProperty = (name: string, value: [number, number]): string =>
  result(`set ${name}`, call("set_property", ...put(name), ...value));
const getProperty = (...path: string[]): string =>
  result(`get ${path.join(" ")}`, call("get_property", ...put(path.join("\0")), POINTER, SIZE), bytes());

const ORIGINAL = "envoy.network.transport_socket.original_dst_address";
const GARBAGE = put(Buffer.of(255, 255, 255));

const FOREIGN = [
  foreign("nosuch", NOTHING),
  state("envoy.tcp_proxy.cluster", "behind"),
  state("no.such.key", "x"),
  state(ORIGINAL, "nonsense"),
  state(ORIGINAL, "1.2.3.4:5"),
  state(ORIGINAL, "[::1]:5"),
  state("envoy.network.upstream_server_name", "a.b"),
  state("envoy.network.application_protocols", "h2"),
  state("envoy.network.upstream_subject_alt_names", "a"),
  state("envoy.tcp_proxy.disable_tunneling", "true"),
  state("envoy.upstream.dynamic_host", "a.b"),
  state("envoy.upstream.dynamic_port", "25"),
  state("envoy.upstream.dynamic_port", "x"),
  state("envoy.ratelimit.hits_addend", "3"),
  state("envoy.string", "x"),
  state("envoy.hashable_string", "x"),
  foreign("set_envoy_filter_state", GARBAGE),
  foreign("set_envoy_filter_state", NOTHING),
  foreign("declare_property", message([1, "late"], [2, 1])),
  foreign("declare_property", message([1, "late"])),
  foreign("declare_property", GARBAGE),
  foreign("declare_property", NOTHING),
  foreign("clear_route_cache", NOTHING),
  setProperty("early", VALUE),
  setProperty("early", OTHER),
  setProperty("late", VALUE),
  setProperty("late", OTHER),
  getProperty("early"),
  getProperty("late"),
  getProperty("filter_state", "wasm.late"),
  getProperty("filter_state", "wasm", "late"),
  getProperty("filter_state", "envoy.tcp_proxy.cluster"),
  getProperty("late", "more"),
  getProperty("plugin_vm_id"),
].join("\n");

const DECLARING = `(func (export "proxy_on_vm_start") (param i32 i32) (result i32)
  (drop ${call("foreign", ...put("declare_property"), ...message([1, "early"], [2, 1], [3, 1]), 0, 0)}) (i32.const 1))`;

const ENVIRONMENT = [
  result("sizes", call("environ_sizes", NUMBER, SIZE), number(word(NUMBER)), number(word(SIZE))),
  result("environment", call("environ", 200, 300), call("copy", 300, 9)),
  result("far", call("environ", FAR, 300)),
  result("far sizes", call("environ_sizes", FAR, SIZE)),
  result("configuration", call("get_buffer", 6, 0, 90, POINTER, SIZE), bytes()),
].join("\n");

interface Run {
  readonly inConnection: string;
  readonly more?: string;
  readonly surroundings?: Surroundings;
  /** Ends the run; the filter closes the connection before it. */
  readonly closes?: boolean;
}

async function both({ inConnection, more = "", surroundings = {}, closes = true }: Run): Promise<string[][]> {
  const act = `${inConnection} ${closes ? `(drop ${call("close", 2)})` : ""} ${i32(1)}`;
  const binary = watBinary(`${telling({ newConnection: act, more })} ${constants.text}`);
  const told: string[][] = [];
  for (const behind of [behindEnvoy, behindEmbedded]) {
    const upstream = await Upstream.start();
    try {
      const play = async (port: number): Promise<void> => {
        const client = await Peer.connect(port);
        await client.until(({ ended, closed }) => ended || closed);
        client.socket.destroy();
      };
      const lines = await behind(binary, upstream.port, play, surroundings);
      told.push(lines.slice(lines.indexOf("new")));
    } finally {
      upstream.stop();
    }
  }
  return told;
}

describe.skipIf(envoy === undefined)("Envoy and the embedded host agree on", () => {
  test.each([
    ["shared data", SHARED_DATA, "", {}],
    ["shared queues", QUEUES, "", {}],
    ["foreign functions and properties", FOREIGN, DECLARING, {}],
    ["the environment", ENVIRONMENT, "", { environment: { ONE: "first" }, vmConfiguration: "of the VM" }],
  ] as const)("%s", async (_, inConnection, more, surroundings) => {
    const [inEnvoy = [], embedded = []] = await both({ inConnection, more, surroundings });
    expect(embedded).toEqual(inEnvoy);
    expect(inEnvoy.length).toBeGreaterThan(8);
  });

  test("news of queues", async () => {
    const filled = [register(QUEUE), register(SECOND_QUEUE), enqueue(1, VALUE), enqueue(2, OTHER)];
    const run = { inConnection: filled.join("\n"), more: READY, surroundings: { last: "second" } };
    const [inEnvoy = [], embedded = []] = await both(run);
    expect(embedded).toEqual(inEnvoy);
    expect(inEnvoy).toContain("ready 2");
  });
});

const request = (path: string, ...more: Pairs): Uint8Array =>
  writePairs([[":method", "POST"], [":path", path], [":authority", "me"], ...more]);

const httpCall = (
  cluster: string,
  headers: Uint8Array | [number, number],
  timeout: number,
  body: [number, number] = VALUE,
): string => {
  const map = headers instanceof Uint8Array ? put(headers) : headers;
  const parameters = [...put(cluster), ...map, ...body, ...NOTHING, timeout, NUMBER];
  return result(`call ${cluster}`, call("http_call", ...parameters), number(word(NUMBER)));
};

const mapValue = (map: number, name: string): string =>
  result(`${map} ${name}`, call("map_value", map, ...put(name), POINTER, SIZE), bytes());

const MAPS = [
  mapValue(6, ":status"),
  mapValue(6, "X-Seen"),
  mapValue(6, "x-two"),
  mapValue(6, "nosuch"),
  mapValue(7, "nosuch"),
  mapValue(0, "nosuch"),
  mapValue(8, "nosuch"),
  result("pairs", call("map_pairs", 7, POINTER, SIZE), number(word(SIZE))),
  result("pairs", call("map_pairs", 9, POINTER, SIZE), number(word(SIZE))),
  result("size", call("map_size", 6, NUMBER)),
  result("add", call("map_add", 6, ...KEY, ...VALUE)),
  result("body", call("get_buffer", 4, 0, 999, POINTER, SIZE), bytes()),
  result("part", call("get_buffer", 4, 1, 3, POINTER, SIZE), bytes()),
  result("edit", call("set_buffer", 4, 0, 0, ...KEY)),
  result("status", call("get_status", NUMBER, POINTER, SIZE), bytes(), number(word(NUMBER))),
].join("\n");

/** Tells of an answer, then closes the connection, if it is still there. */
const ANSWERED = `(func (export "proxy_on_http_call_response")
  (param $root i32) (param $token i32) (param $headers i32) (param $body i32) (param $trailers i32)
  ${line(tell("answer "), number("(local.get $token)"), tell(" "), number("(i32.ne (local.get $headers) (i32.const 0))"))}
  ${line(number("(local.get $body)"), tell(" "), number("(local.get $trailers)"))}
  ${MAPS} ${result("stream", call("effective", "(global.get $stream)"))} (drop ${call("close", 2)}))`;

describe.skipIf(envoy === undefined)("Envoy and the embedded host agree on an HTTP call that", () => {
  const calls: readonly (readonly [name: string, inConnection: string])[] = [
    ["is answered", httpCall("auth", request("/ok", ["X-H", "v"]), 2000)],
    ["is answered without a body or a time limit", httpCall("auth", request("/empty"), 0, NOTHING)],
    ["takes too long", httpCall("auth", request("/slow"), 200)],
    ["finds nobody", httpCall("down", request("/ok"), 2000)],
    ["breaks off", httpCall("auth", request("/reset"), 2000)],
    [
      "is refused, before one that is not",
      [
        httpCall("nosuch", request("/ok"), 1000),
        httpCall("auth", writePairs([[":method", "GET"]]), 1000),
        httpCall("auth", KEY, 1000),
        httpCall("auth", request("/ok"), -1),
        httpCall("auth", request("/ok"), 100, [FAR, 99]),
        MAPS,
        httpCall("auth", request("/ok"), 2000),
      ].join("\n"),
    ],
  ];

  test.each(calls)("%s", async (_, inConnection) => {
    const server = await httpServer();
    const { port } = server.address() as AddressInfo;
    const surroundings = { clusters: { auth: port, down: await closedPort() } };
    try {
      const run = { inConnection, more: ANSWERED, surroundings, closes: false };
      const [inEnvoy = [], embedded = []] = await both(run);
      expect(embedded).toEqual(inEnvoy);
      expect(inEnvoy).toContain("stream 0");
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

async function httpServer(): Promise<Server> {
  const server = createServer((asked, answer) => {
    if (asked.url === "/slow") return;
    if (asked.url === "/reset") {
      answer.writeHead(200, { "x-seen": "half" });
      answer.write("half");
      setTimeout(() => answer.destroy(), 50);
      return;
    }
    let body = "";
    asked.on("data", (part) => (body += String(part)));
    asked.on("end", () => {
      const seen = `${asked.method} ${asked.url} ${asked.headers.host} ${String(asked.headers["x-h"])} ${body}`;
      answer.setHeader("X-Seen", seen);
      answer.setHeader("X-Two", ["a", "b"]);
      answer.end(asked.url === "/empty" ? undefined : "hello");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
