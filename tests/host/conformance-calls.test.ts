// Every host call with good and bad parameters, once in Envoy and once in the embedded host: same status, same result.

import { describe, expect, test } from "vitest";
import { MARK, behindEmbedded, behindEnvoy, envoy } from "../support/behind.ts";
import { Peer, Upstream } from "../support/sockets.ts";
import { watBinary } from "../support/wat.ts";

const SCRATCH = 8;
const SIZE = 12;

const tell = (text: string): string =>
  [...text].map((c) => `(call $note (i32.const ${c.charCodeAt(0)}))`).join(" ");

/** Notes a number below 100 in two digits. */
const number = (value: string): string => `(call $number ${value})`;
const word = (at: number): string => `(i32.load (i32.const ${at}))`;
const i32 = (value: number): string => `(i32.const ${value})`;

/** A line: the name, what the call returned and the two words that it may have written. */
const call = (name: string, ...parameters: (string | number)[]): string => {
  const values = parameters.map((one) => (typeof one === "number" ? i32(one) : one));
  return `
    (i32.store ${i32(SCRATCH)} ${i32(77)}) (i32.store ${i32(SIZE)} ${i32(77)})
    ${tell(`${MARK}${name} ${parameters.join(",").replace(/[()]|i64.const /g, "")} -> `)}
    ${number(`(call $${name} ${values.join(" ")})`)} ${tell(" ")}
    ${number(`(i32.rem_u ${word(SIZE)} (i32.const 100))`)} (call $flush)`;
};

const i64 = (value: number): string => `(i64.const ${value})`;
/** The name of one letter at 512 + type. */
const named = (type: number): [number, number] => [512 + type, 1];
const FAR = 0x7fff_fff0;

const METRICS = [
  call("define", 0, ...named(0), SIZE),
  call("define", 0, ...named(0), SIZE),
  call("define", 1, ...named(1), SIZE),
  call("define", 2, ...named(2), SIZE),
  call("define", 1, ...named(1), SIZE),
  call("define", 2, ...named(2), SIZE),
  call("define", 3, ...named(0), SIZE),
  call("define", 0, FAR, 1, SIZE),
  call("define", 0, 512, 1, FAR),
  ...[4, 5, 6, 7, 400, 401, 402, 403].flatMap((id) => [
    call("increment", id, i64(0)),
    call("increment", id, i64(-3)),
    call("increment", id, i64(5)),
    call("record", id, i64(9)),
    call("get_metric", id, SIZE),
  ]),
  call("get_metric", 4, FAR),
];

const BUFFERS = [2, 3, 0, 1, 4, 5, 6, 7, 8, 9].flatMap((type) => [
  call("get_buffer", type, 0, 5, SCRATCH, SIZE),
  call("get_buffer", type, 1, 99, SCRATCH, SIZE),
  call("get_buffer", type, 99, 1, SCRATCH, SIZE),
  call("get_buffer", type, 0, 0, SCRATCH, SIZE),
  call("get_buffer", type, 2, -1, SCRATCH, SIZE),
  call("buffer_status", type, SIZE, SCRATCH),
]);

const EDITS = [
  call("set_buffer", 2, 1, 1, 512, 1),
  call("set_buffer", 2, 0, 1, 512, 1),
  call("set_buffer", 2, 99, 0, 513, 1),
  call("set_buffer", 2, 0, 0, FAR, 1),
  call("set_buffer", 3, 0, 0, 512, 1),
  call("set_buffer", 9, 0, 0, 512, 1),
];

const PROPERTIES = [
  call("get_property", 520, 11, SCRATCH, SIZE),
  call("get_property", 540, 14, SCRATCH, SIZE),
  call("get_property", 560, 22, SCRATCH, SIZE),
  call("get_property", 600, 15, SCRATCH, SIZE),
  call("get_property", 620, 7, SCRATCH, SIZE),
  call("set_property", 620, 7, 512, 3),
  call("get_property", 620, 7, SCRATCH, SIZE),
];

const OTHERS = [
  call("log", 6, 512, 1),
  call("log", 2, FAR, 1),
  call("log_level", SIZE),
  call("continue", 3),
  call("continue", 4),
  call("close", 4),
  call("effective", 4711),
  call("clock", 2, i64(0), SCRATCH),
  call("clock", 1, i64(0), FAR),
  call("fd_write", 3, 0, 0, SIZE),
  call("random", 700, 4),
];

const MODULE = `
  (data (i32.const 512) "abc")
  (data (i32.const 520) "source\\00port") (data (i32.const 540) "response\\00flags")
  (data (i32.const 560) "connection\\00tls_version") (data (i32.const 600) "connection\\00mtls")
  (data (i32.const 620) "own\\00key")
  (func $number (param $value i32)
    (call $note (i32.add (i32.const 48) (i32.div_u (local.get $value) (i32.const 10))))
    (call $note (i32.add (i32.const 48) (i32.rem_u (local.get $value) (i32.const 10)))))
  (func (export "proxy_on_configure") (param i32 i32) (result i32)
    ${PROPERTIES.join("\n")} ${OTHERS.join("\n")} ${BUFFERS.join("\n")} (i32.const 1))
  (func (export "proxy_on_downstream_data") (param i32 i32) (param $end i32) (result i32)
    (if (i32.eqz (local.get $end)) (then
      ${METRICS.join("\n")} ${BUFFERS.join("\n")} ${EDITS.join("\n")} ${PROPERTIES.join("\n")} ${OTHERS.join("\n")}))
    (i32.const 0))
  (func (export "proxy_on_log") (param i32) ${PROPERTIES.join("\n")} ${BUFFERS.join("\n")})
  (func (export "proxy_on_delete") (param i32) ${tell(`${MARK}delete`)} (call $flush))`;

test.skipIf(envoy === undefined)("host calls answer as in Envoy", async () => {
  const binary = watBinary(MODULE);
  const told: string[][] = [];
  for (const behind of [behindEnvoy, behindEmbedded]) {
    const upstream = await Upstream.start();
    try {
      const lines = await behind(binary, upstream.port, async (port) => {
        const accepted = upstream.next();
        const client = await Peer.connect(port);
        client.send("hello");
        const server = await accepted;
        await server.until(({ text }) => text === "aellob");
        client.socket.end();
        server.socket.end();
        await client.until(({ ended }) => ended);
        client.socket.destroy();
      });
      told.push(lines);
    } finally {
      upstream.stop();
    }
  }
  const [inEnvoy = [], embedded = []] = told;
  // Configuration runs in one VM more in Envoy: the last run and the connection are what is compared.
  const each =
    METRICS.length + 3 * BUFFERS.length + EDITS.length + 3 * PROPERTIES.length + 2 * OTHERS.length + 1;
  expect(embedded.slice(-each)).toEqual(inEnvoy.slice(-each));
});

describe("the list of calls", () => {
  test("is not empty", () => {
    expect(METRICS.length + BUFFERS.length + EDITS.length + OTHERS.length).toBeGreaterThan(100);
  });
});
