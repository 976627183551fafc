// MessageFilter between two links of chunks, in the embedded host: those before it see a message's bytes as they come,
// those behind it when it is whole, in both directions, and nothing is lost however the bytes are cut.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { TestProxy, loadModule, type HostModule, type TestConnection } from "../../host/testing/index.ts";
import { compileMessages, linesOf, shownTo } from "../support/messages.ts";

const CAP = 64;
const QUIET = { before: { quiet: true }, after: { quiet: true }, lines: { cap: CAP } };

describe("messages in a chain, in the embedded host", () => {
  const folder = mkdtempSync(join(tmpdir(), "heirloom-messages-"));
  let module: HostModule;
  let proxy: TestProxy;
  let connection: TestConnection;

  beforeAll(async () => {
    module = await loadModule(compileMessages(folder));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  beforeEach(async () => {
    proxy = await TestProxy.start(module);
    connection = proxy.connect();
  });

  const shown = (link: "before" | "after", from: "client" | "server"): string[] =>
    shownTo(link, from, proxy.logged.join("\n"));

  test("the client's are seen by earlier links as they come, by later ones whole", () => {
    connection.clientSends("on");
    expect(connection.serverSaw).toBe("");
    connection.clientSends("e\ntw");
    expect(connection.serverSaw).toBe("one\n");
    connection.clientSends("o\n");
    expect(connection.serverSaw).toBe("one\ntwo\n");
    expect(shown("before", "client")).toEqual(["on", "e/tw", "o/"]);
    expect(shown("after", "client")).toEqual(["one/", "two/"]);
  });

  test("the server's are seen by the link behind it as they come, by the one in front whole", () => {
    connection.serverSends("on");
    expect(connection.clientSaw).toBe("");
    connection.serverSends("e\ntw");
    expect(connection.clientSaw).toBe("one\n");
    connection.serverSends("o\n");
    expect(connection.clientSaw).toBe("one\ntwo\n");
    expect(shown("after", "server")).toEqual(["on", "e/tw", "o/"]);
    expect(shown("before", "server")).toEqual(["one/", "two/"]);
  });

  test("what is not wanted whole goes on as it comes", () => {
    connection.clientSends("big, and");
    expect(connection.serverSaw).toBe("big, and");
    connection.serverSends("bi");
    expect(connection.clientSaw).toBe("");
    connection.serverSends("g");
    expect(connection.clientSaw).toBe("big");
  });

  test("an end of stream lets go on what there is", () => {
    connection.clientSends("hal");
    connection.serverSends("par");
    connection.clientEnds("f");
    connection.serverEnds();
    expect(connection.serverSaw).toBe("half");
    expect(connection.clientSaw).toBe("par");
    expect(connection.serverSawEnd && connection.clientSawEnd).toBe(true);
    expect(shown("after", "client")).toEqual(["half!"]);
    expect(shown("before", "server")).toEqual(["par!"]);
  });

  test("nothing goes on of a message of the server's at which the filter closes", () => {
    connection.serverSends("one\nclo");
    connection.serverSends("se\ntwo\n");
    expect(connection.clientSaw).toBe("one\n");
    expect(connection.isClosed).toBe(true);
  });

  test.each(["fault", "off"])("after `%s` the filter gives back what it keeps", (word) => {
    connection.serverSends("par");
    connection.clientSends(`${word}\nhal`);
    connection.clientSends("f\n");
    connection.serverSends("t\n");
    expect(connection.serverSaw).toBe(`${word}\nhalf\n`);
    expect(connection.clientSaw).toBe("part\n");
  });

  test("what goes back while a later link holds goes behind what is held", () => {
    connection.clientSends("stop\nhal");
    connection.clientSends("f\nan");
    connection.clientSends("d\ng");
    expect(connection.serverSaw).toBe("");
    connection.clientSends("o\nmore\n");
    expect(connection.serverSaw).toBe("stop\nhalf\nand\ngo\nmore\n");
    expect(shown("after", "client")).toEqual(["stop/", "half/", "and/", "go/more/"]);
  });

  test.each([1, 2, 3])("any cuts: the same bytes, the same messages (seed %i)", async (seed) => {
    const text = linesOf(seed, 300, CAP);
    const wanted = text.split("\n").filter((line) => !line.startsWith("big") && line.length < CAP);
    const whole = wanted.filter((line) => line !== "").length;
    for (const step of [1, 2, 7, 63, 64, 65, 1000, text.length]) {
      const quiet = await TestProxy.start(module, { configuration: QUIET });
      const both = quiet.connect();
      for (let at = 0; at < text.length; at += step) {
        both.clientSends(text.slice(at, at + step));
        both.serverSends(text.slice(at, at + step));
      }
      expect(both.serverSaw === text && both.clientSaw === text).toBe(true);
      both.clientEnds();
      both.serverEnds();
      expect(quiet.metric("messages_total")).toBe(2 * whole);
    }
  });
});
