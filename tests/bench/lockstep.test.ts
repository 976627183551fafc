import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { LockstepClient, playLockstep, startLockstep, turnsOf, type Turn } from "../../bench/lockstep.ts";
import type { RunningServer } from "../../bench/programs.ts";

const turn = (request: string, response: string): Turn => ({
  request: Buffer.from(request),
  response: Buffer.from(response),
});

const running: RunningServer[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

test("steps in a row are one turn; where the server begins, the first request is empty", () => {
  const steps = ["server", "client", "client", "server", "server", "client", "server"] as const;
  const turns = turnsOf(steps.map((from, i) => ({ from, bytes: Buffer.from(String(i)) })));
  expect(turns.map(({ request, response }) => [String(request), String(response)])).toEqual([
    ["", "0"],
    ["12", "34"],
    ["5", "6"],
  ]);
});

describe("client and server", () => {
  test("take the opening once and the turns again and again, on every connection", async () => {
    const script = {
      opening: [turn("", "hello")],
      turns: [turn("a", "bc"), turn("def", "g".repeat(200_000))],
    };
    const server = await startLockstep(script);
    running.push(server);
    await playLockstep(server.port, script, 7, 3);
  });

  test("a client whose server leaves says so", async () => {
    const server = createServer((socket) => socket.on("error", () => undefined).end("x")).listen(
      0,
      "127.0.0.1",
    );
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const client = await LockstepClient.open(port, { opening: [], turns: [] });
    await expect(client.take(turn("a", "more than x"))).rejects.toThrow("the connection ended");
    await client.close();
    server.close();
  });
});
