// Bytes that come slowly, one at a time, or by the 64 MiB: SMTP and LDAP through Envoy's watermarks.

import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { cluster, type ListenerOptions } from "../../host/envoy/bootstrap.ts";
import { settled, sum, violations, type Books } from "./support/books.ts";
import { CONVERSATIONS, type Conversation, type Turn } from "./support/conversations.ts";
import { ldapViolations } from "./support/ldap-books.ts";
import { MeterServer, type MeteredPair } from "./support/meter.ts";
import { describeWith } from "./support/requirements.ts";
import { ldap, smtp, startRig, type Rig } from "./support/rig.ts";

const MIB = 1024 * 1024;

/** What Envoy keeps of a connection in each direction before it stops reading, where that is tried. */
const BUFFER_LIMIT = 16 * 1024;
/** More than Envoy and the kernel's buffers of both sides keep. */
const FLOOD = 16 * MIB;
const LARGE = 64 * MIB;
/** A fetch is at most 1 MiB, and what it is fetched into grows by halves. */
const FETCHES = 2 * MIB;
/** Enough for lengths of more than one octet. */
const SMALL = 300;

/** Much through a busy machine. */
const PATIENCE = { timeout: 60_000, interval: 50 };
const LONG_TEST_MS = 120_000;

const WAYS = ["tight", "whole", "bytewise", "large"] as const;
type Way = (typeof WAYS)[number];

describeWith(["envoy"], "slow, small and large", () => {
  let server: MeterServer;
  let rig: Rig;

  beforeAll(async () => {
    server = await MeterServer.start();
    const tight = { per_connection_buffer_limit_bytes: BUFFER_LIMIT };
    const listeners = CONVERSATIONS.flatMap(({ name, protocol }) =>
      WAYS.map((way): ListenerOptions => {
        const prefix = `${name}_${way}`;
        const filter = (protocol === "smtp" ? smtp : ldap)({ stat_prefix: prefix });
        const one = { name: prefix, filters: [filter] };
        return way === "tight"
          ? { ...one, upstream: prefix, more: tight }
          : { ...one, upstream: server.port };
      }),
    );
    const clusters = CONVERSATIONS.map(({ name }) => cluster(`${name}_tight`, server.port, tight));
    rig = await startRig({ listeners, clusters });
  });
  afterAll(async () => {
    await rig.envoy.stop();
    server.close();
  });

  test.each(CONVERSATIONS)(
    "$name: a $reader that reads nothing for a while: Envoy stops reading, and all is counted once",
    async (conversation) => {
      const { name, reader, long, book } = conversation;
      const pair = await server.pair(rig.port(`${name}_tight`));
      await turns(pair, conversation.before);
      pair[reader].socket.pause();
      const flood = turns(pair, long(FLOOD));
      await vi.waitFor(async () => expect(await pauses(conversation)).toBeGreaterThan(0), PATIENCE);
      expect(pair[reader].received).toBeLessThan(FLOOD / 2);
      pair[reader].socket.resume();
      await flood;
      await turns(pair, conversation.after);
      expect(pair[reader].received).toBeGreaterThan(FLOOD);
      expect(await ended(conversation, "tight", pair)).toMatchObject(book);
    },
    LONG_TEST_MS,
  );

  test.each(CONVERSATIONS)(
    "$name: byte by byte, in both directions, it comes to the same book",
    async (conversation) => {
      const books: Books[] = [];
      for (const way of ["whole", "bytewise"] as const) {
        const pair = await server.pair(rig.port(`${conversation.name}_${way}`));
        const all = [...conversation.before, ...conversation.long(SMALL), ...conversation.after];
        await turns(pair, all, way === "whole" ? undefined : 1);
        books.push(await ended(conversation, way, pair));
      }
      const [whole, bytewise] = books;
      expect(whole).toMatchObject(conversation.book);
      expect(bytewise).toEqual(whole);
    },
    LONG_TEST_MS,
  );

  test.each(CONVERSATIONS)(
    "$name: of 64 MiB, and the filter's memory stays what it was",
    async (conversation) => {
      const { name, reader, before, long, after } = conversation;
      const pair = await server.pair(rig.port(`${name}_large`));
      await turns(pair, before);
      const memory = await vi.waitFor(async () => {
        const found = await memoryOf(conversation);
        expect(found).toBeGreaterThan(0);
        return found;
      }, PATIENCE);
      await turns(pair, long(LARGE));
      await turns(pair, after);
      expect(pair[reader].received).toBeGreaterThan(LARGE);
      expect(await ended(conversation, "large", pair)).toMatchObject(conversation.book);
      expect(await memoryOf(conversation)).toBeLessThanOrEqual(memory + FETCHES);
    },
    LONG_TEST_MS,
  );

  /** The book when the client has left: in balance, and the bytes are those that the two ends counted. */
  async function ended({ protocol, name }: Conversation, way: Way, pair: MeteredPair): Promise<Books> {
    pair.client.socket.end();
    pair.server.socket.end();
    const book = await settled(rig.envoy, 1, { protocol, prefix: `${name}_${way}` });
    expect((protocol === "smtp" ? violations : ldapViolations)(book)).toEqual([]);
    const active = Object.keys(book).filter((entry) => entry.includes("_active"));
    expect(active).toEqual([]);
    for (const from of ["client", "server"] as const) {
      const to = from === "client" ? "server" : "client";
      expect(pair[to].received).toBe(pair[from].sent);
      expect(sum(book, "bytes_total", { from })).toBe(pair[from].sent);
    }
    return book;
  }

  /** How often Envoy stopped reading from the one who sends. */
  async function pauses({ name, reader }: Conversation): Promise<number> {
    const [metric, label] =
      reader === "server"
        ? ["envoy_tcp_downstream_flow_control_paused_reading_total", "envoy_tcp_prefix"]
        : ["envoy_cluster_upstream_flow_control_paused_reading_total", "envoy_cluster_name"];
    const samples = await rig.envoy.scrape();
    return samples.find((one) => one.name === metric && one.labels[label] === `${name}_tight`)?.value ?? 0;
  }

  /** What the VMs of a protocol have, as they said at their last tick. */
  async function memoryOf({ protocol }: Conversation): Promise<number> {
    const samples = await rig.envoy.scrape();
    const found = samples.filter(({ name }) => name === `${protocol}_filter_memory_bytes`);
    return found.reduce((all, { value }) => all + value, 0);
  }
});

/** Plays them, each side when it has all that the other said before; cut into writes of `step` bytes, each when the one before has come. */
async function turns(pair: MeteredPair, all: readonly Turn[], step?: number): Promise<void> {
  for (const [i, { from, bytes, size = bytes.length }] of all.entries()) {
    const to = pair[from === "client" ? "server" : "client"];
    for (let at = 0; step !== undefined && at < size; at += step) {
      await pair[from].send(cut(bytes, at, step));
      await to.has(pair[from].sent);
    }
    if (step === undefined) await pair[from].send(bytes, size);
    if (all[i + 1]?.from !== from) await to.has(pair[from].sent);
  }
}

/** Of `bytes` over and over. */
function cut(bytes: Buffer, at: number, size: number): Buffer {
  const start = at % bytes.length;
  return bytes.subarray(start, start + size);
}
