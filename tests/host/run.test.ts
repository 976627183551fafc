// `heirloom run` as a process, with real clients and servers.

import { writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTransport } from "nodemailer";
import { SMTPServer } from "smtp-server";
import { Client } from "ldapts";
import { afterEach, describe, expect, test } from "vitest";
import { parsePrometheus } from "../../host/index.ts";
import { Peer, Upstream, closedPort } from "../support/sockets.ts";
import { heirloom } from "../support/heirloom.ts";
import { printed, startRun, type Running } from "../support/running.ts";
import { until } from "../support/until.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function started(...words: readonly string[]): Running {
  const running = startRun(...words);
  cleanups.push(async () => {
    running.process.kill("SIGKILL");
    await running.exit;
  });
  return running;
}

async function upstreamServer(): Promise<Upstream> {
  const upstream = await Upstream.start();
  cleanups.push(() => upstream.stop());
  return upstream;
}

const proxying = (filter: string, port: number): string[] => [
  ...["--filter", filter, "--listen", "127.0.0.1:0", "--upstream", `127.0.0.1:${port}`],
];

/** Where a filter's proxy listens. */
const portOf = async (running: Running, name: string): Promise<number> =>
  Number(await printed(running, new RegExp(`^${name}: 127\\.0\\.0\\.1:(\\d+) → `)));

/** The value of a series, once it is `wanted`. */
async function counted(
  metrics: string,
  name: string,
  labels: Readonly<Record<string, string>>,
  wanted: number,
): Promise<void> {
  await until(async () => {
    const samples = parsePrometheus(await (await fetch(metrics)).text());
    const found = samples.find(
      (sample) =>
        sample.name === name &&
        Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    );
    return found?.value === wanted;
  });
}

/** A mail server that takes everything; its port. */
async function mailServer(): Promise<number> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onData: (stream, _session, callback) => {
      stream.resume();
      stream.on("end", () => callback());
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => new Promise<void>((resolve) => server.close(resolve)));
  const address = server.server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

