// The same filter, the same peers, once behind Envoy and once behind the embedded proxy: it has to be told the same.

import { describe, expect, test } from "vitest";
import { MARK, behindEmbedded, behindEnvoy, envoy } from "../support/behind.ts";
import { Peer, Upstream, closedPort } from "../support/sockets.ts";
import { watBinary } from "../support/wat.ts";

/** Properties that tell how a connection ended; the module logs each at on_log. */
const PROPERTIES = [
  "upstream.address",
  "response.flags",
  "connection.termination_details",
  "upstream.transport_failure_reason",
];

const tell = (text: string): string =>
  `${[...text].map((c) => `(call $note (i32.const ${c.charCodeAt(0)}))`).join(" ")}`;
const digit = (local: string): string => `(call $note (i32.add (i32.const 48) (local.get ${local})))`;

/** Logs a property: `?` if there is none, else text, of numbers the two low hexadecimal digits. */
function property(path: string, index: number): string {
  const at = 512 + index * 64;
  const nibble = (shift: number): string =>
    `(call $note (i32.add (i32.const 64) (i32.and (i32.const 15) (i32.shr_u (i32.load8_u (i32.load (i32.const 8))) (i32.const ${shift})))))`;
  const shown = path === "response.flags" ? `${nibble(4)} ${nibble(0)}` : `(call $copy)`;
  return `${tell(` ${index}`)}
    (if (call $get_property (i32.const ${at}) (i32.const ${path.length}) (i32.const 8) (i32.const 12))
      (then ${tell("?")}) (else ${tell("=")} ${shown}))`;
}

/** What a filter does besides telling: WebAssembly text, of the data callbacks the result too. */
interface Acts {
  readonly downstream?: string;
  readonly upstream?: string;
}

const CONTINUE = "(i32.const 0)";

const telling = (acts: Acts): string => `
  (data (i32.const 480) "<>")
  ${PROPERTIES.map((path, i) => `(data (i32.const ${512 + i * 64}) "${path.replaceAll(".", "\\00")}")`).join(" ")}
  (func $copy (local $i i32)
    (block $end (loop $next
      (br_if $end (i32.ge_u (local.get $i) (i32.load (i32.const 12))))
      (call $note (i32.load8_u (i32.add (i32.load (i32.const 8)) (local.get $i))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next))))
  (func (export "proxy_on_new_connection") (param i32) (result i32) ${tell(`${MARK}new`)} (call $flush) (i32.const 0))
  (func (export "proxy_on_downstream_data") (param i32) (param $size i32) (param $end i32) (result i32)
    ${tell(`${MARK}downstream `)} ${digit("$size")} ${digit("$end")} (call $flush) ${acts.downstream ?? CONTINUE})
  (func (export "proxy_on_upstream_data") (param i32) (param $size i32) (param $end i32) (result i32)
    ${tell(`${MARK}upstream `)} ${digit("$size")} ${digit("$end")} (call $flush) ${acts.upstream ?? CONTINUE})
  (func (export "proxy_on_upstream_connection_close") (param i32) (param $peer i32)
    ${tell(`${MARK}upstream close `)} ${digit("$peer")} (call $flush))
  (func (export "proxy_on_downstream_connection_close") (param i32) (param $peer i32)
    ${tell(`${MARK}downstream close `)} ${digit("$peer")} (call $flush))
  (func (export "proxy_on_done") (param i32) (result i32) ${tell(`${MARK}done`)} (call $flush) (i32.const 1))
  (func (export "proxy_on_log") (param i32) ${tell(`${MARK}log`)} ${PROPERTIES.map(property).join("")} (call $flush))
  (func (export "proxy_on_delete") (param i32) ${tell(`${MARK}delete`)} (call $flush))`;

/** How data and FIN are shared out among callbacks is a matter of timing: one after the other of a direction are one. */
function settled(lines: readonly string[], port: number): string[] {
  const told: string[] = [];
  for (const line of lines.map((text) => text.replaceAll(String(port), "PORT"))) {
    const [, direction, size, end] = /^(\w+) (\d)(\d)$/.exec(line) ?? [];
    const [, same, before] = /^(\w+) (\d)0$/.exec(told.at(-1) ?? "") ?? [];
    if (direction !== undefined && direction === same) {
      told[told.length - 1] = `${direction} ${Number(before) + Number(size)}${end}`;
    } else {
      told.push(line);
    }
  }
  return told;
}

