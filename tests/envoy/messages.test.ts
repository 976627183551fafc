// As tests/host/messages.test.ts, on Envoy: what a message filter keeps back and puts back is what both sides get.

import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { openClient, ScriptedServer, startRig, type End, type Rig } from "../../host/testing/index.ts";
import { compileMessages, linesOf, shownTo } from "../support/messages.ts";
import { describeWith } from "./support/requirements.ts";

const WAIT = { timeout: 20_000, interval: 20 };
const CAP = 2048;
const QUIET = { before: { quiet: true }, after: { quiet: true }, lines: { cap: CAP } };

/** Several times what Envoy and the kernel keep of a connection. */
const FLOOD_LINES = 20_000;

describeWith(["envoy"], "messages in a chain, on Envoy", () => {
  const folder = mkdtempSync(join(tmpdir(), "heirloom-messages-"));
  const server = new ScriptedServer();
  let echo: Server;
  let rig: Rig;
  let ends: { readonly client: End; readonly server: End };
  /** Where the log of this test begins. */
  let begun = 0;

  beforeAll(async () => {
    await server.listen();
    echo = createServer((socket) => socket.on("error", () => undefined).pipe(socket));
    echo.listen(0, "127.0.0.1");
    await once(echo, "listening");
    const { port } = echo.address() as { port: number };
    const module = compileMessages(folder);
    const filter = { module, rootId: "messages" };
    rig = await startRig({
      logLevel: "info",
      listeners: [
        { name: "chain", upstream: server.port, filters: [filter] },
        {
          name: "flood",
          upstream: port,
          filters: [{ ...filter, configuration: QUIET }],
          more: { per_connection_buffer_limit_bytes: 16_384 },
        },
      ],
    });
  });
  afterAll(async () => {
    await rig.envoy.stop();
    server.close();
    echo.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    begun = rig.envoy.log.length;
    ends = await server.pair(rig.port("chain"));
  });

  const shown = (link: "before" | "after", from: "client" | "server"): string[] =>
    shownTo(link, from, rig.envoy.log.slice(begun));

  /** Sends, and waits until the first link has seen it: then the next bytes are another chunk. */
  async function clientSends(text: string): Promise<void> {
    const before = shown("before", "client").length;
    ends.client.send(text);
    await vi.waitFor(() => expect(shown("before", "client").length).toBe(before + 1), WAIT);
  }

  async function serverSends(text: string): Promise<void> {
    const before = shown("after", "server").length;
    ends.server.send(text);
    await vi.waitFor(() => expect(shown("after", "server").length).toBe(before + 1), WAIT);
  }

  test("the client's are seen by earlier links as they come, by later ones whole", async () => {
    await clientSends("on");
    await clientSends("e\ntw");
    await ends.server.has("one\n");
    expect(ends.server.received()).toBe("one\n");
    await clientSends("o\n");
    await ends.server.has("two\n");
    expect(ends.server.received()).toBe("one\ntwo\n");
    expect(shown("before", "client")).toEqual(["on", "e/tw", "o/"]);
    expect(shown("after", "client")).toEqual(["one/", "two/"]);
  });

  test("the server's are seen by the link behind it as they come, by the one in front whole", async () => {
    await serverSends("on");
    await serverSends("e\ntw");
    await ends.client.has("one\n");
    expect(ends.client.received()).toBe("one\n");
    await serverSends("o\n");
    await ends.client.has("two\n");
    expect(ends.client.received()).toBe("one\ntwo\n");
    expect(shown("after", "server")).toEqual(["on", "e/tw", "o/"]);
    expect(shown("before", "server")).toEqual(["one/", "two/"]);
  });

  test("what is not wanted whole goes on as it comes", async () => {
    await clientSends("big, and");
    await ends.server.has("big, and");
    await serverSends("bi");
    await serverSends("g");
    await ends.client.has("big");
  });

  test("an end of stream lets go on what there is", async () => {
    await clientSends("half");
    await serverSends("part");
    expect(ends.server.received() + ends.client.received()).toBe("");
    ends.client.finish();
    await ends.server.ended;
    expect(ends.server.received()).toBe("half");
    ends.server.finish();
    await ends.client.ended;
    expect(ends.client.received()).toBe("part");
    expect(shown("after", "client").join("")).toBe("half!");
    expect(shown("before", "server").join("")).toBe("part!");
  });

  test("nothing goes on of a message at which the filter closes", async () => {
    await serverSends("one\nclo");
    ends.server.send("se\ntwo\n");
    await ends.client.ended;
    expect(ends.client.received()).toBe("one\n");
  });

  test("what is kept of an unfinished message ends with a connection that is reset", async () => {
    await serverSends("one\nhalf");
    await ends.client.has("one\n");
    ends.server.reset();
    await ends.client.ended;
    expect(ends.client.received()).toBe("one\n");
  });

  test.each(["fault", "off"])("after `%s` the filter gives back what it keeps", async (word) => {
    await serverSends("par");
    await clientSends(`${word}\nhal`);
    await clientSends("f\n");
    await ends.server.has("half\n");
    expect(ends.server.received()).toBe(`${word}\nhalf\n`);
    await serverSends("t\n");
    await ends.client.has("part\n");
    expect(ends.client.received()).toBe("part\n");
  });

  test("what goes back while a later link holds goes behind what is held", async () => {
    await clientSends("stop\nhal");
    await clientSends("f\nan");
    await clientSends("d\ng");
    expect(ends.server.received()).toBe("");
    await clientSends("o\nmore\n");
    await ends.server.has("more\n");
    expect(ends.server.received()).toBe("stop\nhalf\nand\ngo\nmore\n");
    expect(shown("after", "client")).toEqual(["stop/", "half/", "and/", "go/more/"]);
  });

  test("a flood in both directions comes through unchanged", async () => {
    const text = linesOf(7, FLOOD_LINES, CAP);
    const client = await openClient(rig.port("flood"));
    client.send(text);
    client.finish();
    await client.ended;
    expect(client.received().length).toBe(text.length);
    expect(client.received() === text).toBe(true);
  });
});