describe("heirloom run", () => {
  test("proxies several filters, prints their sessions, and counts in one place", async () => {
    const running = started(
      ...proxying("smtp", await mailServer()),
      ...proxying("ldap", await closedPort()),
      ...["--admin", "127.0.0.1:0", "--timeline"],
    );
    const [mail, directory] = [await portOf(running, "smtp"), await portOf(running, "ldap")];
    const metrics = await printed(running, /^metrics: (http:\S+)$/);
    const transport = createTransport({ host: "127.0.0.1", port: mail, ignoreTLS: true });
    await transport.sendMail({ from: "a@client.example", to: "b@mx.example", subject: "x", text: "hello" });
    transport.close();
    await expect(
      new Client({ url: `ldap://127.0.0.1:${directory}` }).bind("cn=a", "planted-password"),
    ).rejects.toThrow();
    await printed(running, /^#1 +\d\.\d{3} {2}→ MAIL FROM:<a@client\.example>/);
    await printed(running, /^#1 +\d\.\d{3} {2}← 250 .*mail committed/);
    await printed(running, /^#2 .*← \(cannot be reached: Connection refused\) .*upstream_unreachable/);
    await counted(metrics, "smtp_transactions_total", { outcome: "committed" }, 1);
    await counted(metrics, "ldap_connection_ends_total", { reason: "upstream_unreachable" }, 1);
    await counted(metrics, "envoy_cluster_upstream_cx_connect_fail", { envoy_cluster_name: "ldap" }, 1);
    await counted(metrics, "envoy_cluster_upstream_cx_total", { envoy_cluster_name: "smtp" }, 1);
    const index = await (await fetch(new URL("/", metrics))).text();
    expect(index).toContain(`smtp: 127.0.0.1:${mail} → `);
    expect(running.err()).toMatch(/^\[warn\] ldap: upstream 127\.0\.0\.1:\d+: Connection refused\n$/);
    running.process.kill("SIGTERM");
    expect(await running.exit).toBe(0);
    expect(running.lines.join("\n")).not.toContain("planted-password");
  });

  test("for tools prints JSON alone", async () => {
    const running = started(
      ...proxying("smtp", await mailServer()),
      ...["--timeline", "--format", "json", "--admin", "127.0.0.1:0"],
    );
    const port = Number(await printed(running, /"event":"listening".*"listen":"127\.0\.0\.1:(\d+)"/));
    const client = await Peer.connect(port);
    await client.until(({ text }) => text.startsWith("220"));
    client.send("QUIT\r\n");
    await client.until(({ ended }) => ended);
    client.socket.end();
    await printed(running, /"event":"closed"/);
    running.process.kill("SIGINT");
    expect(await running.exit).toBe(0);
    const events = running.lines.map((line) => (JSON.parse(line) as { event: string }).event);
    expect(new Set(events)).toEqual(new Set(["listening", "metrics", "opened", "line", "closed"]));
  });

  test("a first signal takes no more connections and lets those go on that are there; the second ends them", async () => {
    const upstream = await upstreamServer();
    const running = started(
      ...proxying("smtp", upstream.port),
      ...["--drain", "3600", "--admin", "127.0.0.1:0"],
    );
    const port = await portOf(running, "smtp");
    const ready = new URL("/ready", await printed(running, /^metrics: (http:\S+)$/));
    const accepted = upstream.next();
    const client = await Peer.connect(port);
    const server = await accepted;
    client.send("x");
    await server.until(({ text }) => text === "x");
    running.process.kill("SIGTERM");
    await printed(running, /^1 connection open: they have 3600 s; a second signal ends them now$/);
    await expect(Peer.connect(port)).rejects.toThrow("ECONNREFUSED");
    const draining = await fetch(ready);
    expect([draining.status, await draining.text()]).toEqual([503, "DRAINING\n"]);
    client.send("y");
    await server.until(({ text }) => text === "xy");
    expect(running.process.exitCode).toBe(null);
    running.process.kill("SIGTERM");
    expect(await running.exit).toBe(0);
    await client.until(({ ended, failed }) => ended || failed);
  });

  test.each(["closing", "the limit"])("waits for open connections, and ends with %s", async (how) => {
    const upstream = await upstreamServer();
    const running = started(
      ...proxying("smtp", upstream.port),
      ...["--drain", how === "closing" ? "3600" : "1"],
    );
    const accepted = upstream.next();
    const client = await Peer.connect(await portOf(running, "smtp"));
    const server = await accepted;
    client.send("x");
    await server.until(({ text }) => text === "x");
    running.process.kill("SIGINT");
    await printed(running, /^1 connection open/);
    if (how === "closing") {
      client.socket.end();
      server.socket.end();
    }
    expect(await running.exit).toBe(0);
  });

  test("a reader of its lines that goes away does not end it", async () => {
    const upstream = await upstreamServer();
    const running = started(...proxying("smtp", upstream.port), "--timeline");
    const port = await portOf(running, "smtp");
    running.process.stdout?.destroy();
    for (const word of ["one", "two"]) {
      const accepted = upstream.next();
      const client = await Peer.connect(port);
      const server = await accepted;
      server.send(`220 ${word}\r\n`);
      await client.until(({ text }) => text === `220 ${word}\r\n`);
      client.socket.destroy();
    }
    expect(running.process.exitCode).toBe(null);
  });

  test("carries 1,000 connections at a time, each with its own bytes", async () => {
    const upstream = await upstreamServer();
    const running = started(...proxying("smtp", upstream.port), ...["--admin", "127.0.0.1:0"]);
    const port = await portOf(running, "smtp");
    const metrics = await printed(running, /^metrics: (http:\S+)$/);
    const clients: Peer[] = [];
    for (let i = 0; i < 1_000; i++) {
      const client = await Peer.connect(port);
      cleanups.push(() => client.socket.destroy());
      client.send(`EHLO client-${i}.example\r\n`);
      clients.push(client);
    }
    await counted(metrics, "smtp_sessions_active", {}, 1_000);
    await until(() => upstream.accepted.length === 1_000);
    for (const server of upstream.accepted) {
      await server.until(({ text }) => text.endsWith("\r\n"));
      server.send(`250 ${server.text}`);
      server.socket.end();
    }
    for (const [i, client] of clients.entries()) {
      await client.until(({ ended }) => ended);
      expect(client.text).toBe(`250 EHLO client-${i}.example\r\n`);
      client.socket.end();
    }
    await counted(metrics, "smtp_sessions_active", {}, 0);
    await counted(metrics, "smtp_sessions_total", {}, 1_000);
    await counted(metrics, "envoy_cluster_upstream_cx_active", { envoy_cluster_name: "smtp" }, 0);
  });
});

describe("heirloom run says in one line", () => {
  test.each([
    [
      "--upstream: expected it once for each --filter, found 1 for 2",
      [...proxying("smtp", 1), "--filter", "ldap", "--listen", ":1"],
    ],
    ["--format json is for --timeline: /stats has metrics", [...proxying("smtp", 1), "--format", "json"]],
    [
      '--drain: expected a whole number of seconds up to 86400, found "1m"',
      [...proxying("smtp", 1), "--drain", "1m"],
    ],
  ])("%s", async (why, words) => {
    expect(await heirloom("run", ...words)).toEqual({ code: 2, out: "", err: `${why}\n` });
  });

  test("that an address is taken, though other filters have theirs", async () => {
    const taken = `127.0.0.1:${(await upstreamServer()).port}`;
    const running = started(
      ...proxying("smtp", 1),
      ...["--filter", "ldap", "--listen", taken, "--upstream", taken],
    );
    expect(await running.exit).toBe(1);
    expect(running.err()).toBe(`${taken} is in use\n`);
  });

  test("that the second filter's configuration is refused", async () => {
    const folder = mkdtempSync(join(tmpdir(), "heirloom-run-"));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    const [good, bad] = [join(folder, "good.json"), join(folder, "bad.json")];
    writeFileSync(good, "{}");
    writeFileSync(bad, '{"verbostiy": "low"}');
    const words = [...proxying("smtp", 1), ...proxying("ldap", 1), "--config", good, "--config", bad];
    const { code, err } = await heirloom("run", ...words);
    expect([code, err]).toEqual([
      1,
      'heirloom.ldap: configuration: unknown key "verbostiy"; did you mean "verbosity"? (byte 2)\n',
    ]);
  });
});
