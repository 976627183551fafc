// `heirloom envoy --start` as a process, before a real mail server.

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { scrapeUrl } from "../../host/envoy/scrape.ts";
import { Client } from "../envoy/support/client.ts";
import { describeWith } from "../envoy/support/requirements.ts";
import { printed, startHeirloom, type Running } from "../support/running.ts";
import { until } from "../support/until.ts";
import { mailServer, sendMail, type BookedServer } from "../support/booked-servers.ts";

const running: Running[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) {
    // A second signal ends what waits; Envoy ends with it.
    while (one.process.exitCode === null) {
      one.process.kill("SIGTERM");
      await Promise.race([one.exit, new Promise((later) => setTimeout(later, 100))]);
    }
  }
});

function start(upstream: number, more: readonly string[] = [], environment: NodeJS.ProcessEnv = {}): Running {
  const listen = more.includes("--listen") ? [] : ["--listen", "127.0.0.1:0"];
  const rest = ["--upstream", `127.0.0.1:${upstream}`, "--admin", "127.0.0.1:0", ...more];
  const one = startHeirloom(["envoy", "--start", "--filter", "smtp", ...listen, ...rest], environment);
  running.push(one);
  return one;
}

describeWith(["envoy"], "heirloom envoy --start", () => {
  let mail: BookedServer;
  beforeAll(async () => {
    mail = await mailServer();
  });
  afterAll(() => mail.stop());

  test("runs Envoy, says where, and drains at the first signal", async () => {
    const one = start(mail.port, ["--drain", "60"]);
    const port = Number(await printed(one, /^smtp: 127\.0\.0\.1:(\d+) → /));
    const metrics = await printed(one, /^metrics: (http:\/\/\S+\/stats\/prometheus)$/);
    const admin = await printed(one, /^admin: (http:\/\/\S+\/)$/);
    expect(metrics).toBe(`${admin}stats/prometheus`);
    await sendMail({ port });
    const client = await open(port);
    const samples = await scrapeUrl(metrics);
    const committed = samples.filter(
      (sample) => sample.name === "smtp_transactions_total" && sample.value > 0,
    );
    expect(committed.map(({ labels, value }) => [labels["outcome"], value])).toEqual([["committed", 1]]);

    one.process.kill("SIGTERM");
    await until(() => one.err().includes("open connections: 1; waiting up to 60 s"));
    await until(async () => (await Client.connect(port).catch(() => undefined)) === undefined);
    // Who is connected goes on.
    expect(await client.say("NOOP")).toMatch(/^250/);
    expect(await client.say("QUIT")).toMatch(/^221/);
    client.leave();
    expect(await one.exit).toBe(0);
  });

  test("a second signal ends it at once", async () => {
    const one = start(mail.port, ["--drain", "3600"]);
    const client = await open(Number(await printed(one, /^smtp: 127\.0\.0\.1:(\d+) → /)));
    await printed(one, /^admin: /);
    one.process.kill("SIGINT");
    await until(() => one.err().includes("once more ends them"));
    one.process.kill("SIGINT");
    expect(await one.exit).toBe(0);
    expect(await client.rest()).toEqual([]);
  });

  test("says so when Envoy ends by itself", async () => {
    const one = start(mail.port);
    const admin = await printed(one, /^admin: (\S+)$/);
    await fetch(`${admin}quitquitquit`, { method: "POST" });
    expect(await one.exit).toBe(1);
    expect(one.err()).toContain("Envoy ended by itself (exit code 0)\n");
  });

  test("not where somebody listens already", async () => {
    const one = start(mail.port, ["--listen", `127.0.0.1:${mail.port}`]);
    expect(await one.exit).toBe(1);
    expect(one.err()).toBe(`127.0.0.1:${mail.port} is in use\n`);
  });

  test("nor at an address of another machine", async () => {
    const one = start(mail.port, ["--listen", "192.0.2.1:2525"]);
    expect(await one.exit).toBe(1);
    expect(one.err()).toBe("192.0.2.1:2525 is no address of this machine\n");
  });

  test("with Envoy's own words when it does not start", async () => {
    const one = start(mail.port, ["--module", "/nowhere/smtp.wasm"]);
    expect(await one.exit).toBe(1);
    expect(one.err()).toMatch(/^Envoy ended \(exit code 1\): .*\/nowhere\/smtp\.wasm.*\n$/);
    expect(one.lines).toEqual([]);
  });
});

describe("heirloom envoy --start without Envoy", () => {
  test("says what ENVOY should be", async () => {
    const one = start(1, [], { ENVOY: "/nowhere/envoy" });
    expect(await one.exit).toBe(1);
    expect(one.err()).toBe('ENVOY: expected the path of a program, found "/nowhere/envoy"\n');
  });

  test("no other time than seconds", async () => {
    const one = start(1, ["--drain", "1m"]);
    expect(await one.exit).toBe(2);
    expect(one.err()).toContain("--drain: expected a whole number of seconds");
  });
});

async function open(port: number): Promise<Client> {
  const client = await Client.connect(port);
  expect(await client.reply()).toMatch(/^220/);
  expect(await client.say("EHLO client.example")).toMatch(/^250/);
  return client;
}
