// Time lines of live sessions: the words of a capture's, several at a time.

import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { livePrinter, type Output } from "../../host/cli/live.ts";
import type { HostModule } from "../../host/index.ts";
import { LiveTimelines } from "../../host/proxy/live.ts";
import { ProxyServer } from "../../host/proxy/server.ts";
import { builtModule } from "../support/modules.ts";
import { TcpTalk } from "../support/pcap.ts";
import { Peer, Upstream, closedPort } from "../support/sockets.ts";
import { timelineOf } from "../support/timeline.ts";
import { watModule } from "../support/wat.ts";
import { until } from "../support/until.ts";

const modules: Record<string, HostModule> = {};
beforeAll(async () => {
  for (const name of ["smtp", "ldap", "pop3"]) modules[name] = await builtModule(name);
});

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Keeps what is printed; `waiting` is what its reader has not taken. */
class Paper implements Output {
  text = "";
  waiting = 0;
  readonly isTTY: boolean;

  constructor({ isTTY = false } = {}) {
    this.isTTY = isTTY;
  }

  get writableLength(): number {
    return this.waiting;
  }

  get lines(): string[] {
    return this.text.trimEnd().split("\n");
  }

  write(text: string): void {
    this.text += text;
  }
}

interface Followed {
  readonly proxy: ProxyServer;
  readonly upstream: Upstream;
  readonly paper: Paper;
}

async function followed(
  filter: string,
  { format = "text" as "text" | "json", paper = new Paper(), port = 0, module = modules[filter] } = {},
): Promise<Followed> {
  if (module === undefined) throw new Error(`no module ${filter}`);
  const upstream = await Upstream.start();
  cleanups.push(() => upstream.stop());
  const to = { host: "127.0.0.1", port: port === 0 ? upstream.port : port };
  const configured = { module, rootId: `heirloom.${filter}` };
  const live = new LiveTimelines(livePrinter(format, paper));
  const proxy = await ProxyServer.start({
    ...configured,
    listen: { host: "127.0.0.1", port: 0 },
    upstream: to,
    observe: live.follow({ ...configured, filter, upstream: to }),
  });
  cleanups.push(() => proxy.stop());
  return { proxy, upstream, paper };
}

async function joined({ upstream, proxy }: Followed): Promise<[Peer, Peer]> {
  const accepted = upstream.next();
  const client = await Peer.connect(proxy.listen.port);
  cleanups.push(() => client.socket.destroy());
  return [client, await accepted];
}

/** Says lines in turn, each when the other side has the one before; then both close, the server first. */
async function talk(
  client: Peer,
  server: Peer,
  script: readonly (readonly ["C" | "S", string])[],
): Promise<void> {
  const sent = { C: "", S: "" };
  for (const [who, line] of script) {
    const [from, to] = who === "C" ? [client, server] : [server, client];
    sent[who] += line;
    from.send(line);
    await to.until(({ text }) => text === sent[who]);
  }
  server.socket.end();
  await client.until(({ ended }) => ended);
  client.socket.end();
  await server.until(({ closed }) => closed);
}

const CONVERSATION = [
  ["S", "220 mx.example ESMTP\r\n"],
  ["C", "EHLO client.example\r\n"],
  ["S", "250-mx.example\r\n250 AUTH PLAIN LOGIN\r\n"],
  ["C", "AUTH PLAIN AGpvZQBzZWNyZXQtb2Ytam9l\r\n"],
  ["S", "235 2.7.0 ok\r\n"],
  ["C", "MAIL FROM:<a@client.example>\r\n"],
  ["S", "250 ok\r\n"],
  ["C", "RCPT TO:<b@mx.example>\r\n"],
  ["S", "550 5.1.1 no such user\r\n"],
  ["C", "QUIT\r\n"],
  ["S", "221 bye\r\n"],
] as const;

