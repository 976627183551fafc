// The unit kit is held to filters that do what kits have to see: edit, hold, close, ask a server, keep time.

import { describe, expect, test } from "vitest";
import {
  TestProxy,
  checksOf,
  parseTranscript,
  type Check,
  type StageOptions,
  type Transcript,
} from "../../host/testing/index.ts";
import { watModule } from "../support/wat.ts";

const FENCE = "```";

function transcript(lines: string, more = ""): Transcript {
  return parseTranscript(`# T\n${FENCE}tcp\n${lines}\n${FENCE}\n${more}`, "tcp");
}

function block(info: string, text: string): string {
  return `${FENCE}${info}\n${text}\n${FENCE}\n`;
}

/** What a transcript's checks find wrong, by name; nothing where they hold. */
function wrong(checks: readonly Check[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name, run } of checks) {
    try {
      run();
    } catch (error) {
      found[name] = error instanceof Error ? error.message : String(error);
    }
  }
  return found;
}

async function found(definitions: string, text: Transcript, options?: StageOptions) {
  return wrong(checksOf(text, await watModule(definitions), options));
}

const SIZE = "(param $id i32) (param $size i32) (param $end i32) (result i32)";

/** The first byte of a chunk of the client's (2) or the server's (3); 0 without one. */
const firstByte = (from: 2 | 3): string => `
  (if (result i32) (local.get $size)
    (then
      (drop (call $get_buffer (i32.const ${from}) (i32.const 0) (i32.const 1) (i32.const 16) (i32.const 20)))
      (i32.load8_u (i32.load (i32.const 16))))
    (else (i32.const 0)))`;

/** Puts `<` before every `x` of the server's that begins a chunk. */
const EDITING = `
  (data (i32.const 24) "<")
  (func (export "proxy_on_upstream_data") ${SIZE}
    (if (i32.eq ${firstByte(3)} (i32.const 120)) (then
      (drop (call $set_buffer (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 24) (i32.const 1)))))
    (i32.const 0))`;

/** Holds the client's bytes, and its end of stream, until there are four of them. */
const HOLDING = `(func (export "proxy_on_downstream_data") ${SIZE} (i32.lt_u (local.get $size) (i32.const 4)))`;

/** Holds the client's bytes until its end of stream. */
const UNTIL_END = `(func (export "proxy_on_downstream_data") ${SIZE} (i32.eqz (local.get $end)))`;

/** Holds what the client sends for a second after its connection. */
const WAITING = `
  (global $held (mut i32) (i32.const 0)) (global $id (mut i32) (i32.const 0))
  (func (export "proxy_on_configure") (param i32 i32) (result i32) (drop (call $tick (i32.const 1000))) (i32.const 1))
  (func (export "proxy_on_downstream_data") ${SIZE}
    (global.set $held (i32.const 1)) (global.set $id (local.get $id)) (i32.const 1))
  (func (export "proxy_on_tick") (param i32)
    (if (i32.eq (global.get $held) (i32.const 2)) (then
      (drop (call $effective (global.get $id)))
      (drop (call $continue (i32.const 2)))
      (global.set $held (i32.const 0))))
    (if (global.get $held) (then (global.set $held (i32.const 2)))))`;

/** Closes at a chunk of the client's that begins with `x`. */
const CLOSING = `
  (func (export "proxy_on_downstream_data") ${SIZE}
    (if (i32.eq ${firstByte(2)} (i32.const 120)) (then (drop (call $close (i32.const 2)))))
    (i32.const 0))`;

const COUNTING = `
  (data (i32.const 16) "t.p.bytes_total.from.client")
  (func (export "proxy_on_configure") (param i32 i32) (result i32)
    (drop (call $define (i32.const 0) (i32.const 16) (i32.const 27) (i32.const 8)))
    (i32.const 1))
  (func (export "proxy_on_downstream_data") ${SIZE}
    (if (local.get $size) (then
      (drop (call $increment (i32.const 4) (i64.extend_i32_u (local.get $size))))))
    (i32.const 0))`;

