// The Envoy configurations that ship, run before real servers.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { anyPort } from "../../host/envoy/ports.ts";
import { PROJECT } from "../../host/envoy/project.ts";
import { startEnvoy, type RunningEnvoy } from "../../host/envoy/process.ts";
import { key, settled, sum, type Books } from "../envoy/support/books.ts";
import { describeWith } from "../envoy/support/requirements.ts";
import {
  bind,
  directoryServer,
  mailboxServer,
  mailServer,
  readMailbox,
  sendMail,
  type BookedServer,
} from "../support/booked-servers.ts";
import { place, placed, type Place } from "./support.ts";

/** Flushes and log writes on a busy machine. */
const PATIENCE = { timeout: 20_000, interval: 50 };

describeWith(["envoy"], "deploy/envoy", () => {
  let there: Place;
  let running: RunningEnvoy | undefined;
  const servers: BookedServer[] = [];

  beforeAll(() => {
    there = place();
  });
  afterEach(async () => {
    await running?.stop();
    running = undefined;
    for (const server of servers.splice(0)) await server.stop();
  });
  afterAll(() => there.remove());

  test("static.yaml: seven ports, one VM; TLS passes and is counted as such", async () => {
    const [mail, secureMail] = [await kept(mailServer()), await kept(mailServer(there.identity("server")))];
    const [directory, secureDirectory] = [
      await kept(directoryServer()),
      await kept(directoryServer(there.identity("server"))),
    ];
    const [mailbox, secureMailbox] = [
      await kept(mailboxServer()),
      await kept(mailboxServer(there.identity("server"))),
    ];
    await start("envoy/static.yaml", {
      smtp: mail.port,
      submission: mail.port,
      submissions: secureMail.port,
      ldap: directory.port,
      ldaps: secureDirectory.port,
      pop3: mailbox.port,
      pop3s: secureMailbox.port,
      admin: await anyPort(),
    });
    await sendMail({ port: await port("smtp") });
    await sendMail({ port: await port("submission") });
    await sendMail({ port: await port("submissions"), authority: there.authority });
    await bind({ port: await port("ldap") });
    await bind({ port: await port("ldaps"), authority: there.authority });
    await readMailbox({ port: await port("pop3") });
    await readMailbox({ port: await port("pop3s"), authority: there.authority });

    for (const prefix of ["smtp", "submission"]) {
      expect(commits(await smtpBook(prefix))).toBe(1);
      expect(sum(await smtpBook(prefix), "auth_cleartext_total")).toBe(1);
    }
    expect(mail.count()).toBe(2);
    expect(await smtpBook("submissions")).toMatchObject({
      sessions_total: 1,
      [key("opaque_sessions_total", { cause: "tls_first" })]: 1,
    });
    expect(secureMail.count()).toBe(1);
    expect(bound(await ldapBook("ldap"))).toBe(1);
    expect(await ldapBook("ldaps")).toMatchObject({
      connections_total: 1,
      [key("opaque_connections_total", { cause: "tls_first" })]: 1,
    });
    expect([directory.count(), secureDirectory.count()]).toEqual([1, 1]);
    const read = await pop3Book("pop3");
    expect(read).toMatchObject({ [key("session_ends_total", { reason: "quit" })]: 1 });
    expect([fetched(read), sum(read, "auth_cleartext_total")]).toEqual([1, 1]);
    expect(await pop3Book("pop3s")).toMatchObject({
      sessions_total: 1,
      [key("opaque_sessions_total", { cause: "tls_first" })]: 1,
    });
    expect([mailbox.count(), secureMailbox.count()]).toEqual([1, 1]);
    // The base VM, the main thread's and the one worker's: as many as for one filter.
    expect(await stat("wasm.envoy.wasm.runtime.v8.active")).toBe(3);
    // Prometheus gets the metrics, and nobody else gets the rest of the admin interface.
    const metrics = `http://127.0.0.1:${await port("metrics")}`;
    expect(await (await fetch(`${metrics}/stats/prometheus`)).text()).toContain(
      'smtp_sessions_total{stat_prefix="smtp"} 1',
    );
    for (const path of ["/", "/stats", "/stats/prometheus/../quitquitquit", "/quitquitquit"]) {
      expect((await fetch(`${metrics}${path}`, { method: "POST" })).status).toBe(404);
    }
  });

  test("tls.yaml: Envoy ends TLS on 465, 636 and 995, the filters read what is inside and call nothing clear", async () => {
    const [mail, directory] = [await kept(mailServer()), await kept(directoryServer())];
    const mailbox = await kept(mailboxServer());
    await start("envoy/tls.yaml", {
      smtp: mail.port,
      submission: mail.port,
      submissions: mail.port,
      ldap: directory.port,
      ldaps: directory.port,
      pop3: mailbox.port,
      pop3s: mailbox.port,
    });
    const { authority } = there;
    for (let i = 0; i < 3; i++) await sendMail({ port: await port("submissions"), authority });
    await sendMail({ port: await port("submission"), startTls: true });
    await sendMail({ port: await port("submission") });
    for (let i = 0; i < 3; i++) await bind({ port: await port("ldaps"), authority });
    await bind({ port: await port("ldap") });
    for (let i = 0; i < 3; i++) await readMailbox({ port: await port("pop3s"), authority });
    await readMailbox({ port: await port("pop3") });

    const inside = await smtpBook("submissions", 3);
    expect(commits(inside)).toBe(3);
    expect(sum(inside, "auth_attempts_total", { mechanism: "plain" })).toBe(3);
    expect(sum(inside, "opaque_sessions_total")).toBe(0);
    expect(clear(inside)).toEqual([0, 0]);
    // One that went dark after STARTTLS, one in the open.
    const open = await smtpBook("submission", 2);
    expect(open).toMatchObject({
      sessions_total: 2,
      [key("opaque_sessions_total", { cause: "starttls" })]: 1,
    });
    expect(commits(open)).toBe(1);
    expect(clear(open)).toEqual([1, 1]);
    expect(mail.count()).toBe(3 + 2);

    expect(bound(await ldapBook("ldaps", 3))).toBe(3);
    expect(sum(await ldapBook("ldaps", 3), "cleartext_binds_total")).toBe(0);
    expect(sum(await ldapBook("ldap"), "cleartext_binds_total")).toBe(1);
    expect(directory.count()).toBe(3 + 1);

    const [sealed, clearOnes] = [await pop3Book("pop3s", 3), await pop3Book("pop3")];
    expect([fetched(sealed), sum(sealed, "auth_cleartext_total")]).toEqual([3, 0]);
    expect([fetched(clearOnes), sum(clearOnes, "auth_cleartext_total")]).toEqual([1, 1]);
    expect(mailbox.count()).toBe(3 + 1);

    await vi.waitFor(() => {
      const log = readFileSync(join(there.folder, "access.log"), "utf8").trim().split("\n");
      const records = log
        .map((line) => line.replace(/^\S+ \S+ \S+ /, ""))
        .filter((text) => text.includes('"tls"'));
      // What is logged is Envoy's own word for it.
      expect(records.filter((text) => text.includes('"tls":"TLSv1.3"'))).toHaveLength(9);
    }, PATIENCE);
  });

  test("tls-upstream.yaml: the filters read between two TLS connections", async () => {
    const mail = await kept(mailServer(there.identity("mail")));
    const directory = await kept(directoryServer(there.identity("directory")));
    const mailbox = await kept(mailboxServer(there.identity("mail")));
    await start("envoy/tls-upstream.yaml", {
      submissions: mail.port,
      ldaps: directory.port,
      pop3s: mailbox.port,
    });
    const { authority } = there;
    for (let i = 0; i < 3; i++) await sendMail({ port: await port("submissions"), authority });
    for (let i = 0; i < 3; i++) await bind({ port: await port("ldaps"), authority });
    for (let i = 0; i < 3; i++) await readMailbox({ port: await port("pop3s"), authority });
    const [mails, binds] = [await smtpBook("submissions", 3), await ldapBook("ldaps", 3)];
    expect([commits(mails), mail.count()]).toEqual([3, 3]);
    expect(clear(mails)).toEqual([0, 0]);
    expect([bound(binds), directory.count()]).toEqual([3, 3]);
    expect(sum(binds, "cleartext_binds_total")).toBe(0);
    const read = await pop3Book("pop3s", 3);
    expect([fetched(read), mailbox.count(), sum(read, "auth_cleartext_total")]).toEqual([3, 3, 0]);
  });

  test("tls-upstream.yaml: a server of another name gets nothing", async () => {
    const mail = await kept(mailServer(there.identity("directory")));
    await start("envoy/tls-upstream.yaml", { submissions: mail.port, ldaps: mail.port });
    await expect(sendMail({ port: await port("submissions"), authority: there.authority })).rejects.toThrow();
    expect(mail.count()).toBe(0);
    expect(await stat("cluster.submissions.ssl.fail_verify_san")).toBeGreaterThan(0);
    expect(await smtpBook("submissions")).toMatchObject({ sessions_total: 1 });
  });

  test("kubernetes/envoy.yaml: mail is counted, and the pod is ready when mail.yaml's probe says so", async () => {
    const mail = await kept(mailServer());
    await start("kubernetes/envoy.yaml", { smtp: mail.port, admin: await anyPort() });
    const pod = readFileSync(join(PROJECT, "deploy/kubernetes/mail.yaml"), "utf8");
    const [, probe = ""] = /path: (\S+\?\S+)\n/.exec(pod) ?? [];
    const answer = await fetch(`http://127.0.0.1:${await port("metrics")}${probe}`);
    expect([answer.status, await answer.text()]).toEqual([
      200,
      expect.stringContaining("envoy_server_live{} 1\n"),
    ]);
    await sendMail({ port: await port("smtp") });
    expect([commits(await smtpBook("smtp")), mail.count()]).toEqual([1, 1]);
  });

  async function kept(starting: Promise<BookedServer>): Promise<BookedServer> {
    const server = await starting;
    servers.push(server);
    return server;
  }

  async function start(file: string, ports: Readonly<Record<string, number>>): Promise<void> {
    // The access log is written every ten seconds otherwise.
    const args = ["--file-flush-interval-msec", "200"];
    running = await startEnvoy({ config: placed(file, there, ports), args });
  }

  function envoy(): RunningEnvoy {
    return running ?? expect.fail("not started");
  }

  async function port(listener: string): Promise<number> {
    return (await envoy().listener(listener)).port;
  }

  function smtpBook(prefix: string, sessions = 1): Promise<Books> {
    return settled(envoy(), sessions, { prefix });
  }

  function ldapBook(prefix: string, connections = 1): Promise<Books> {
    return settled(envoy(), connections, { protocol: "ldap", prefix });
  }

  function pop3Book(prefix: string, sessions = 1): Promise<Books> {
    return settled(envoy(), sessions, { protocol: "pop3", prefix });
  }

  async function stat(name: string): Promise<number> {
    const text = await (await fetch(`${envoy().admin}/stats?filter=^${name}$`)).text();
    return Number(/: (\d+)/.exec(text)?.[1]);
  }
});

function commits(book: Books): number {
  return sum(book, "transactions_total", { outcome: "committed" });
}

function bound(book: Books): number {
  return sum(book, "bind_results_total", { result: "success" });
}

function fetched(book: Books): number {
  return sum(book, "retrievals_total", { outcome: "complete" });
}

/** Passwords and messages in the open. */
function clear(book: Books): [passwords: number, messages: number] {
  return [sum(book, "auth_cleartext_total"), sum(book, "cleartext_messages_total")];
}
