/** LDAP clients that are not the demo's: they break off, or stay and say nothing. */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "ldapts";
import { players, type Scenario, type Worker } from "../../demo/crowd.ts";
import { PASSWORD, service, SUFFIX } from "../../demo/ldap/company.ts";
import { session, urlOf } from "../../demo/ldap/clients/session.ts";
import type { Address } from "../../host/envoy/address.ts";
import { IDLE_MS } from "./idle.ts";

const RESETTERS = 2;
const IDLERS = 6;

/** All of them. */
export function roughDirectoryClients(server: Address): Worker[] {
  return [...players(RESETTERS, [resetting], server), ...players(IDLERS, [idle], server)];
}

/** Everything that was asked is answered, and then there is a reset in place of an unbind. */
const resetting: Scenario = async (server) => {
  let socket: Socket | undefined;
  const client = new Client({
    url: urlOf(server),
    createConnection: ((port: number, host: string) => (socket = connect(port, host))) as typeof connect,
  });
  await client.bind(service("monitoring"), PASSWORD);
  await client.search(SUFFIX, { scope: "sub", filter: "(objectClass=device)" });
  if (!socket) throw new Error("ldapts made no connection");
  const closed = once(socket, "close");
  socket.resetAndDestroy();
  await closed;
};

const idle: Scenario = (server) =>
  session(server, async (client) => {
    await client.bind(service("monitoring"), PASSWORD);
    await delay(IDLE_MS);
    await client.search("", { scope: "base" });
  });
