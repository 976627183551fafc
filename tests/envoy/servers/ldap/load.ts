/** A mixed load on a directory: many connections of three implementations at a time, and what they did in their own book. */

import { Client, type Entry } from "ldapts";
import ldapjs from "ldapjs";
import { bindRequest } from "../../../../bench/ldap/messages.ts";
import { LdapWire } from "./client.ts";
import { ADMIN, PASSWORD, PEOPLE, person, userName, USERS } from "./directory.ts";
import type { Kind } from "./monitor.ts";
import { abandon, search, whoami } from "./requests.ts";

/** What the clients of a load have sent and got. */
export class Tally {
  readonly requests: Partial<Record<Kind, number>> = {};
  connections = 0;
  entries = 0;

  /** Counts requests. */
  sent(kind: Kind, count = 1): void {
    this.requests[kind] = (this.requests[kind] ?? 0) + count;
  }

  /** Counts entries. */
  got(entries: readonly unknown[]): void {
    this.entries += entries.length;
  }

  /** Of all requests. */
  get operations(): number {
    return Object.values(this.requests).reduce((all, count) => all + count, 0);
  }
}

/** How much of it there is. */
export interface LoadOptions {
  readonly port: number;
  /** Connections of each implementation. */
  readonly clients: number;
  /** Rounds of what a client does between its bind and its end. */
  readonly rounds: number;
}

/** Puts it on; the directory is afterwards as it was before. */
export async function load({ port, clients, rounds }: LoadOptions): Promise<Tally> {
  const tally = new Tally();
  const each = Array.from({ length: clients }, (_, i) => i);
  await Promise.all([
    ...each.map((i) => withLdapts(port, i, rounds, tally)),
    ...each.map((i) => withLdapjs(port, i, rounds, tally)),
    ...each.map((i) => pipelined(port, i, rounds, tally)),
  ]);
  return tally;
}

/** Requests for a page of which {@link USERS} need as many. */
const PAGE = 50;
const PAGES = Math.ceil(USERS / PAGE);

async function withLdapts(port: number, i: number, rounds: number, tally: Tally): Promise<void> {
  const client = new Client({ url: `ldap://127.0.0.1:${port}` });
  tally.connections++;
  tally.sent("bind");
  await client.bind(ADMIN.name, ADMIN.password);
  for (let round = 0; round < rounds; round++) {
    const name = person(`ts-${i}-${round}`);
    tally.sent("add");
    await client.add(name, { objectClass: "inetOrgPerson", uid: `ts-${i}-${round}`, cn: "a", sn: "b" });
    tally.sent("compare", 2);
    await client.compare(name, "cn", "a");
    await client.compare(name, "cn", "b");
    tally.sent("search");
    tally.got(await entriesOf(client, `(uid=${userName((i * 31 + round) % USERS)})`));
    tally.sent("modrdn");
    await client.modifyDN(name, `uid=ts-${i}-${round}-renamed`);
    tally.sent("delete");
    await client.del(person(`ts-${i}-${round}-renamed`));
    tally.sent("delete");
    await client.del(name).catch(() => undefined);
  }
  tally.sent("search", PAGES);
  tally.got(await entriesOf(client, "(uid=u*)", { pageSize: PAGE }));
  tally.sent("extended");
  await client.exop("1.3.6.1.4.1.4203.1.11.3");
  tally.sent("unbind");
  await client.unbind();
}

async function entriesOf(client: Client, filter: string, paged?: { pageSize: number }): Promise<Entry[]> {
  const { searchEntries } = await client.search(PEOPLE, {
    filter,
    attributes: ["uid"],
    ...(paged && { paged }),
  });
  return searchEntries;
}

async function withLdapjs(port: number, i: number, rounds: number, tally: Tally): Promise<void> {
  const client = ldapjs.createClient({ url: `ldap://127.0.0.1:${port}` });
  client.on("error", () => undefined);
  tally.connections++;
  const bind = (name: string, password: string): Promise<void> => {
    tally.sent("bind");
    return done((end) => client.bind(name, password, end));
  };
  await bind(person(userName(i)), "wrong").catch(() => undefined);
  await bind(ADMIN.name, ADMIN.password);
  const operations: Promise<void>[] = [];
  for (let round = 0; round < rounds; round++) {
    const name = person(userName((i * 17 + round) % USERS));
    tally.sent("modify");
    operations.push(done((end) => client.modify(name, replacing("title", `${i} ${round}`), end)));
    tally.sent("search", 2);
    operations.push(count(client, name, tally), count(client, `uid=nobody,${PEOPLE}`, tally));
    // A few at a time.
    if (operations.length >= 12) await Promise.all(operations.splice(0));
  }
  await Promise.all(operations);
  tally.sent("unbind");
  await done((end) => client.unbind(end));
}

function replacing(type: string, value: string): ldapjs.Change {
  return new ldapjs.Change({
    operation: "replace",
    modification: new ldapjs.Attribute({ type, values: [value] }),
  });
}

/** Counts the entries of a search of one entry. */
function count(client: ldapjs.Client, base: string, tally: Tally): Promise<void> {
  return new Promise((resolve, reject) => {
    client.search(base, { scope: "base", attributes: ["title"] }, (error, found) => {
      if (error !== null) {
        reject(error);
        return;
      }
      found.on("searchEntry", () => tally.entries++);
      found.on("error", () => resolve());
      found.on("end", () => resolve());
    });
  });
}

function done(start: (end: (error: Error | null | undefined) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Sends everything at once, abandons one in four searches, and leaves without Unbind. */
async function pipelined(port: number, i: number, rounds: number, tally: Tally): Promise<void> {
  const wire = await LdapWire.connect(port);
  tally.connections++;
  tally.sent("bind");
  wire.send(bindRequest(1, person("ann"), PASSWORD));
  await wire.result(1);
  let id = 1;
  for (let round = 0; round < rounds; round++) {
    const base = person(userName((i + round) % USERS));
    const said = [search(++id, base, 0), search(++id, base, 0), search(++id, PEOPLE), abandon(id + 1, id++)];
    tally.sent("search", 3);
    tally.sent("abandon");
    tally.sent("extended");
    wire.send(...said, whoami(++id));
    await wire.result(id);
  }
  wire.leave();
  await wire.rest();
  tally.entries += wire.entries;
}
