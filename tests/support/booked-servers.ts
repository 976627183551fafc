/** Real servers behind the configurations that ship, each counting for itself. */

import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";
import { connect, createServer } from "node:net";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { Client } from "ldapts";
import { createTransport } from "nodemailer";
import { SMTPServer } from "smtp-server";
import { ldapjs, QUIET } from "../../demo/ldap/ldapjs.ts";
import { Talk } from "../soak/pop3/clients.ts";
import { MaildropServer } from "../soak/pop3/server.ts";
import type { Identity } from "./tls.ts";

/** A server on a port of 127.0.0.1 with its book. */
export interface BookedServer {
  readonly port: number;
  /** Messages taken or fetched, or binds that succeeded. */
  readonly count: () => number;
  /** The server's side of everything that is connected. */
  stop(): Promise<void>;
}

/** How a client connects. */
export interface Way {
  readonly port: number;
  /** PEM; with it, TLS from the first byte. */
  readonly authority?: string;
  /** STARTTLS, taking any certificate. */
  readonly startTls?: boolean;
}

/** A busy machine may take seconds; ldapts by itself would wait for ever. */
const ANSWER_TIMEOUT_MS = 20_000;

export const USER = { name: "cn=ann,dc=test", password: "secret" };

/** smtp-server; with an identity, TLS from the first byte. STARTTLS is offered with its own test certificate. */
export async function mailServer(identity?: Identity): Promise<BookedServer> {
  let messages = 0;
  const server = new SMTPServer({
    logger: false,
    ...(identity && { secure: true, ...identity }),
    // Behind Envoy's TLS the server sees none.
    allowInsecureAuth: true,
    authOptional: true,
    onAuth: ({ username }, _session, done) => done(null, { user: username }),
    onData: (stream, _session, done) => {
      stream.on("end", () => {
        messages++;
        done();
      });
      stream.resume();
    },
  });
  server.on("error", () => undefined);
  const socket = server.listen(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    port: (socket.address() as AddressInfo).port,
    count: () => messages,
    stop: () => new Promise((stopped) => server.close(() => stopped())),
  };
}

/** ldapjs; with an identity, TLS from the first byte. */
export async function directoryServer(identity?: Identity): Promise<BookedServer> {
  let binds = 0;
  const ldap = ldapjs.createServer({ log: QUIET, connectionRouter: () => undefined });
  ldap.on("clientError", () => undefined);
  ldap.bind("dc=test", (request, response) => {
    const isRight = request.credentials === USER.password;
    if (isRight) binds++;
    response.end(isRight ? 0 : 49);
  });
  const open = new Set<Socket>();
  const accept = (socket: Socket): void => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => undefined);
    ldap.newConnection(socket);
  };
  const server: Server = identity ? createTlsServer(identity, accept) : createServer(accept);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    count: () => binds,
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** The soak's POP3 server; with an identity, TLS from the first byte. */
export async function mailboxServer(identity?: Identity): Promise<BookedServer> {
  const server = await MaildropServer.start(identity);
  return { port: server.port, count: () => server.book.retrieved, stop: () => server.stop() };
}

/** Logs in with a password and reads the first message. */
export async function readMailbox({ port, authority }: Omit<Way, "startTls">): Promise<void> {
  const where = { host: "127.0.0.1", port };
  const tls = { ...where, ca: authority, servername: "envoy.example" };
  const talk = await Talk.open(authority === undefined ? connect(where) : connectTls(tls));
  await talk.logIn();
  await talk.ask("RETR 1", "\r\n.\r\n");
  await talk.quit();
}

/** nodemailer delivers one message, with AUTH. */
export async function sendMail({ port, authority, startTls = false }: Way): Promise<void> {
  const tls = authority === undefined ? { rejectUnauthorized: false } : tlsTo(authority);
  const transport = createTransport({
    host: "127.0.0.1",
    port,
    secure: authority !== undefined,
    ignoreTLS: !startTls,
    requireTLS: startTls,
    tls,
    name: "client.example",
    auth: { user: "ann", pass: USER.password },
  });
  try {
    await transport.sendMail({
      from: "a@client.example",
      to: "b@mx.example",
      subject: "test",
      text: "hello",
    });
  } finally {
    transport.close();
  }
}

/** ldapts binds and unbinds. */
export async function bind({ port, authority }: Way): Promise<void> {
  const timeout = ANSWER_TIMEOUT_MS;
  const client = new Client(
    authority === undefined
      ? { url: `ldap://127.0.0.1:${port}`, timeout }
      : { url: `ldaps://127.0.0.1:${port}`, tlsOptions: tlsTo(authority), timeout },
  );
  try {
    await client.bind(USER.name, USER.password);
  } finally {
    await client.unbind();
  }
}

/** Envoy's certificate has this name and this authority, or there is no connection. */
function tlsTo(authority: string): { ca: string; servername: string } {
  return { ca: authority, servername: "envoy.example" };
}
