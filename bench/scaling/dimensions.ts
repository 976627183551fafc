/** What traffic can grow in, and the conversation for each size. */

import { bind, search } from "../ldap/traffic.ts";
import type { Script, Turn } from "../lockstep.ts";

/** One thing that grows while all else stays. */
export interface Dimension {
  /** As a file's name. */
  readonly name: string;
  /** As an axis' title. */
  readonly title: string;
  readonly protocol: "smtp" | "ldap";
  /** Smallest first. */
  readonly sizes: readonly number[];
  /** Those of them that are also measured in Envoy: what neither takes long nor needs many files. */
  readonly inEnvoy: readonly number[];
  script(size: number): Script;
  /** Connections that are open at the same time and each have the conversation. Default: one. */
  connections?(size: number): number;
  /** A counter of the filter, and what it has to be afterwards, so that the conversation is what it is meant to be. */
  proof(size: number): readonly [counter: string, value: number];
}

const text = (value: string): Buffer => Buffer.from(value, "latin1");
const turn = (request: string, response: string): Turn => ({
  request: text(request),
  response: text(response),
});

const GREETED: readonly Turn[] = [
  turn("", "220 mx.example ESMTP\r\n"),
  turn("EHLO client.example\r\n", "250-mx.example\r\n250-PIPELINING\r\n250 HELP\r\n"),
];
const MAIL = turn("MAIL FROM:<sender@client.example>\r\n", "250 2.1.0 Ok\r\n");
const RCPT = turn("RCPT TO:<recipient@mx.example>\r\n", "250 2.1.5 Ok\r\n");
const DATA = turn("DATA\r\n", "354 End data with <CR><LF>.<CR><LF>\r\n");
const LINE = `${"x".repeat(78)}\r\n`;

function body(bytes: number): Turn {
  const lines = LINE.repeat(Math.ceil(bytes / LINE.length)).slice(0, bytes);
  return turn(`Subject: growth\r\n\r\n${lines}\r\n.\r\n`, "250 2.0.0 Ok\r\n");
}

function message(bytes: number, recipients = 1): Turn[] {
  return [MAIL, ...Array.from({ length: recipients }, () => RCPT), DATA, body(bytes)];
}

const BIND = bind(1);
const BOUND: readonly Turn[] = [{ request: BIND.request, response: Buffer.concat(BIND.responses) }];

/** So many searches at once, and then all that answers them. */
function searches(count: number, entries: number): Turn {
  const all = Array.from({ length: count }, (_, i) => search(i + 2, entries));
  return {
    request: Buffer.concat(all.map(({ request }) => request)),
    response: Buffer.concat(all.flatMap(({ responses }) => responses)),
  };
}

const TO_1000 = [1, 3, 10, 30, 100, 300, 1_000];
const TO_10_000 = [...TO_1000, 3_000, 10_000];
const DECADES_TO_1000 = [1, 10, 100, 1_000];

export const DIMENSIONS: readonly Dimension[] = [
  {
    name: "message-size",
    title: "SMTP: bytes of a message",
    protocol: "smtp",
    sizes: [1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6, 3e6, 1e7],
    inEnvoy: [1e3, 1e4, 1e5, 1e6, 1e7],
    script: (size) => ({ opening: GREETED, turns: message(size) }),
    proof: () => ["transactions_total.outcome.committed", 1],
  },
  {
    name: "recipients",
    title: "SMTP: recipients of a message",
    protocol: "smtp",
    sizes: TO_1000,
    inEnvoy: DECADES_TO_1000,
    script: (size) => ({ opening: GREETED, turns: message(1_000, size) }),
    proof: (size) => ["replies_total.verb.rcpt.class.2xx", size],
  },
  {
    name: "pipelining",
    title: "SMTP: commands sent at once",
    protocol: "smtp",
    sizes: TO_1000,
    inEnvoy: DECADES_TO_1000,
    script: (size) => ({
      opening: GREETED,
      turns: [turn("RSET\r\n".repeat(size), "250 2.0.0 Ok\r\n".repeat(size))],
    }),
    proof: (size) => ["replies_total.verb.rset.class.2xx", size],
  },
  {
    name: "smtp-connections",
    title: "SMTP: connections open, a message of 1 kB on each",
    protocol: "smtp",
    sizes: TO_10_000,
    inEnvoy: DECADES_TO_1000,
    script: () => ({ opening: GREETED, turns: message(1_000) }),
    connections: (size) => size,
    proof: (size) => ["transactions_total.outcome.committed", size],
  },
  {
    name: "ldap-connections",
    title: "LDAP: connections open, a search on each",
    protocol: "ldap",
    sizes: TO_10_000,
    inEnvoy: DECADES_TO_1000,
    script: () => ({ opening: BOUND, turns: [searches(1, 1)] }),
    connections: (size) => size,
    proof: (size) => ["search_entries_total", size],
  },
  {
    name: "entries",
    title: "LDAP: entries that a search finds",
    protocol: "ldap",
    sizes: TO_10_000,
    inEnvoy: [...DECADES_TO_1000, 10_000],
    script: (size) => ({ opening: BOUND, turns: [searches(1, size)] }),
    proof: (size) => ["search_entries_total", size],
  },
  {
    name: "outstanding",
    title: "LDAP: searches sent at once",
    protocol: "ldap",
    sizes: TO_1000,
    inEnvoy: DECADES_TO_1000,
    script: (size) => ({ opening: BOUND, turns: [searches(size, 1)] }),
    proof: (size) => ["search_entries_total", size],
  },
];
