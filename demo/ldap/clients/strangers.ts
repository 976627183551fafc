import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setImmediate, setTimeout as delay } from "node:timers/promises";
import { Client } from "ldapts";
import type { Scenario } from "../../crowd.ts";
import { ARCHIVE, PASSWORD, service } from "../company.ts";
import type { ClientsBook } from "./book.ts";
import { urlOf } from "./session.ts";

/** A proxy in front needs its time to reach the server; a client that is gone by then was never there. */
const KNOCK_MS = 1_000;

/** Connects, says nothing, goes: how load balancers look whether a port is open. */
export const knock: Scenario = async (server) => {
  const socket = connect(server);
  await once(socket, "connect");
  await delay(KNOCK_MS);
  await hangUp(socket);
};

/** Asks for something that takes long, and goes without a word. */
export const hangingUp: Scenario = async (server) => {
  let socket: Socket | undefined;
  const client = new Client({
    url: urlOf(server),
    createConnection: ((port: number, host: string) => (socket = connect(port, host))) as typeof connect,
  });
  await client.bind(service("monitoring"), PASSWORD);
  if (!socket) throw new Error("ldapts made no connection");
  const before = socket.bytesWritten;
  const search = client.search(ARCHIVE, { scope: "sub", filter: "(cn=*)" });
  // Its answer never comes.
  search.catch(() => undefined);
  while (socket.bytesWritten === before && !socket.destroyed) await setImmediate();
  await hangUp(socket);
};

/** Someone who takes the port for a web server. */
export function lost(book: ClientsBook): Scenario {
  return async (server) => {
    const socket = connect(server);
    await once(socket, "connect");
    socket.write(`GET / HTTP/1.1\r\nHost: ${server.host}\r\nUser-Agent: a-scanner\r\nAccept: */*\r\n\r\n`);
    book.anomalies.inc({ kind: "http_on_ldap" });
    socket.resume();
    await once(socket, "close");
  };
}

async function hangUp(socket: Socket): Promise<void> {
  // Whoever was hung up on has nothing left to wait for.
  if (socket.destroyed) return;
  const closed = once(socket, "close");
  socket.resume();
  socket.end();
  await closed;
}
