// The built module in the proxy that comes with Heirloom: transcripts, played as written, byte by byte and cut at every
// position, and a scripted connection.

import { readdirSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import {
  checksOf,
  loadModule,
  readTranscript,
  TestProxy,
  type HostModule,
  type Invariants,
} from "heirloom/testing";

const TRANSCRIPTS = "tests/transcripts/myproto";

/** What holds after every chunk, whatever the bytes were; `->` is `>=` while connections are open, then `=`. */
const INVARIANTS: Invariants = {
  myproto: [
    ["every request ends once", "requests_total -> replies_total + requests_unanswered_total"],
    ["no session stays active", "sessions_active -> 0"],
    ["no filter errors", "filter_errors_total = 0"],
  ],
};

describe("myproto", () => {
  let module: HostModule;
  beforeAll(async () => {
    module = await loadModule("build/myproto.wasm");
  });

  describe.each(readdirSync(TRANSCRIPTS))("%s", (file) => {
    const transcript = readTranscript(`${TRANSCRIPTS}/${file}`, "myproto");
    for (const { name, run } of checksOf(transcript, () => module, { invariants: INVARIANTS }))
      test(name, run);
  });

  test("a client that leaves in the middle", async () => {
    const proxy = await TestProxy.start(module, { configuration: { stat_prefix: "edge" } });
    const connection = proxy.connect();
    connection.clientSends("GET a\r\n");
    connection.clientCloses();
    expect(connection.serverSaw).toBe("GET a\r\n");
    expect(proxy.metric("requests_unanswered_total", { verb: "get" })).toBe(1);
    expect(proxy.metric("sessions_active")).toBe(0);
  });

  test("a configuration that is wrong is refused", async () => {
    const start = TestProxy.start(module, { configuration: { stat_prefx: "edge" } });
    await expect(start).rejects.toThrow("stat_prefx");
  });
});
