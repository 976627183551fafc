// smtp-server behind Envoy, nodemailer before it: the filter's books are the server's own.

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createTransport } from "nodemailer";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { key, settled, sum, violations, type Books } from "./support/books.ts";
import { openClient } from "./support/peers.ts";
import { describeWith } from "./support/requirements.ts";
import { smtp, startRig, type Rig } from "./support/rig.ts";

/** What the server saw. */
interface ServerBooks {
  sessions: number;
  mail: number;
  accepted: number;
  refused: number;
  messages: number;
  secured: number;
}

const none = (): ServerBooks => ({ sessions: 0, mail: 0, accepted: 0, refused: 0, messages: 0, secured: 0 });

/** The server refuses these recipients. */
const REFUSED = /^nobody/;

describeWith(["envoy"], "smtp-server and nodemailer", () => {
  const names = ["pool", "refused", "pipelined", "all_refused", "starttls", "reset"];
  let server: SMTPServer;
  let counted = none();
  let rig: Rig;

  beforeAll(async () => {
    server = new SMTPServer({
      authOptional: true,
      logger: false,
      onConnect: (_session, done) => {
        counted.sessions++;
        done();
      },
      onMailFrom: (_address, _session, done) => {
        counted.mail++;
        done();
      },
      onRcptTo: ({ address }, _session, done) => {
        if (REFUSED.test(address)) {
          counted.refused++;
          done(Object.assign(new Error("no such user"), { responseCode: 550 }));
        } else {
          counted.accepted++;
          done();
        }
      },
      onData: (stream, _session, done) => {
        counted.messages++;
        stream.on("end", () => done());
        stream.resume();
      },
      onSecure: (_socket, _session, done) => {
        counted.secured++;
        done();
      },
    });
    // A client that resets is one of the cases.
    server.on("error", () => undefined);
    const socket = server.listen(0, "127.0.0.1");
    await once(socket, "listening");
    const upstream = (socket.address() as AddressInfo).port;
    const listeners = names.map((name) => ({
      name,
      upstream,
      filters: [smtp({ stat_prefix: name, verbosity: "high" })],
    }));
    rig = await startRig({ listeners });
  });
  afterAll(async () => {
    await rig.envoy.stop();
    await new Promise<void>((closed) => {
      server.close(closed);
    });
  });

  test("a pool of connections sends many messages", async () => {
    counted = none();
    const pool = createTransport({
      pool: true,
      maxConnections: 4,
      maxMessages: Infinity,
      host: "127.0.0.1",
      port: rig.port("pool"),
      ignoreTLS: true,
    });
    await Promise.all(
      Array.from({ length: 200 }, (_, i) => pool.sendMail(message([`r${i}@mx.example`, "s@mx.example"]))),
    );
    pool.close();
    const book = await ended("pool", counted.sessions);
    expect(counted).toMatchObject({ mail: 200, accepted: 400, messages: 200 });
    expect(book).toMatchObject(agreed(counted));
    expect(book).toMatchObject({
      [key("session_dialects_total", { dialect: "esmtp" })]: counted.sessions,
      [key("extensions_offered_total", { extension: "pipelining" })]: counted.sessions,
      [key("transactions_total", { outcome: "committed" })]: 200,
    });
  });

  test("some recipients are refused", async () => {
    counted = none();
    const transport = createTransport({ host: "127.0.0.1", port: rig.port("refused"), ignoreTLS: true });
    const { rejected } = await transport.sendMail(
      message(["r@mx.example", "nobody1@mx.example", "nobody2@mx.example"]),
    );
    expect(rejected).toHaveLength(2);
    const book = await ended("refused", 1);
    expect(counted).toMatchObject({ accepted: 1, refused: 2, messages: 1 });
    expect(book).toMatchObject(agreed(counted));
    expect(book).toMatchObject({ [key("transactions_total", { outcome: "committed" })]: 1 });
  });

  test("all recipients are refused", async () => {
    counted = none();
    const transport = createTransport({ host: "127.0.0.1", port: rig.port("all_refused"), ignoreTLS: true });
    await expect(transport.sendMail(message(["nobody1@mx.example", "nobody2@mx.example"]))).rejects.toThrow();
    // It pipelines, and its DATA is refused because no recipient is left.
    const book = await ended("all_refused", 1, { [key("anomalies_total", { kind: "data_before_rcpt" })]: 1 });
    expect(counted).toMatchObject({ accepted: 0, refused: 2, messages: 0 });
    expect(book).toMatchObject({
      [key("recipients_total", { outcome: "rejected_5xx" })]: 2,
      [key("transactions_total", { outcome: "rejected" })]: 1,
      [key("transaction_rejections_total", { stage: "rcpt", class: "5xx" })]: 1,
    });
  });

  test("a client pipelines MAIL, RCPT and DATA, and the body with QUIT", async () => {
    counted = none();
    const client = await openClient(rig.port("pipelined"));
    await client.has("220 ");
    client.send("EHLO client.example\r\n");
    await client.has("\r\n250 ");
    const hello = client.received().length;
    client.send(
      "MAIL FROM:<a@client.example>\r\nRCPT TO:<b@mx.example>\r\nRCPT TO:<nobody@mx.example>\r\nDATA\r\n",
    );
    await client.has("354 ");
    client.send("Subject: pipelined\r\n\r\nhello\r\n.\r\nQUIT\r\n");
    await client.has("\r\n221 ");
    expect(client.received().length).toBeGreaterThan(hello);
    client.finish();
    const book = await ended("pipelined", 1);
    expect(book).toMatchObject(agreed(counted));
    expect(book).toMatchObject({
      // RCPT, RCPT and DATA behind MAIL, QUIT behind the end of data.
      pipeline_depth_count: 4,
      [key("extensions_used_total", { extension: "pipelining" })]: 1,
      [key("recipients_total", { outcome: "rejected_5xx" })]: 1,
      [key("session_ends_total", { reason: "quit" })]: 1,
    });
  });

  test("a client resets its transaction and quits in the next", async () => {
    counted = none();
    const client = await openClient(rig.port("reset"));
    const say = async (line: string, answer: string): Promise<void> => {
      const before = client.received().split(answer).length;
      client.send(`${line}\r\n`);
      while (client.received().split(answer).length === before) await once(client.socket, "data");
    };
    await client.has("220 ");
    await say("HELO client.example", "250 ");
    await say("MAIL FROM:<a@client.example>", "250 ");
    await say("RCPT TO:<b@mx.example>", "250 ");
    await say("RSET", "250 ");
    await say("MAIL FROM:<a@client.example>", "250 ");
    await say("QUIT", "221 ");
    client.finish();
    const book = await ended("reset", 1);
    expect(book).toMatchObject({
      [key("transactions_total", { outcome: "aborted" })]: 2,
      [key("transaction_aborts_total", { cause: "rset" })]: 1,
      [key("transaction_aborts_total", { cause: "quit" })]: 1,
    });
    expect(counted).toMatchObject({ mail: 2, accepted: 1, messages: 0 });
  });

  test("STARTTLS makes the session opaque", async () => {
    counted = none();
    const transport = createTransport({
      host: "127.0.0.1",
      port: rig.port("starttls"),
      requireTLS: true,
      tls: { rejectUnauthorized: false },
    });
    await transport.sendMail(message(["r@mx.example"]));
    const book = await ended("starttls", 1);
    expect(counted).toMatchObject({ secured: 1, messages: 1 });
    expect(book).toMatchObject({
      [key("commands_total", { verb: "ehlo" })]: 1,
      [key("commands_total", { verb: "starttls" })]: 1,
      [key("tls_total", { event: "offered" })]: 1,
      [key("tls_total", { event: "requested" })]: 1,
      [key("tls_total", { event: "accepted" })]: 1,
      [key("tls_total", { event: "handshake_seen" })]: 1,
      [key("opaque_sessions_total", { cause: "starttls" })]: 1,
      [key("session_ends_total", { reason: "tls" })]: 1,
      [key("session_dialects_total", { dialect: "esmtp" })]: 1,
    });
    expect(sum(book, "commands_total")).toBe(2);
    expect(sum(book, "transactions_started_total")).toBe(0);
    for (const from of ["client", "server"]) {
      const opaque = sum(book, "opaque_bytes_total", { from });
      expect(opaque).toBeGreaterThan(0);
      expect(opaque).toBeLessThan(sum(book, "bytes_total", { from }));
    }
  });

  async function ended(prefix: string, sessions: number, anomalies: Books = {}): Promise<Books> {
    const book = await settled(rig.envoy, sessions, { prefix });
    expect(violations(book)).toEqual([]);
    expect(sum(book, "anomalies_total")).toBe(sum(anomalies, "anomalies_total"));
    expect(book).toMatchObject(anomalies);
    return book;
  }
});

function message(to: readonly string[]): { from: string; to: string[]; subject: string; text: string } {
  return { from: "sender@client.example", to: [...to], subject: "test", text: "hello\n.leading dot\n" };
}

/** What the filter must say when the server says this. */
function agreed(server: ServerBooks): Books {
  return {
    sessions_total: server.sessions,
    transactions_started_total: server.mail,
    [key("recipients_total", { outcome: "accepted" })]: server.accepted,
    [key("messages_total", { mode: "data" })]: server.messages,
  };
}
