// What a filter may do to a connection, once behind Envoy and once behind the embedded proxy: the same is seen by all.

import { describe, expect, test } from "vitest";
import { behindEmbedded, behindEnvoy, envoy, type Surroundings } from "../support/behind.ts";
import { Peer, Upstream, closedPort } from "../support/sockets.ts";
import {
  Constants,
  NUMBER,
  call,
  i32,
  line,
  number,
  result,
  tell,
  telling,
  word,
  type Acts,
} from "../support/telling.ts";
import { watBinary } from "../support/wat.ts";

const PAUSE = i32(1);
const CONTINUE = i32(0);
const release = `(drop ${call("continue", 2)})`;
const close = `(drop ${call("close", 2)})`;
const ofStream = `(drop ${call("effective", "(global.get $stream)")})`;

/** On the tick in which the connection holds so many bytes, once. */
const whenHeld = (size: number, act: string): Acts => ({
  tick: `(if (i32.and (i32.ne (global.get $stream) (i32.const 0)) (i32.eqz (global.get $acted))) (then
    (if (i32.eqz ${call("effective", "(global.get $stream)")}) (then
      (drop ${call("buffer_status", 2, NUMBER, 40)})
      (if (i32.ge_u ${word(NUMBER)} ${i32(size)}) (then (global.set $acted ${i32(1)}) ${act}))))))`,
  more: "(global $acted (mut i32) (i32.const 0))",
});

/** On the sixth tick after the connection. */
const later = (act: string): Acts => ({
  tick: `(if (global.get $stream) (then (global.set $ticks (i32.add (global.get $ticks) (i32.const 1)))))
    (if (i32.eq (global.get $ticks) (i32.const 6)) (then ${ofStream} ${act}))`,
  more: "(global $ticks (mut i32) (i32.const 0))",
});

const constants = new Constants();
const SET_STATE = constants.put("set_envoy_filter_state");
const chosen = (cluster: string): [number, number] => {
  const key = Buffer.from("envoy.tcp_proxy.cluster");
  return constants.put(
    Buffer.concat([Buffer.of(10, key.length), key, Buffer.of(18, cluster.length), Buffer.from(cluster)]),
  );
};
const choose = (cluster: string): string =>
  result("choose", call("foreign", ...SET_STATE, ...chosen(cluster), 0, 0));

interface Scenario {
  readonly name: string;
  readonly acts: Acts;
  readonly surroundings?: Surroundings;
  /** `server` waits for the connection to the server. */
  readonly play: (client: Peer, server: () => Promise<Peer>) => Promise<unknown>;
}

/** Both sides end, the client first. */
async function end(client: Peer, server: Peer): Promise<void> {
  client.socket.end();
  await server.gone();
  server.socket.end();
  await client.gone();
}