describe("what reaches the other peer", () => {
  test("an edit, and what passes as it came", async () => {
    expect(await found(EDITING, transcript("S! xa\nS>! <xa\nS! b\nC! c"))).toEqual({});
    expect(await found(EDITING, transcript("S! xa\nS>! xa"))).toMatchObject({
      "as written": 'T, as written:\n  line 4: to the client came "<xa", expected "xa"',
    });
    expect(await found(EDITING, transcript("S! xa"))).toMatchObject({
      "as written": "T, as written:\n  line 3: bytes were changed or held",
    });
  });

  test("what is held, together with what lets it go, however it is cut", async () => {
    expect(await found(HOLDING, transcript("C! ab\nC>\nC! cd\nC>! abcd\nS! e\nC! fghi"))).toEqual({});
    expect(await found(HOLDING, transcript("C! ab\nC>\nS! c\nC>! ab"))).toMatchObject({
      "as written": 'T, as written:\n  line 6: to the server came "", expected "ab"',
    });
    // It is exact about the client's bytes from the first segment on.
    expect(await found(HOLDING, transcript("C! ab\n\nC! cd\nC>! abcd"))).toMatchObject({
      "as written": 'T, as written:\n  line 3: to the server came "", expected "ab"',
    });
  });

  test("what time lets go", async () => {
    expect(await found(WAITING, transcript("C! a\nC>\n--- 2s\nC>! a"))).toEqual({});
    expect(await found(WAITING, transcript("C! a\nC>\n--- 2s"))).toMatchObject({
      "as written": 'T, as written:\n  line 5: to the server came "a", expected ""',
    });
  });

  test("an end of stream", async () => {
    expect(await found(EDITING, transcript("C! a\nC.\nC>."))).toEqual({});
    expect(await found(HOLDING, transcript("C! ab\nC>\nC.\nC>."))).toMatchObject({
      "as written": "T, as written:\n  line 6: the end of stream has not reached the server",
    });
  });

  test("what an end lets go", async () => {
    expect(await found(UNTIL_END, transcript("C! ab\nC>\nC.\nC>! ab\nC>."))).toEqual({});
    expect(await found(UNTIL_END, transcript("C! ab\nC>"))).toMatchObject({
      "as written": 'T, as written:\n  at the end "ab" came to the server: write it below C. or S.',
    });
  });

  test("a close by the filter", async () => {
    expect(await found(CLOSING, transcript("C! a\n\nC! xb\nC>\n--- closed"))).toEqual({});
    expect(await found(CLOSING, transcript("C! a\n\nC! xb"))).toMatchObject({
      "as written": "T, as written:\n  line 5: the filter closed the connection",
    });
    expect(await found(CLOSING, transcript("C! a\n--- closed"))).toMatchObject({
      "as written": "T, as written:\n  line 4: the filter did not close the connection",
    });
  });

  test("a proxy is set up by two keys", () => {
    const settings = '{"connectMode": "on_downstream_data", "http": {"a": [{"status": 200}, "timeout"]}}';
    expect(transcript("C! a", block("proxy", settings)).proxy).toEqual(JSON.parse(settings));
    expect(() => transcript("C! a", block("proxy", '{"connectmode": 1}'))).toThrow(
      'a proxy has connectMode, http, accessLog, not "connectmode"',
    );
  });

  test("invariants of the caller hold after every chunk", async () => {
    const says = (statement: string) => ({ invariants: { t: [["few", statement]] } }) as const;
    expect(await found(COUNTING, transcript("C! abc"), says("bytes_total >= 0"))).toEqual({});
    expect(await found(COUNTING, transcript("C! abc"), says("bytes_total = 0"))).toMatchObject({
      "as written": "T, as written:\n  invariant broken: few (bytes_total = 0): 3 against 0",
    });
  });
});

describe("a scripted connection", () => {
  test("shows what both peers saw, and what was counted", async () => {
    const proxy = await TestProxy.start(await watModule(COUNTING));
    const connection = proxy.connect({ properties: { "source.address": "192.0.2.7:1" } });
    connection.clientSends("abc");
    connection.serverSends(Uint8Array.of(0x64, 0xff));
    expect(connection.serverSaw).toBe("abc");
    expect([...connection.clientBytes]).toEqual([0x64, 0xff]);
    connection.clientEnds("d");
    expect(connection).toMatchObject({ serverSaw: "abcd", serverSawEnd: true, clientSawEnd: false });
    connection.serverEnds();
    expect(connection).toMatchObject({ isClosed: true, closedByFilter: undefined });
    expect(proxy.metric("bytes_total", { from: "client" })).toBe(4);
    expect(proxy.metric("bytes_total", { from: "server" })).toBe(0);
    expect(() => proxy.metric("byte_total")).toThrow("no metric byte_total; there are: bytes_total");
  });

  test("refuses what cannot happen", async () => {
    const proxy = await TestProxy.start(await watModule(COUNTING));
    const connection = proxy.connect();
    connection.clientEnds("bye");
    expect(() => connection.clientSends("x")).toThrow("data from the client after its end of stream");
    connection.serverEnds();
    expect(() => connection.serverSends("x")).toThrow("data from the server after the connection closed");
    expect(() => connection.clientCloses()).toThrow("a close after the close");
    proxy.end();
    expect(() => proxy.connect()).toThrow("a new connection for a plugin that is shutting down");
  });

  test("a server that is not there yet cannot speak", async () => {
    const proxy = await TestProxy.start(await watModule(COUNTING));
    const connection = proxy.connect({ connectUpstream: () => undefined });
    expect(connection.isConnected).toBe(true);
    expect(() => connection.serverSends("x")).toThrow("data from a server that is not connected");
    connection.clientSends("early");
    expect(connection.serverSaw).toBe("");
    connection.serverConnects();
    expect(connection.serverSaw).toBe("early");
  });

  test("what the filter holds reaches the server when time lets it go", async () => {
    const proxy = await TestProxy.start(await watModule(WAITING));
    const connection = proxy.connect();
    connection.clientSends("ab");
    expect(connection).toMatchObject({ heldBytes: 2, serverSaw: "" });
    proxy.advance(2000);
    expect(connection).toMatchObject({ heldBytes: 0, serverSaw: "ab" });
  });

  test("a filter that closes is seen; one that traps, or misuses the proxy, fails the test", async () => {
    const closing = (await TestProxy.start(await watModule(CLOSING))).connect();
    closing.clientSends("x");
    expect(closing.isClosed).toBe(true);
    expect(closing.closedByFilter).toBeDefined();
    const trapping = await TestProxy.start(
      await watModule(`(func (export "proxy_on_downstream_data") ${SIZE} (unreachable))`),
    );
    const connection = trapping.connect();
    expect(() => connection.clientSends("x")).toThrow("the module trapped: ");
    const misusing = await TestProxy.start(
      await watModule(
        `(func (export "proxy_on_downstream_data") ${SIZE} (drop (call $increment (i32.const 4) (i64.const 1))) (i32.const 0))`,
      ),
    );
    const other = misusing.connect();
    expect(() => other.clientSends("x")).toThrow("unknown_metric");
  });
});
