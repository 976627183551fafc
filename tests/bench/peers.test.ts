// What the filters are compared with does its job: it reads every byte, and counts right, in Envoy.
import { describe, expect, test } from "vitest";
import { buildPeers, PEERS, type PeerName } from "../../bench/peers/build.mjs";
import { getData, ZOOKEEPER_PROXY } from "../../bench/peers/zookeeper.ts";
import { PEER_VARIANTS } from "../../bench/peers/variants.ts";
import { playLockstep, startLockstep } from "../../bench/lockstep.ts";
import { startRig } from "../../bench/rigs.ts";
import type { RunningEnvoy } from "../../host/envoy/process.ts";
import { describeWith } from "../envoy/support/requirements.ts";
import { describeNeeding } from "../support/needed.ts";

const [noGo, noRust] = await Promise.all([PEERS.go.missing(), PEERS.rust.missing()]);

/** Both compile their libraries anew in a fresh clone. */
const BUILD_TIMEOUT = 300_000;

/** The value of each of Envoy's statistics whose name contains `part`; the log of connections comes after their end. */
async function stats({ admin }: RunningEnvoy, part: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${admin}/stats?filter=${part}&format=json`)).text();
  const { stats: list } = JSON.parse(text) as { stats: { name?: string; value?: number }[] };
  return Object.fromEntries(list.map(({ name = "", value = NaN }) => [name, value]));
}

describeWith(["envoy"], "what the filters are compared with", () => {
  /** Client and server say something else at each turn, of lengths that Envoy cuts as it likes. */
  const texts = [1, 80, 1_000, 70_000, 300_000].map((bytes, i) => `${"x".repeat(bytes)}\r\n`.repeat(i + 1));
  const lines = texts.reduce((sum, one) => sum + one.split("\n").length - 1, 0);
  const bytes = texts.reduce((sum, one) => sum + one.length, 0);
  const CONNECTIONS = 3;

  const counts = async (name: PeerName): Promise<void> => {
    await buildPeers([name]);
    const turns = texts.map((text) => ({
      request: Buffer.from(text),
      response: Buffer.from(`${text}\n`),
    }));
    const script = { opening: [], turns };
    const server = await startLockstep(script);
    const { envoy, port } = await startRig(PEER_VARIANTS[name], server.port);
    try {
      await playLockstep(port, script, CONNECTIONS, CONNECTIONS);
      const expected = {
        [`wasmcustom.peer.${name}.client.bytes_total`]: CONNECTIONS * bytes,
        [`wasmcustom.peer.${name}.client.lines_total`]: CONNECTIONS * lines,
        [`wasmcustom.peer.${name}.server.bytes_total`]: CONNECTIONS * (bytes + texts.length),
        [`wasmcustom.peer.${name}.server.lines_total`]: CONNECTIONS * (lines + texts.length),
      };
      await expect.poll(() => stats(envoy, `wasmcustom.peer.${name}`), { timeout: 10_000 }).toEqual(expected);
    } finally {
      await envoy.stop();
      await server.stop();
    }
  };

  describeNeeding(noGo, "Go", () => {
    test("counts what passes", () => counts("go"), BUILD_TIMEOUT);
  });

  // CI installs no Rust: whoever measures it has it.
  describe.skipIf(noRust !== undefined)(noRust === undefined ? "Rust" : `Rust (${noRust})`, () => {
    test("counts what passes", () => counts("rust"), BUILD_TIMEOUT);
  });

  test("zookeeper_proxy understands the bytes that it is measured with", async () => {
    const script = getData(150, 300);
    const server = await startLockstep(script);
    const { envoy, port } = await startRig(ZOOKEEPER_PROXY, server.port);
    try {
      await playLockstep(port, script, 20, 2);
      const found = await stats(envoy, "peer.zookeeper");
      expect(found["peer.zookeeper.getdata_rq"]).toBe(20);
      expect(found["peer.zookeeper.getdata_resp"]).toBe(20);
      expect(found["peer.zookeeper.connect_rq"]).toBe(2);
      expect(found["peer.zookeeper.decoder_error"]).toBe(0);
    } finally {
      await envoy.stop();
      await server.stop();
    }
  });
});

describe("messages of ZooKeeper", () => {
  test("are as long as they are to be", () => {
    const [{ request, response } = { request: "", response: "" }] = getData(150, 300).turns;
    expect([request.length, response.length]).toEqual([150, 300]);
    expect(() => getData(10, 300)).toThrow(RangeError);
  });
});
