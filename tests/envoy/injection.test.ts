// What peers say may stand in the access log, where identities are shown: it is text there and nothing else, in Envoy's
// text format as in its JSON format. In Envoy's own log there is nothing of it at any level.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { bindRequest } from "../../bench/ldap/messages.ts";
import { envoyConfig } from "../../host/envoy/bootstrap.ts";
import { startEnvoy, type RunningEnvoy } from "../../host/envoy/process.ts";
import { ScriptedServer, type Pair } from "../../host/testing/sockets.ts";
import { moduleLines } from "./support/module-log.ts";
import { describeWith } from "./support/requirements.ts";
import { ldap, pop3, smtp } from "./support/rig.ts";

/** In all that the peers say here. */
const MARK = "Zq7injected";

/** What could end a line, a string, a field, or tell a terminal to do something; no line end of SMTP's and no quote. */
const HOSTILE = `\x00\x1b[31;1m${MARK}\x07\x08\x7f\\"},"x":"\\u0000 %s %REQ(x)% \xc2\x9b2J \xe2\x80\xa8 \xff`;
const FAKE_LINE = `\r\n[2026-01-01 00:00:00.000][1][critical][main] ${MARK}\n{"end":"quit"}\n`;

const PROTOCOLS = ["smtp", "ldap", "pop3"] as const;
type Protocol = (typeof PROTOCOLS)[number];

const FILTERS = { smtp, ldap, pop3 };
const SESSIONS = 2;

describeWith(["envoy"], "what peers say", () => {
  const folder = mkdtempSync(join(tmpdir(), "heirloom-injection-"));
  const servers = new Map<Protocol, ScriptedServer>();
  let envoy: RunningEnvoy;

  beforeAll(async () => {
    for (const protocol of PROTOCOLS) servers.set(protocol, await new ScriptedServer().listen());
    const config = envoyConfig({
      listeners: PROTOCOLS.map((protocol) => {
        const access_log = { record: true, identities: "plain" };
        const filter = FILTERS[protocol]({ verbosity: "high", access_log });
        const upstream = servers.get(protocol)?.port ?? 0;
        return { name: protocol, upstream, filters: [filter], tcpProxy: { access_log: logsOf(protocol) } };
      }),
    });
    envoy = await startEnvoy({ config, logLevel: "debug", args: ["--file-flush-interval-msec", "50"] });
    for (let session = 0; session < SESSIONS; session++) {
      await play("smtp", [
        ["server", `220 ${HOSTILE}\r\n`],
        ["client", `EHLO ${HOSTILE}\r\n`],
        ["server", `250-${HOSTILE}\r\n250 SMTPUTF8\r\n`],
        ["client", `MAIL FROM:<${HOSTILE}@x.example>\r\nRCPT TO:<\r${HOSTILE}>\r\n${HOSTILE}\r\n`],
        ["server", `250 ${HOSTILE}\r\n550 ${HOSTILE}\r\n500 ${HOSTILE}\r\n`],
        ["client", `QUIT\r\n`],
        ["server", `221 ${HOSTILE}\r\n`],
      ]);
      // A name in LDAP may hold anything, line ends too.
      await play("ldap", [["client", bindRequest(1, HOSTILE + FAKE_LINE, MARK).toString("latin1")]]);
      await play("pop3", [
        ["server", `+OK ${HOSTILE}\r\n`],
        ["client", `USER ${HOSTILE}\r\n`],
        ["server", `-ERR [${HOSTILE}] ${HOSTILE}\r\n`],
        ["client", `${HOSTILE}\r\n`],
      ]);
    }
  });
  afterAll(async () => {
    await envoy.stop();
    for (const server of servers.values()) server.close();
    rmSync(folder, { recursive: true });
  });

  test.each(PROTOCOLS)("is one line of JSON for each session in the access log: %s", async (protocol) => {
    const lines = await linesOf(protocol, "text");
    const records = lines.map((line) => JSON.parse(line) as object);
    for (const line of lines) expect(line).not.toMatch(CONTROL);
    for (const record of records) expect(Object.keys(record)).toContain("duration_us");
    // It would be seen.
    if (protocol !== "pop3") expect(JSON.stringify(records)).toContain(`[31;1m${MARK}`);
  });

  test.each(PROTOCOLS)("is a string in a field of a JSON access log: %s", async (protocol) => {
    const inText = await linesOf(protocol, "text");
    const inJson = await linesOf(protocol, "json");
    for (const line of inJson) expect(line).not.toMatch(CONTROL);
    const parsed = inJson.map(
      (line) => JSON.parse(line) as { readonly record: string; readonly after: string },
    );
    expect(parsed.map(({ record }) => record)).toEqual(inText);
    for (const { after } of parsed) expect(after).toBe("end");
  });

  test("is nowhere in Envoy's own log, of which the modules' debug lines are a part", async () => {
    await linesOf("pop3", "text");
    const { log } = envoy;
    expect(moduleLines(log).some(({ text }) => text.includes("on_downstream_data"))).toBe(true);
    expect(log.split("\n").filter((line) => line.includes(MARK) || CONTROL.test(line))).toEqual([]);
  });

  async function play(protocol: Protocol, says: readonly (readonly [keyof Pair, string])[]): Promise<void> {
    const server = servers.get(protocol) ?? expect.fail("no server");
    const pair = await server.pair((await envoy.listener(protocol)).port);
    let [client, far] = ["", ""];
    for (const [from, text] of says) {
      pair[from].send(text);
      // Nothing is changed on its way.
      if (from === "client") await pair.server.has((far += text));
      else await pair.client.has((client += text));
    }
    pair.client.finish();
    await pair.server.ended;
    pair.server.finish();
    await pair.client.ended;
  }

  function linesOf(protocol: Protocol, format: Format): Promise<string[]> {
    return vi.waitFor(
      () => {
        const lines = readFileSync(fileOf(protocol, format), "latin1").split("\n");
        expect(lines).toHaveLength(SESSIONS + 1);
        expect(lines.pop()).toBe("");
        return lines.map((line) => Buffer.from(line, "latin1").toString("utf8"));
      },
      { timeout: 30_000, interval: 100 },
    );
  }

  function logsOf(protocol: Protocol): object[] {
    const record = `%FILTER_STATE(wasm.heirloom.${protocol}:PLAIN)%`;
    return [
      fileLog(fileOf(protocol, "text"), { text_format_source: { inline_string: `${record}\n` } }),
      fileLog(fileOf(protocol, "json"), { json_format: { record, after: "end" } }),
    ];
  }

  function fileOf(protocol: Protocol, format: Format): string {
    return join(folder, `${protocol}.${format}`);
  }
});

type Format = "text" | "json";

/** ASCII's control characters, and those of Latin-1. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x1f\x7f-\x9f]/;

function fileLog(path: string, log_format: object): object {
  const type = "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog";
  return { name: "envoy.access_loggers.file", typed_config: { "@type": type, path, log_format } };
}
