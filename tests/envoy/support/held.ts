/** Sessions that are held open until a test lets them go on: mail and LDAP, with what their servers said in the end. */

import { BIND_RESPONSE, bindRequest } from "../../../bench/ldap/messages.ts";
import { directoryServer, mailServer, USER, type BookedServer } from "../../support/booked-servers.ts";
import { codeOf, LdapWire } from "../servers/ldap/client.ts";
import { unbind } from "../servers/ldap/requests.ts";
import { violations, type Books } from "./books.ts";
import { Client } from "./client.ts";
import { ldapViolations } from "./ldap-books.ts";

/** A session whose first exchange is over. */
export interface Held {
  /** A message, or a bind; whether the server took it. */
  deliver(): Promise<boolean>;
  /** QUIT, or Unbind, and until the server has closed. */
  leave(): Promise<void>;
}

/** What differs between protocols. */
export interface HeldProtocol {
  readonly protocol: "smtp" | "ldap";
  readonly server: () => Promise<BookedServer>;
  readonly connect: (port: number) => Promise<Held>;
  readonly violations: (book: Books) => string[];
  /** Names of metrics. */
  readonly total: string;
  readonly active: string;
  readonly opaque: string;
  /** The cap on sessions: its key in the configuration, and its label. */
  readonly cap: "sessions" | "connections";
  /** Metric and label of what {@link Held.deliver} comes to when the server takes it. */
  readonly taken: Entry;
  /** Of what was begun and has no answer. */
  readonly unanswered: Entry;
  readonly ends: string;
}

type Entry = readonly [metric: string, labels: Readonly<Record<string, string>>];

export const HELD: readonly HeldProtocol[] = [
  {
    protocol: "smtp",
    server: () => mailServer(),
    connect: heldMail,
    violations,
    total: "sessions_total",
    active: "sessions_active",
    opaque: "opaque_sessions_total",
    cap: "sessions",
    taken: ["transactions_total", { outcome: "committed" }],
    unanswered: ["transactions_total", { outcome: "unknown" }],
    ends: "session_ends_total",
  },
  {
    protocol: "ldap",
    server: () => directoryServer(),
    connect: heldLdap,
    violations: ldapViolations,
    total: "connections_total",
    active: "connections_active",
    opaque: "opaque_connections_total",
    cap: "connections",
    taken: ["bind_results_total", { result: "success" }],
    unanswered: ["operations_total", { outcome: "unanswered" }],
    ends: "connection_ends_total",
  },
];

async function heldMail(port: number): Promise<Held> {
  const client = await Client.connect(port);
  await client.reply();
  await client.say("HELO client.example");
  return {
    deliver: async () => {
      for (const line of ["MAIL FROM:<a@client.example>", "RCPT TO:<b@mx.example>", "DATA"])
        await client.say(line);
      return (await client.say("Subject: test\r\n\r\nhello\r\n."))?.startsWith("250") ?? false;
    },
    leave: async () => {
      await client.say("QUIT");
      await client.rest();
      client.leave();
    },
  };
}

async function heldLdap(port: number): Promise<Held> {
  const wire = await LdapWire.connect(port);
  let id = 0;
  const bind = async (name: string, password: string): Promise<boolean> => {
    wire.send(bindRequest(++id, name, password));
    const answer = await wire.result(id);
    return answer?.tag === BIND_RESPONSE && codeOf(answer) === 0;
  };
  await bind(USER.name, "wrong");
  return {
    deliver: () => bind(USER.name, USER.password),
    leave: async () => {
      wire.send(unbind(++id));
      await wire.rest();
    },
  };
}
