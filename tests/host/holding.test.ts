import { describe, expect, test } from "vitest";
import type { ConnectionOptions, Direction } from "../../host/index.ts";
import { traced } from "../support/tracing.ts";

const PAUSE = "(i32.const 1)";
const RELEASE = "(drop (call $continue (i32.const 2)))";
/** A second connection lets the first go on: its id is 2. */
const RELEASE_FIRST = `(if (i32.ne (local.get $a) (i32.const 2)) (then
  (drop (call $effective (i32.const 2))) ${RELEASE}))`;

function collector() {
  const passed: string[] = [];
  const passOn = (direction: Direction, bytes: Uint8Array, end: boolean): void => {
    passed.push(`${direction} ${Buffer.from(bytes).toString()}${end ? " end" : ""}`);
  };
  return { passed, passOn };
}

/** A filter that stops its first connection, and later lets it go on. */
async function stopped(options: ConnectionOptions = {}) {
  const run = await traced(
    { on_new_connection: RELEASE_FIRST },
    { on_new_connection: "(i32.eq (local.get $a) (i32.const 2))" },
  );
  const { passed, passOn } = collector();
  const connection = run.plugin.newConnection({ passOn, ...options });
  run.since();
  return { ...run, passed, connection, release: () => run.plugin.newConnection() };
}

const onData = (calls: string[]): string[] => calls.filter((call) => call.includes("data(2"));