interface Scenario {
  readonly name: string;
  readonly acts?: Acts;
  readonly play: (client: Peer, server: Peer) => Promise<unknown>;
}

const SCENARIOS: readonly Scenario[] = [
  {
    name: "the client closes first",
    play: async (client, server) => {
      client.socket.end("ask");
      await server.gone();
      server.socket.end("reply");
      await client.gone();
    },
  },
  {
    name: "the server closes first",
    play: async (client, server) => {
      server.socket.end("bye");
      await client.gone();
      client.socket.end();
      await server.gone();
    },
  },
  {
    name: "the client resets",
    play: async (client, server) => {
      client.send("ask");
      await server.until(({ text }) => text === "ask");
      client.socket.resetAndDestroy();
      await server.gone();
    },
  },
  {
    name: "the server resets",
    play: async (client, server) => {
      client.send("ask");
      await server.until(({ text }) => text === "ask");
      server.socket.resetAndDestroy();
      await client.gone();
    },
  },
  {
    name: "the client closes, then the server resets",
    play: async (client, server) => {
      client.socket.end("ask");
      await server.gone();
      server.socket.resetAndDestroy();
      await client.gone();
    },
  },
  {
    name: "the filter closes at the client's bytes",
    acts: { downstream: `(drop (call $close (i32.const 2))) ${CONTINUE}` },
    play: async (client, server) => {
      server.send("hi");
      await client.until(({ text }) => text === "hi");
      client.send("ask");
      await client.gone();
      await server.gone();
    },
  },
  {
    name: "the filter closes at the server's bytes",
    acts: { upstream: `(drop (call $close (i32.const 3))) ${CONTINUE}` },
    play: async (client, server) => {
      client.send("ask");
      await server.until(({ text }) => text === "ask");
      server.send("reply");
      await client.gone();
      await server.gone();
    },
  },
  {
    name: "the filter stops the client's bytes and lets them go on at once",
    acts: { downstream: "(drop (call $continue (i32.const 2))) (i32.const 1)" },
    play: async (client, server) => {
      client.send("ask");
      await server.until(({ text }) => text === "ask");
      server.socket.end();
      await client.gone();
      client.socket.end();
      await server.gone();
    },
  },
  {
    name: "the filter edits",
    acts: {
      downstream: `(if (local.get $size) (then
        (drop (call $set_buffer (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 480) (i32.const 1))))) ${CONTINUE}`,
      upstream: `(if (local.get $size) (then
        (drop (call $set_buffer (i32.const 3) (i32.const 99) (i32.const 0) (i32.const 481) (i32.const 1))))) ${CONTINUE}`,
    },
    play: async (client, server) => {
      client.send("ask");
      await server.until(({ text }) => text === "<sk");
      server.send("reply");
      await client.until(({ text }) => text === "reply>");
      client.socket.end();
      await server.gone();
      server.socket.end();
      await client.gone();
    },
  },
];

describe.skipIf(envoy === undefined)("Envoy and the embedded proxy tell a filter the same when", () => {
  test.each(SCENARIOS)("$name", async ({ play, acts = {} }) => {
    const told: string[][] = [];
    for (const behind of [behindEnvoy, behindEmbedded]) {
      const upstream = await Upstream.start();
      try {
        const got: string[] = [];
        const lines = await behind(watBinary(telling(acts)), upstream.port, async (port) => {
          const accepted = upstream.next();
          const client = await Peer.connect(port);
          const server = await accepted;
          await play(client, server);
          got.push(`the client got ${client.text}`, `the server got ${server.text}`);
          client.socket.destroy();
        });
        told.push([...settled(lines, upstream.port), ...got]);
      } finally {
        upstream.stop();
      }
    }
    expect(told[1]).toEqual(told[0]);
  });

  test("the upstream refuses", async () => {
    const port = await closedPort();
    const told: string[][] = [];
    for (const behind of [behindEnvoy, behindEmbedded]) {
      const lines = await behind(watBinary(telling({})), port, async (listening) => {
        const client = await Peer.connect(listening);
        await client.gone();
        client.socket.destroy();
      });
      told.push(settled(lines, port));
    }
    expect(told[1]).toEqual(told[0]);
  });
});
