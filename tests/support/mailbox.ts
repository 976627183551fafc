/** A POP3 server of one mailbox with one message, and a client that reads it. */

import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import type { BookedServer, Identity, Way } from "./booked-servers.ts";

const PASSWORD = "secret";
const MESSAGE = "Subject: test\r\n\r\nhello\r\n.\r\n";

/** With an identity, TLS from the first byte. Counts messages that were fetched. */
export async function mailboxServer(identity?: Identity): Promise<BookedServer> {
  let fetched = 0;
  const open = new Set<Socket>();
  const answers: Readonly<Record<string, (argument: string) => string>> = {
    USER: () => "+OK\r\n",
    PASS: (argument) => (argument === PASSWORD ? "+OK\r\n" : "-ERR\r\n"),
    RETR: () => {
      fetched++;
      return `+OK\r\n${MESSAGE}`;
    },
    QUIT: () => "+OK bye\r\n",
  };
  const accept = (socket: Socket): void => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => undefined);
    socket.write("+OK ready\r\n");
    createInterface({ input: socket }).on("line", (line) => {
      const [verb = "", argument = ""] = line.split(" ");
      socket.write(answers[verb]?.(argument) ?? "-ERR unknown\r\n");
      if (verb === "QUIT") socket.end();
    });
  };
  const server: Server = identity ? createTlsServer(identity, accept) : createServer(accept);
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    count: () => fetched,
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** Logs in with a password and reads the message. */
export async function readMailbox({ port, authority }: Omit<Way, "startTls">): Promise<void> {
  const where = { host: "127.0.0.1", port };
  const socket =
    authority === undefined
      ? connect(where)
      : connectTls({ ...where, ca: authority, servername: "envoy.example" });
  let received = "";
  socket.on("data", (bytes: Buffer) => (received += bytes.toString()));
  const answered = async (end: string): Promise<void> => {
    while (!received.endsWith(end)) {
      if (socket.destroyed || socket.readableEnded)
        throw new Error(`expected "${end}", received "${received}"`);
      await Promise.race([once(socket, "data"), once(socket, "close")]);
    }
    received = "";
  };
  try {
    await answered("+OK ready\r\n");
    for (const [command, end] of [
      ["USER ann", "+OK\r\n"],
      [`PASS ${PASSWORD}`, "+OK\r\n"],
      ["RETR 1", MESSAGE],
      ["QUIT", "+OK bye\r\n"],
    ] as const) {
      socket.write(`${command}\r\n`);
      await answered(end);
    }
  } finally {
    socket.destroy();
  }
}
