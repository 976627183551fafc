// The access log that deploy/logging ships, before real servers: what each mode shows of who it was, what the
// configurations of log collectors take from it, and that no secret is in it, nor in Envoy's log at its lowest level.

import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "ldapts";
import { createTransport } from "nodemailer";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { element, integer, message, text } from "../../bench/ldap/messages.ts";
import { DirectoryServer } from "../../demo/ldap/server/server.ts";
import { PASSWORD as DIRECTORY_PASSWORD, service } from "../../demo/ldap/company.ts";
import { envoyConfig } from "../../host/envoy/bootstrap.ts";
import { anyPort } from "../../host/envoy/ports.ts";
import { startEnvoy, type RunningEnvoy } from "../../host/envoy/process.ts";
import { ROOT } from "../support/modules.ts";
import { Secrets } from "../support/outlets.ts";
import { shownIn } from "../support/secret-forms.ts";
import { Pop3Client } from "./servers/pop3-client.ts";
import { PASSWORD as MAILBOX_PASSWORD, startPop3, type DovecotPop3 } from "./servers/pop3-dovecot.ts";
import { describeWith } from "./support/requirements.ts";
import { ldap, pop3, smtp } from "./support/rig.ts";
import { does } from "./support/version.ts";

const MODES = ["omit", "domain", "hash", "plain"] as const;
type Mode = (typeof MODES)[number];

const FILTERS = { smtp, ldap, pop3 };
type Protocol = keyof typeof FILTERS;
const PROTOCOLS = Object.keys(FILTERS) as Protocol[];

const HASH_KEY = "Zq-pepper-for-hashes";
const hash = (name: string): string =>
  createHmac("sha256", HASH_KEY).update(name.toLowerCase()).digest("hex").slice(0, 16);

const SENDER = "Sender@client.example";
const RECIPIENT = "user@mx.example";
const SERVICE = service("monitoring");
const MAILBOX = "ann@mx.example";

/** What a record shows of who it was. */
const SHOWN: Record<Mode, Record<Protocol, object>> = {
  omit: { smtp: {}, ldap: {}, pop3: {} },
  domain: {
    smtp: { from: "client.example", to: ["mx.example"] },
    ldap: { name: "demo.test" },
    pop3: { user: "mx.example" },
  },
  hash: {
    smtp: { from: hash(SENDER), to: [hash(RECIPIENT)] },
    ldap: { name: hash(SERVICE) },
    pop3: { user: hash(MAILBOX) },
  },
  plain: { smtp: { from: SENDER, to: [RECIPIENT] }, ldap: { name: SERVICE }, pop3: { user: MAILBOX } },
};

/** A line of the log as a collector reads it. */
type Line = Record<string, string | number | null>;

/** Connections that the clients below make to each listener. */
const SESSIONS: Record<Protocol, number> = { smtp: 2, ldap: 3, pop3: 3 };

const logging = (name: string): string => readFileSync(join(ROOT, "deploy", "logging", name), "utf8");