/** What a line says but for when, and how long it took. */
const timeless = (line: string): string =>
  line
    .replace(/^(#\d+ +)?\s*\d+\.\d{3}/, "")
    .replace(/\d[\d.]* (µs|ms|s)\b/g, "T")
    .replace(/\s+/g, " ")
    .trim();

const isOver = (paper: Paper, sessions: number): boolean =>
  paper.lines.filter((line) => /^#\d+ +lasted /.test(line)).length === sessions;

describe("a live session", () => {
  test("reads like the same session in a capture", async () => {
    const stage = await followed("smtp");
    const [client, server] = await joined(stage);
    await talk(client, server, CONVERSATION);
    await until(() => isOver(stage.paper, 1));
    const captured = new TcpTalk().handshake();
    for (const [who, line] of CONVERSATION) {
      captured.wait(1);
      if (who === "C") captured.client(line);
      else captured.server(line);
    }
    const [, , , ...rows] = await timelineOf(captured.fin("server").fin("client").segments);
    const [head, ...lines] = stage.paper.lines;
    expect(head).toMatch(
      /^#1 +smtp: 127\.0\.0\.1:\d+ → 127\.0\.0\.1:\d+, opened \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC$/,
    );
    expect(lines.slice(0, -1).map(timeless)).toEqual(rows.map(timeless));
    expect(rows).toHaveLength(13);
    expect(stage.paper.text).not.toMatch(/AGpvZQ|secret-of-joe/);
    expect(stage.paper.text).toContain("AUTH PLAIN ********");
  });

  test("stands apart from others that run at the same time", async () => {
    const stage = await followed("smtp");
    const [one, two] = [await joined(stage), await joined(stage)];
    one[1].send("220 first\r\n");
    await one[0].until(({ text }) => text !== "");
    two[1].send("220 second\r\n");
    await two[0].until(({ text }) => text !== "");
    one[0].send("EHLO one\r\n");
    await one[1].until(({ text }) => text !== "");
    two[0].send("HELO two\r\n");
    await two[1].until(({ text }) => text !== "");
    await until(() => stage.paper.text.includes("HELO two"));
    const spoken = stage.paper.lines.filter((line) => /[→←] (220|[EH][EH]LO)/.test(line));
    expect(spoken.map((line) => /^#\d+/.exec(line)?.[0])).toEqual(["#1", "#2", "#1", "#2"]);
    // What one does is not told of the other.
    expect(spoken[0]).toMatch(/220 first +greeting 2xx/);
    expect(spoken[1]).toMatch(/220 second +greeting 2xx/);
  });

  test.each([
    ["ldap", Buffer.from("300c020101600702010304008000", "hex"), "#1 bind anonymously"],
    ["pop3", Buffer.from("USER joe\r\n"), "USER"],
  ])("of %s is read, too", async (filter, bytes, words) => {
    const stage = await followed(filter);
    const [client, server] = await joined(stage);
    if (filter === "pop3") {
      server.send("+OK\r\n");
      await client.until(({ text }) => text !== "");
    }
    client.socket.write(bytes);
    await server.until(({ received }) => received.length === bytes.length);
    await until(() => stage.paper.text.includes("→ "));
    expect(stage.paper.text).toContain(`→ ${words}`);
  });

  test("whose upstream refuses says so, and what the filter makes of it", async () => {
    const stage = await followed("smtp", { port: await closedPort() });
    const client = await Peer.connect(stage.proxy.listen.port);
    await client.until(({ closed, ended }) => closed || ended);
    await until(() => isOver(stage.paper, 1));
    expect(timeless(stage.paper.lines[1] ?? "")).toBe(
      "← (cannot be reached: Connection refused) greeting unanswered; session ends: upstream_unreachable",
    );
  });

  test("that is reset says by whom; one that the proxy ends, that it stops", async () => {
    const stage = await followed("smtp");
    const [first, second, third] = [await joined(stage), await joined(stage), await joined(stage)];
    first[0].socket.resetAndDestroy();
    await first[1].until(({ ended, failed }) => ended || failed);
    second[1].socket.resetAndDestroy();
    await second[0].until(({ ended, failed }) => ended || failed);
    await stage.proxy.stop();
    await third[0].until(({ ended, failed }) => ended || failed);
    await until(() => isOver(stage.paper, 3));
    expect(stage.paper.text).toMatch(/#1 .*→ \(resets the connection\).*session ends: client_close/);
    expect(stage.paper.text).toMatch(/#2 .*← \(resets the connection\).*session ends: server_close/);
    expect(stage.paper.text).toMatch(/#3 .*↔ \(closed by the proxy, which stops\).*session ends: /);
  });

  test("of a filter that traps in what is told goes on all the same", async () => {
    const trapping = await watModule(
      `(func (export "proxy_on_downstream_data") (param i32 i32 i32) (result i32) (unreachable))`,
    );
    const stage = await followed("own", { module: trapping });
    const [client, server] = await joined(stage);
    client.send("x");
    await server.until(({ text }) => text === "x");
  });

  test("keeps little of a line without an end", async () => {
    const stage = await followed("smtp");
    const [client, server] = await joined(stage);
    const line = "x".repeat(1_000_000);
    client.send(line);
    server.socket.resume();
    await server.until(({ received }) => received.length === line.length);
    server.socket.end();
    client.socket.end();
    await until(() => isOver(stage.paper, 1));
    expect(stage.paper.text.length).toBeLessThan(20_000);
    expect(stage.paper.text).toContain("1,000,000 bytes");
  });
});

describe("how it is printed", () => {
  test("for tools: one object a line", async () => {
    const stage = await followed("smtp", { format: "json" });
    const [client, server] = await joined(stage);
    await talk(client, server, CONVERSATION);
    await until(() => stage.paper.text.includes('"closed"'));
    const events = stage.paper.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events[0]).toMatchObject({ event: "opened", session: 1, filter: "smtp" });
    expect(events.at(-1)).toMatchObject({
      event: "closed",
      session: 1,
      seconds: expect.any(Number) as number,
    });
    expect(events).toContainEqual({
      event: "line",
      session: 1,
      seconds: expect.any(Number) as number,
      from: "client",
      text: "MAIL FROM:<a@client.example>",
      outcome: [],
    });
  });

  test("with colours on a terminal only, and not where NO_COLOR is set", async () => {
    const session = {
      number: 1,
      filter: "smtp",
      client: { host: "192.0.2.1", port: 1 },
      server: { host: "192.0.2.2", port: 25 },
      time: 0,
      opened: 0n,
      isMidStream: false,
    };
    const shown = (paper: Paper): string => {
      livePrinter("text", paper).opened(session);
      return paper.text;
    };
    expect(shown(new Paper())).not.toContain("\x1b");
    expect(shown(new Paper({ isTTY: true }))).toContain("\x1b[33m#1  \x1b[0m");
    process.env["NO_COLOR"] = "1";
    expect(shown(new Paper({ isTTY: true }))).not.toContain("\x1b");
    delete process.env["NO_COLOR"];
    const plain = shown(new Paper());
    expect(plain).toBe("#1   smtp: 192.0.2.1:1 → 192.0.2.2:25, opened 1970-01-01 00:00:00.000 UTC\n");
  });

  test("for a reader that is slow: lines are left out, and it is told how many", async () => {
    const stage = await followed("smtp");
    const [client, server] = await joined(stage);
    stage.paper.waiting = 100_000_000;
    server.send("220 a\r\n");
    await client.until(({ text }) => text !== "");
    expect(stage.paper.text).not.toContain("220 a");
    stage.paper.waiting = 0;
    client.send("NOOP\r\n");
    await server.until(({ text }) => text !== "");
    expect(stage.paper.text).toMatch(/\(1 line left out: the reader is slow\)\n#1 .*NOOP/);
  });
});