describe("a new connection that the filter stops", () => {
  test("has no server and is not read from until it goes on; then all that waited comes at once", async () => {
    const { connection, since, passed, release } = await stopped();
    connection.downstream(Buffer.from("abc"));
    connection.downstream(Buffer.from("def"), true);
    expect(since()).toEqual([]);
    expect(connection.unread).toBe(6);
    expect(connection.upstreamWanted).toBe(false);
    expect(() => connection.upstream(Buffer.from("x"))).toThrow(
      "impossible: data from a server that is not connected",
    );
    release();
    expect(onData(since())).toEqual(["on_downstream_data(2,6,1)"]);
    expect(passed).toEqual(["upstream abcdef end"]);
    connection.upstream(Buffer.from("x"));
    expect(passed.at(-1)).toBe("downstream x");
  });

  test("asks for its server when it goes on, and reads when that is there", async () => {
    const wanted: unknown[] = [];
    const reading: boolean[] = [];
    const { connection, since, release } = await stopped({
      connectUpstream: (cluster) => wanted.push(cluster),
      onReading: (now) => reading.push(now),
    });
    connection.downstream(Buffer.from("abc"));
    expect(wanted).toEqual([]);
    release();
    expect(wanted).toEqual([undefined]);
    expect(onData(since())).toEqual([]);
    expect(reading).toEqual([]);
    connection.upstreamConnected();
    expect(reading).toEqual([true]);
    expect(onData(since())).toEqual(["on_downstream_data(2,3,0)"]);
  });

  test("does not notice that the client is gone before it reads", async () => {
    const { connection, since, release } = await stopped();
    connection.close("remote");
    expect(connection.closed).toBe(false);
    expect(since()).toEqual([]);
    release();
    expect(connection.closed).toBe(true);
    expect(since().filter((call) => /\(2\b/.test(call))).toEqual([
      "on_downstream_connection_close(2,2)",
      "on_done(2)",
      "on_log(2)",
      "on_delete(2)",
    ]);
  });

  test("is read from where the server is connected with the first bytes", async () => {
    const wanted: unknown[] = [];
    const { connection, since, passed } = await stopped({
      connectMode: "on_downstream_data",
      connectUpstream: (cluster) => wanted.push(cluster),
    });
    connection.downstream(Buffer.from("abc"));
    expect(onData(since())).toEqual(["on_downstream_data(2,3,0)"]);
    expect(wanted).toEqual([undefined]);
    expect(passed).toEqual(["upstream abc"]);
  });
});

test("a client's end alone connects no server where that waits for bytes", async () => {
  const wanted: unknown[] = [];
  const { plugin } = await traced();
  const { passed, passOn } = collector();
  const connection = plugin.newConnection({
    passOn,
    connectMode: "on_downstream_data",
    connectUpstream: (cluster) => wanted.push(cluster),
  });
  connection.downstream(Buffer.alloc(0), true);
  expect([wanted, passed, connection.closed]).toEqual([[], [], false]);
});

describe("bytes that the filter holds", () => {
  test("beyond the limit stop the reading, until they go on", async () => {
    const { plugin, since } = await traced(
      { on_new_connection: RELEASE_FIRST },
      { on_downstream_data: PAUSE },
    );
    const { passed, passOn } = collector();
    const reading: boolean[] = [];
    const connection = plugin.newConnection({
      passOn,
      bufferLimitBytes: 4,
      onReading: (now) => reading.push(now),
    });
    connection.downstream(Buffer.from("abcd"));
    expect(connection.reading).toBe(true);
    connection.downstream(Buffer.from("e"));
    expect(connection.reading).toBe(false);
    connection.downstream(Buffer.from("fgh"));
    connection.downstream(Buffer.from("ijk"));
    connection.downstream(Buffer.from("l"), true);
    expect([connection.held, connection.unread]).toEqual([5, 7]);
    since();
    plugin.newConnection();
    expect(passed).toEqual(["upstream abcde"]);
    // As much as the limit lets it read at once: the rest waits again.
    expect(onData(since())).toEqual(["on_downstream_data(2,6,0)"]);
    expect([connection.held, connection.unread]).toEqual([6, 1]);
    expect(reading).toEqual([true, false]);
  });

  test("are readable and can be edited as long as they are held", async () => {
    const { plugin, vm } = await traced(
      {
        on_new_connection: `(if (i32.ne (local.get $a) (i32.const 2)) (then
          (drop (call $effective (i32.const 2)))
          (drop (call $buffer_status (i32.const 2) (i32.const 8) (i32.const 12)))
          (if (i32.ne (i32.load (i32.const 8)) (i32.const 3)) (then (unreachable)))
          (drop (call $set_buffer (i32.const 2) (i32.const 0) (i32.const 3) (i32.const 16) (i32.const 1)))
          (i32.store8 (i32.const 16) (i32.const 33))
          (drop (call $set_buffer (i32.const 2) (i32.const 1) (i32.const 0) (i32.const 16) (i32.const 1)))
          ${RELEASE}))`,
      },
      { on_downstream_data: `(i32.store8 (i32.const 16) (i32.const 63)) ${PAUSE}` },
      { misuse: "throw" },
    );
    const { passed, passOn } = collector();
    plugin.newConnection({ passOn }).downstream(Buffer.from("abc"));
    plugin.newConnection();
    expect(vm.failure).toBeUndefined();
    expect(passed).toEqual(["upstream ?!"]);
  });

  test("are gone with the client", async () => {
    const { plugin, since } = await traced({}, { on_downstream_data: PAUSE });
    const { passed, passOn } = collector();
    const connection = plugin.newConnection({ passOn });
    connection.downstream(Buffer.from("abc"));
    since();
    connection.close("remote");
    expect(since()).toEqual([
      "on_downstream_connection_close(2,2)",
      "on_done(2)",
      "on_log(2)",
      "on_delete(2)",
    ]);
    expect(passed).toEqual([]);
  });

  test("go on with the client's end that came meanwhile, once", async () => {
    const { plugin } = await traced({ on_new_connection: RELEASE_FIRST }, { on_downstream_data: PAUSE });
    const { passed, passOn } = collector();
    plugin.newConnection({ passOn }).downstream(Buffer.from("abc"), true);
    plugin.newConnection();
    plugin.newConnection();
    expect(passed).toEqual(["upstream abc end"]);
  });
});

describe("a filter that closes", () => {
  test("in a new connection lets no server be connected", async () => {
    const { plugin } = await traced({ on_new_connection: "(drop (call $close (i32.const 2)))" });
    const wanted: unknown[] = [];
    const connection = plugin.newConnection({ connectUpstream: (cluster) => wanted.push(cluster) });
    expect(connection.closedByFilter).toBe("wasm_downstream_close");
    expect(wanted).toEqual([]);
  });

  test("at the server's end hears of the upstream's close after everything else", async () => {
    const { plugin, since } = await traced({ on_upstream_data: "(drop (call $close (i32.const 3)))" });
    const connection = plugin.newConnection();
    since();
    connection.upstream(Buffer.from("x"), true);
    expect(since().slice(-2)).toEqual(["on_delete(2)", "on_upstream_connection_close(2,0)"]);
    expect(connection.closedByFilter).toBe("wasm_upstream_close");
  });
});

test("a pause on the way to the client is refused with what Envoy cannot do", async () => {
  const { plugin } = await traced({}, { on_upstream_data: PAUSE }, { misuse: "throw" });
  expect(() => plugin.newConnection().upstream(Buffer.from("x"))).toThrow(
    "upstream_pause: Envoy cannot stop what a server sends: it does not let it go on again",
  );
});