describeWith(["envoy", "server:dovecot"], "the access log", () => {
  const folder = mkdtempSync(join(tmpdir(), "heirloom-access-log-"));
  const secrets = new Secrets();
  const said: string[] = [];
  const stops: (() => Promise<unknown>)[] = [];
  let envoy: RunningEnvoy;

  beforeAll(async () => {
    const upstreams: Record<Protocol, number> = {
      smtp: await mailServer(),
      ldap: await directory(),
      pop3: await mailbox(),
    };
    const listeners = PROTOCOLS.flatMap((protocol) =>
      MODES.map((identities) => ({
        name: `${protocol}_${identities}`,
        upstream: upstreams[protocol],
        filters: [filterOf(protocol, identities)],
        tcpProxy: { access_log: shipped(fileOf(protocol, identities)) },
      })),
    );
    envoy = await startEnvoy({
      config: envoyConfig({ listeners }),
      logLevel: "trace",
      args: ["--file-flush-interval-msec", "50"],
      onLine: (line) => said.push(line),
    });
    stops.push(() => envoy.stop());
    const clients = { smtp: mail, ldap: binds, pop3: logins };
    // At the same time: Dovecot takes two seconds over a wrong password.
    const runs = PROTOCOLS.flatMap((protocol) =>
      MODES.map(async (mode) => clients[protocol]((await envoy.listener(`${protocol}_${mode}`)).port)),
    );
    await Promise.all(runs);
  });
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop();
    rmSync(folder, { recursive: true });
  });

  describe.each(PROTOCOLS)("of %s", (protocol) => {
    test.each(MODES)("shows of who it was what is asked for: %s", async (mode) => {
      const lines = await linesOf(protocol, mode);
      for (const line of lines) {
        expect(line).toMatchObject({
          time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
          connection: expect.any(Number) as number,
          client: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
          server: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
        });
        // One block for all protocols: what a session is not, is not in its line.
        expect(PROTOCOLS.filter((key) => (does("empty-keys") ? key in line : line[key] !== null))).toEqual([
          protocol,
        ]);
      }
      const records = lines.map((line) => JSON.parse(String(line[protocol])) as Record<string, unknown>);
      for (const record of records) expect(record["end"]).toEqual(expect.any(String));
      expect(identitiesOf(protocol, records)).toContainEqual(SHOWN[mode][protocol]);
      const whole = JSON.stringify(lines);
      for (const name of [SENDER, RECIPIENT, SERVICE, MAILBOX]) {
        expect([name, whole.includes(name) && mode !== "plain"]).toEqual([name, false]);
      }
      expect(shownIn(whole, planted())).toEqual([]);
    });
  });

  test("no secret is in what Envoy logs at level trace, nor in its stats", async () => {
    for (const protocol of PROTOCOLS) for (const mode of MODES) await linesOf(protocol, mode);
    const log = said.join("\n");
    // Both Envoy and the modules have told what happened.
    expect(log).toMatch(/\[trace\]\[connection\]/);
    expect(log).toMatch(/\[debug\]\[wasm\].*on_downstream_data/);
    // At this level Envoy shows the configuration it was given, and with it the key of the hashes: nobody else does.
    const others = said.filter((line) => !line.includes('"hash_key"') || line.includes("[wasm]"));
    expect(said.length - others.length).toBeLessThan(20);
    expect(shownIn(others.join("\n"), planted())).toEqual([]);
    for (const page of ["/stats", "/stats/prometheus", "/stats?format=json", "/clusters", "/listeners"]) {
      const shown = await (await fetch(`${envoy.admin}${page}`)).text();
      expect([page, shownIn(shown, planted())]).toEqual([page, []]);
    }
    // The test would see one.
    const [one = ""] = secrets.all;
    for (const form of [one, Buffer.from(`\0x\0${one}`).toString("base64")]) {
      expect(shownIn(`[debug] AUTH PLAIN ${form}`, planted())).toEqual([one]);
    }
  });

  test("has every key that the collectors' configurations ask for", async () => {
    const promtail = parse(logging("promtail.yaml")) as Promtail;
    const stages = promtail.scrape_configs[0]?.pipeline_stages ?? [];
    const [outer, inner] = stages.flatMap(({ json }) => (json === undefined ? [] : [json.expressions]));
    for (const protocol of PROTOCOLS) {
      const [line] = await linesOf(protocol, "omit");
      const wanted = Object.values(outer ?? {}).filter(
        (key) => !PROTOCOLS.includes(key as Protocol) || key === protocol,
      );
      expect(Object.keys(line ?? {})).toEqual(expect.arrayContaining(wanted));
      const record = JSON.parse(String(line?.[protocol])) as object;
      expect(Object.keys(record)).toEqual(expect.arrayContaining(Object.values(inner ?? {})));
    }
  });

  function planted(): string[] {
    return [...secrets.all, HASH_KEY, DIRECTORY_PASSWORD, MAILBOX_PASSWORD];
  }

  function filterOf(protocol: Protocol, identities: Mode) {
    const access_log = { record: true, identities, hash_key: HASH_KEY };
    return FILTERS[protocol]({ stat_prefix: `${protocol}_${identities}`, verbosity: "high", access_log });
  }

  function fileOf(protocol: Protocol, mode: Mode): string {
    return join(folder, `${protocol}-${mode}.json`);
  }

  async function linesOf(protocol: Protocol, mode: Mode): Promise<Line[]> {
    return vi.waitFor(
      () => {
        const lines = readFileSync(fileOf(protocol, mode), "utf8").split("\n").slice(0, -1);
        expect(lines).toHaveLength(SESSIONS[protocol]);
        return lines.map((line) => JSON.parse(line) as Line);
      },
      { timeout: 30_000, interval: 50 },
    );
  }

  async function mailServer(): Promise<number> {
    const server = new SMTPServer({
      allowInsecureAuth: true,
      disabledCommands: ["STARTTLS"],
      authMethods: ["PLAIN", "LOGIN"],
      onAuth: ({ username, password = "" }, _session, done) =>
        username === "ann" ? done(null, { user: username }) : done(new Error(`not ${password}`)),
      onRcptTo: (_address, _session, done) => done(),
      onData: (stream, _session, done) => {
        stream.on("end", () => done());
        stream.resume();
      },
    });
    const socket = server.listen(0, "127.0.0.1");
    await once(socket, "listening");
    stops.push(() => new Promise<void>((closed) => server.close(closed)));
    return (socket.address() as AddressInfo).port;
  }

  async function directory(): Promise<number> {
    const server = await DirectoryServer.start({ host: "127.0.0.1", port: 0 });
    stops.push(() => server.stop());
    return server.address.port;
  }

  async function mailbox(): Promise<number> {
    const dovecot: DovecotPop3 = await startPop3(await anyPort(), [MAILBOX], ["Subject: 1\n\nhello\n"]);
    stops.push(() => dovecot.stop());
    return dovecot.port;
  }

  /** A mail with a password, and a password that is refused, which the server repeats. */
  async function mail(port: number): Promise<void> {
    for (const [user, method] of [
      ["ann", "PLAIN"],
      ["bob", "LOGIN"],
    ] as const) {
      const auth = { user, pass: secrets.plain() };
      const transport = createTransport({
        host: "127.0.0.1",
        port,
        ignoreTLS: true,
        auth,
        authMethod: method,
      });
      const sent = transport.sendMail({ from: SENDER, to: RECIPIENT, subject: "x", text: secrets.plain() });
      if (user === "ann") await sent;
      else await expect(sent).rejects.toThrow("Invalid login");
      transport.close();
    }
  }

  /** A bind, one that is refused, and passwords in other places. */
  async function binds(port: number): Promise<void> {
    const url = `ldap://127.0.0.1:${port}`;
    const good = new Client({ url });
    await good.bind(SERVICE, DIRECTORY_PASSWORD);
    await good.unbind();
    const bad = new Client({ url });
    await expect(bad.bind(SERVICE, secrets.plain())).rejects.toThrow();
    await bad.unbind();
    const sasl = element(0xa3, text("PLAIN"), text(`\0ann\0${secrets.plain()}`));
    const modify = element(
      0x30,
      text(SERVICE, 0x80),
      text(secrets.plain(), 0x81),
      text(secrets.plain(), 0x82),
    );
    await exchange(port, [
      message(1, element(0x60, integer(3), text(""), sasl)),
      message(2, element(0x77, text("1.3.6.1.4.1.4203.1.11.1", 0x80), element(0x81, modify))),
    ]);
  }

  async function logins(port: number): Promise<void> {
    const good = await Pop3Client.connect(port);
    await good.say(`USER ${MAILBOX}`);
    expect(await good.say(`PASS ${MAILBOX_PASSWORD}`)).toMatch(/^\+OK/);
    await good.quit();
    const bad = await Pop3Client.connect(port);
    await bad.say(`USER ${MAILBOX}`);
    await bad.say(`PASS ${secrets.plain()}`);
    bad.leave();
    const sasl = await Pop3Client.connect(port);
    await sasl.say(`AUTH PLAIN ${secrets.base64("", MAILBOX)}`);
    sasl.leave();
  }
});

