// lds.yaml: a new file moved over the old one while sessions are open.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { parseDocument } from "yaml";
import { startEnvoy, type RunningEnvoy } from "../../host/envoy/process.ts";
import { key, settled, sum, violations, type Books } from "../envoy/support/books.ts";
import { Client } from "../envoy/support/client.ts";
import { describeWith } from "../envoy/support/requirements.ts";
import { mailServer, type BookedServer } from "../support/booked-servers.ts";
import { moveOver, place, placed, type Place } from "./support.ts";

const PATIENCE = { timeout: 20_000, interval: 50 };
const SESSIONS = 5;
const MESSAGES = 3;

describeWith(["envoy"], "deploy/envoy/lds.yaml, updated with sessions open", () => {
  let there: Place;
  let mail: BookedServer;
  let envoy: RunningEnvoy;

  beforeAll(async () => {
    there = place();
    mail = await mailServer();
    moveOver(listenersFile(), placed("envoy/listeners.yaml", there));
    envoy = await startEnvoy({ config: placed("envoy/lds.yaml", there, { smtp: mail.port }) });
    await vi.waitFor(() => envoy.listener("smtp"), PATIENCE);
  });
  afterAll(async () => {
    await envoy.stop();
    await mail.stop();
    there.remove();
  });

  test("old sessions keep their filter, new ones get the new one, and no message is lost or counted twice", async () => {
    const old = await sessions();
    for (const client of old) await deliver(client);
    moveOver(listenersFile(), withPrefix("after"));
    await vi.waitFor(async () => expect(await counter("smtp_filter_info", "after")).toBe(1), PATIENCE);
    await vi.waitFor(async () => {
      expect(await counter("envoy_listener_manager_total_filter_chains_draining")).toBe(1);
    }, PATIENCE);
    const fresh = await sessions();
    for (let i = 1; i < MESSAGES; i++) for (const client of old) await deliver(client);
    for (let i = 0; i < MESSAGES; i++) for (const client of fresh) await deliver(client);
    for (const client of [...old, ...fresh]) {
      expect(await client.say("QUIT")).toMatch(/^221/);
      client.leave();
    }
    const [before, after] = [await book("smtp"), await book("after")];
    for (const one of [before, after]) {
      expect(violations(one)).toEqual([]);
      expect(one).toMatchObject({
        sessions_total: SESSIONS,
        [key("session_ends_total", { reason: "quit" })]: SESSIONS,
        [key("transactions_total", { outcome: "committed" })]: SESSIONS * MESSAGES,
      });
      expect(sum(one, "sessions_active")).toBe(0);
    }
    expect(mail.count()).toBe(2 * SESSIONS * MESSAGES);
  });

  test("a file that a filter refuses changes nothing", async () => {
    moveOver(listenersFile(), withPrefix("after").replace("record: true", "record: 7"));
    await vi.waitFor(
      () => expect(envoy.log).toContain("access_log.record: expected true or false"),
      PATIENCE,
    );
    expect(await counter("envoy_listener_manager_lds_update_rejected")).toBe(1);
    const client = await Client.connect((await envoy.listener("smtp")).port);
    expect(await client.reply()).toMatch(/^220/);
    expect(await client.say("EHLO client.example")).toMatch(/^250/);
    await deliver(client);
    await client.say("QUIT");
    client.leave();
    const one = await settled(envoy, SESSIONS + 1, { prefix: "after" });
    expect(sum(one, "transactions_total", { outcome: "committed" })).toBe(SESSIONS * MESSAGES + 1);
  });

  test("what is still open after --drain-time-s is closed, and counted as such", async () => {
    moveOver(listenersFile(), withPrefix("after").replace("record: 7", "record: true"));
    const hasty = await startEnvoy({
      config: placed("envoy/lds.yaml", there, { smtp: mail.port }),
      args: ["--drain-time-s", "1"],
    });
    try {
      await vi.waitFor(() => hasty.listener("smtp"), PATIENCE);
      const client = await Client.connect((await hasty.listener("smtp")).port);
      expect(await client.reply()).toMatch(/^220/);
      moveOver(listenersFile(), withPrefix("hasty"));
      expect(await client.rest()).toEqual([]);
      expect(await settled(hasty, 1, { prefix: "after" })).toMatchObject({
        sessions_total: 1,
        [key("session_ends_total", { reason: "proxy_close" })]: 1,
      });
    } finally {
      await hasty.stop();
    }
  });

  function listenersFile(): string {
    return join(there.folder, "listeners.yaml");
  }

  /** The listeners that are there, ports included: another port would be another listener. */
  function withPrefix(prefix: string): string {
    const document = parseDocument(readFileSync(listenersFile(), "utf8"));
    const config = ["resources", 0, "filter_chains", 0, "filters", 0, "typed_config", "config"];
    document.setIn([...config, "configuration", "value", "stat_prefix"], prefix);
    return document.toString({ lineWidth: 0 });
  }

  async function sessions(): Promise<Client[]> {
    const { port } = await envoy.listener("smtp");
    const clients = await Promise.all(Array.from({ length: SESSIONS }, () => Client.connect(port)));
    for (const client of clients) {
      expect(await client.reply()).toMatch(/^220/);
      expect(await client.say("EHLO client.example")).toMatch(/^250/);
    }
    return clients;
  }

  function book(prefix: string): Promise<Books> {
    return settled(envoy, SESSIONS, { prefix });
  }

  async function counter(name: string, prefix?: string): Promise<number | undefined> {
    const samples = await envoy.scrape();
    return samples.find((one) => one.name === name && one.labels.stat_prefix === prefix)?.value;
  }
});

async function deliver(client: Client): Promise<void> {
  expect(await client.say("MAIL FROM:<a@client.example>")).toMatch(/^250/);
  expect(await client.say("RCPT TO:<b@mx.example>")).toMatch(/^250/);
  expect(await client.say("DATA")).toMatch(/^354/);
  expect(await client.say("Subject: test\r\n\r\nhello\r\n.")).toMatch(/^250/);
}