/** The client sends, the server gets it all, both end. */
const asks =
  (...texts: string[]) =>
  async (client: Peer, server: () => Promise<Peer>): Promise<void> => {
    for (const text of texts) {
      client.send(text);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    const other = await server();
    await other.until(({ text }) => text.endsWith(texts.at(-1) ?? ""));
    await end(client, other);
  };

const SCENARIOS: readonly Scenario[] = [
  {
    name: "holds bytes until enough are there, lets them go in a tick",
    acts: { downstream: `(i32.eqz (global.get $acted))`, ...whenHeld(6, release) },
    play: async (client, server) => {
      client.send("abc");
      await new Promise((resolve) => setTimeout(resolve, 150));
      client.send("def");
      const other = await server();
      await other.until(({ text }) => text === "abcdef");
      client.send("ghi");
      await other.until(({ text }) => text === "abcdefghi");
      await end(client, other);
    },
  },
  {
    name: "reads and edits bytes that it holds, in a tick",
    acts: {
      downstream: `(i32.eqz (global.get $acted))`,
      ...whenHeld(
        3,
        `${line(tell("held "), number(word(NUMBER)))}
         (drop ${call("set_buffer", 2, 0, 0, ...constants.put("<"))})
         (drop ${call("set_buffer", 2, 99, 0, ...constants.put(">"))})
         (drop ${call("buffer_status", 2, NUMBER, 40)}) ${line(tell("now "), number(word(NUMBER)))} ${release}`,
      ),
    },
    play: async (client, server) => {
      client.send("abc");
      const other = await server();
      await other.until(({ text }) => text === "<abc>");
      await end(client, other);
    },
  },
  {
    name: "holds bytes while the client ends",
    acts: { downstream: PAUSE, ...later(release) },
    play: async (client, server) => {
      client.socket.end("abc");
      const other = await server();
      await other.gone();
      other.socket.end();
      await client.gone();
    },
  },
  {
    name: "holds bytes while the client resets",
    acts: { downstream: PAUSE },
    play: async (client, server) => {
      const other = await server();
      client.send("abc");
      await new Promise((resolve) => setTimeout(resolve, 200));
      client.socket.resetAndDestroy();
      await other.gone();
    },
  },
  {
    name: "closes what it holds",
    acts: { downstream: PAUSE, ...whenHeld(3, close) },
    play: async (client, server) => {
      client.send("abc");
      await client.gone();
      await (await server()).gone();
    },
  },
  {
    name: "holds more than the limit",
    surroundings: { bufferLimitBytes: 1000 },
    acts: { downstream: PAUSE, ...later(release) },
    play: async (client, server) => {
      client.send("x".repeat(1000));
      await new Promise((resolve) => setTimeout(resolve, 60));
      client.send("y");
      await new Promise((resolve) => setTimeout(resolve, 60));
      client.send("zz");
      const other = await server();
      await other.until(({ text }) => text.length >= 1001);
      client.socket.resetAndDestroy();
      await other.gone();
    },
  },
  {
    name: "stops a new connection for good: nothing is read, nothing connected, until it closes",
    acts: { newConnection: PAUSE, ...later(close) },
    play: async (client) => {
      client.send("abc");
      await client.gone();
    },
  },
  {
    name: "stops a new connection and lets it go on in a tick",
    acts: { newConnection: PAUSE, ...later(release) },
    play: asks("abc"),
  },
  {
    name: "stops a new connection and lets it go on at once",
    acts: { newConnection: `${release} ${PAUSE}` },
    play: asks("abc"),
  },
  {
    name: "stops a new connection whose client ends",
    acts: { newConnection: PAUSE, ...later(release) },
    play: async (client, server) => {
      client.socket.end("abc");
      const other = await server();
      await other.gone();
      other.socket.end();
      await client.gone();
    },
  },
  {
    name: "closes a new connection",
    acts: { newConnection: `${close} ${CONTINUE}` },
    play: (client) => client.gone(),
  },
  {
    name: "closes at the server's end",
    acts: { upstream: `(if (local.get $end) (then ${close})) ${CONTINUE}` },
    play: async (client, server) => {
      const other = await server();
      other.send("bye");
      await client.until(({ text }) => text === "bye");
      other.socket.end();
      await client.gone();
    },
  },
  {
    name: "stops bytes on their way to the client, once",
    acts: {
      upstream: `(global.set $times (i32.add (global.get $times) (i32.const 1))) (i32.eq (global.get $times) (i32.const 1))`,
      more: "(global $times (mut i32) (i32.const 0))",
    },
    play: async (client, server) => {
      const other = await server();
      other.send("one");
      await new Promise((resolve) => setTimeout(resolve, 150));
      other.send("two");
      await client.until(({ text }) => text === "onetwo");
      await end(client, other);
    },
  },
  {
    name: "chooses a cluster that is none",
    acts: { newConnection: `${choose("nosuch")} ${CONTINUE}` },
    play: (client) => client.gone(),
  },
  {
    name: "chooses a cluster by the first bytes too late: it was chosen with the connection",
    surroundings: { connectMode: "on_downstream_data" },
    acts: { downstream: `${choose("nosuch")} ${CONTINUE}` },
    play: asks("abc"),
  },
  {
    name: "stops a new connection to choose the cluster by the first bytes",
    surroundings: { connectMode: "on_downstream_data" },
    acts: { newConnection: PAUSE, downstream: `${choose("nosuch")} ${CONTINUE}` },
    play: async (client) => {
      client.send("abc");
      await client.gone();
    },
  },
  {
    name: "lets go on the end of a client that sent nothing",
    surroundings: { connectMode: "on_downstream_data" },
    acts: later(close),
    play: async (client) => {
      client.socket.end();
      await client.gone();
    },
  },
  {
    name: "stops a new connection and its first bytes, and lets both go on in a tick",
    surroundings: { connectMode: "on_downstream_data" },
    acts: { newConnection: PAUSE, downstream: `(i32.eqz (global.get $acted))`, ...whenHeld(3, release) },
    play: asks("abc"),
  },
];

/** How data is shared out among callbacks is a matter of timing where nothing waits; ends come as they come. */
function settled(lines: readonly string[]): string[] {
  const told: string[] = [];
  for (const text of lines) {
    const [, direction, size, endOfStream] = /^(\w+) (\d+) (\d)$/.exec(text) ?? [];
    const [, same, before] = /^(\w+) (\d+) 0$/.exec(told.at(-1) ?? "") ?? [];
    if (direction !== undefined && direction === same && (size === "0" || endOfStream === "1")) {
      told[told.length - 1] = `${direction} ${before === size ? before : Number(before) + Number(size)} 1`;
    } else {
      told.push(text);
    }
  }
  return told;
}

describe.skipIf(envoy === undefined)("Envoy and the embedded proxy agree on a filter that", () => {
  test.each(SCENARIOS)("$name", async ({ acts, play, surroundings = {} }) => {
    const told: string[][] = [];
    const binary = watBinary(`${telling(acts)} ${constants.text}`);
    for (const behind of [behindEnvoy, behindEmbedded]) {
      const upstream = await Upstream.start();
      try {
        const got: string[] = [];
        const clusters = { other: await closedPort(), ...surroundings.clusters };
        const lines = await behind(
          binary,
          upstream.port,
          async (port) => {
            const accepted = upstream.next();
            const client = await Peer.connect(port);
            await play(client, () => accepted);
            const servers = upstream.accepted.map(({ text }) => text);
            got.push(`the client got ${client.text}`, `servers got ${servers.join(" and ")}`);
            client.socket.destroy();
          },
          { ...surroundings, clusters },
        );
        told.push([...settled(lines), ...got]);
      } finally {
        upstream.stop();
      }
    }
    expect(told[1]).toEqual(told[0]);
    expect(told[0]?.length).toBeGreaterThan(3);
  });
});
