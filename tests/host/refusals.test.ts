// What Envoy cannot do, the embedded host refuses with the sentence that docs/sdk.md says it with.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CANNOT } from "../../host/abi/cannot.ts";
import { Vm, loadModule, type Connection } from "../../host/index.ts";
import { ROOT } from "../support/modules.ts";
import { Constants, call, telling, type Acts } from "../support/telling.ts";
import { watBinary } from "../support/wat.ts";

const constants = new Constants();
const HELLO = constants.put("hello");
const run = (text: string): string => `(drop ${text})`;
const foreign = (name: string): string => run(call("foreign", ...constants.put(name), 0, 0, 0, 0));
const send = (buffer: number): string => run(call("set_buffer", buffer, 0, 0, ...HELLO));

interface Attempt {
  readonly name: string;
  readonly acts: Acts;
  readonly play?: (connection: Connection) => void;
  readonly refused: string;
}

const says = (connection: Connection): void => connection.downstream(Buffer.from("abc"));
const answers = (connection: Connection): void => connection.upstream(Buffer.from("abc"));

const ATTEMPTS: readonly Attempt[] = [
  {
    name: "stopping what a server sends",
    acts: { upstream: "(i32.const 1)" },
    play: answers,
    refused: CANNOT.stopServer,
  },
  {
    name: "letting go on what a server sent",
    acts: { downstream: `${run(call("continue", 3))} (i32.const 0)` },
    play: says,
    refused: CANNOT.stopServer,
  },
  {
    name: "greeting a client",
    acts: { newConnection: `${send(3)} (i32.const 0)` },
    refused: CANNOT.originate,
  },
  {
    name: "answering a client while its bytes pass",
    acts: { downstream: `${send(3)} (i32.const 0)` },
    play: says,
    refused: CANNOT.originate,
  },
  {
    name: "writing to a server while its bytes pass",
    acts: { upstream: `${send(2)} (i32.const 0)` },
    play: answers,
    refused: CANNOT.originate,
  },
  {
    name: "beginning TLS by a function",
    acts: { downstream: `${foreign("start_secure_transport")} (i32.const 0)` },
    play: says,
    refused: CANNOT.startTls,
  },
  {
    name: "sending by a function",
    acts: { downstream: `${foreign("inject_data")} (i32.const 0)` },
    play: says,
    refused: CANNOT.originate,
  },
];

describe("refused with what Envoy cannot do:", () => {
  test.each(ATTEMPTS)("$name", async ({ acts, play, refused }) => {
    const module = await loadModule(watBinary(`${telling(acts)} ${constants.text}`));
    const attempt = (): void => {
      const connection = new Vm(module, { misuse: "throw" }).startPlugin().newConnection();
      play?.(connection);
    };
    expect(attempt).toThrow(refused);
  });

  test.each([
    ["proxy_start_tls", CANNOT.startTls],
    ["proxy_write_downstream", CANNOT.originate],
    ["proxy_send_local_response", CANNOT.originate],
  ])("a module that wants %s", async (name, refused) => {
    const parameters = "(param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)";
    const eight = "(i32.const 0)".repeat(8);
    const wat = `(import "env" "${name}" (func $wanted ${parameters}))
      (memory (export "memory") 1)
      (func (export "proxy_abi_version_0_2_1"))
      (func (export "malloc") (param i32) (result i32) (i32.const 0))
      (func (export "proxy_on_new_connection") (param i32) (result i32) (call $wanted ${eight}))`;
    const attempt = async (): Promise<unknown> =>
      new Vm(await loadModule(watBinary(wat, "everything")), { misuse: "throw" })
        .startPlugin()
        .newConnection();
    await expect(attempt()).rejects.toThrow(refused);
  });

  test("a module that wants something else, in Envoy's words alone", async () => {
    const wat = `(import "env" "proxy_dance" (func)) (memory (export "memory") 1)
      (func (export "proxy_abi_version_0_2_1"))`;
    await expect(loadModule(watBinary(wat, "everything"))).rejects.toThrow(
      /missing import: env\.proxy_dance$/,
    );
  });
});

// What can be done is no misuse: the three edits, during their callbacks and while bytes are held.
test.each([
  ["downstream", 2],
  ["upstream", 3],
] as const)("bytes in front of passing ones are none of them (%s)", async (direction, buffer) => {
  const acts = { [direction]: `${send(buffer)} (i32.const 0)` };
  const module = await loadModule(watBinary(`${telling(acts)} ${constants.text}`));
  const passed: string[] = [];
  const connection = new Vm(module, { misuse: "throw" }).startPlugin().newConnection({
    passOn: (_, bytes) => passed.push(Buffer.from(bytes).toString()),
  });
  connection[direction](Buffer.from(" world"));
  expect(passed).toEqual(["hello world"]);
});

const GUIDE = join(ROOT, "docs", "sdk.md");

test("docs/sdk.md says each of the sentences", () => {
  const text = readFileSync(GUIDE, "utf8").replace(/\s+/g, " ");
  for (const sentence of Object.values(CANNOT)) expect(text).toContain(sentence);
});