interface Promtail {
  readonly scrape_configs: readonly {
    readonly pipeline_stages: readonly { readonly json?: { readonly expressions: Record<string, string> } }[];
  }[];
}

/** The shipped block, with another path. */
function shipped(path: string): object[] {
  const { access_log } = parse(logging("access-log.yaml")) as { access_log: { typed_config: object }[] };
  return access_log.map((log) => ({ ...log, typed_config: { ...log.typed_config, path } }));
}

/** What records say of who it was. */
function identitiesOf(protocol: Protocol, records: readonly Record<string, unknown>[]): object[] {
  const parts = records.flatMap((record): unknown[] => {
    if (protocol === "smtp") return record["transactions"] as unknown[];
    return [record[protocol === "ldap" ? "bind" : "auth"]];
  });
  return parts.map((part) =>
    Object.fromEntries(
      Object.entries((part ?? {}) as object).filter(([key]) => ["from", "to", "name", "user"].includes(key)),
    ),
  );
}

/** Sends requests, and waits until each is answered or the server has had enough. */
async function exchange(port: number, requests: readonly Uint8Array[]): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  for (const request of requests) {
    const answered = Promise.race([once(socket, "data"), once(socket, "close")]);
    if (!socket.writable) break;
    socket.write(request);
    await answered;
  }
  socket.destroy();
}
