/** Conversations in which one turn can be as long as a test wants it. */

import {
  BIND_RESPONSE,
  bindRequest,
  integer,
  MODIFY_RESPONSE,
  result,
  SEARCH_DONE,
  searchEntry,
  text,
} from "../../../bench/ldap/messages.ts";
import { search, unbind } from "../servers/ldap/requests.ts";
import { key, type Books } from "./books.ts";

type Side = "client" | "server";

/** What one side says before the other goes on. */
export interface Turn {
  readonly from: Side;
  readonly bytes: Buffer;
  /** With it, `bytes` over and over until there are so many. */
  readonly size?: number;
}

export interface Conversation {
  readonly name: string;
  readonly protocol: "smtp" | "ldap";
  /** Who gets what is long. */
  readonly reader: Side;
  readonly before: readonly Turn[];
  /** At least so many bytes of one message, or of one operation. */
  readonly long: (bytes: number) => readonly Turn[];
  readonly after: readonly Turn[];
  /** What it comes to. */
  readonly book: Books;
}

const line = (from: Side, words: string): Turn => ({ from, bytes: Buffer.from(`${words}\r\n`, "latin1") });
const turn = (from: Side, bytes: Buffer): Turn => ({ from, bytes });

/** Repeated in blocks, so that 64 MiB are some thousand writes; a multiple of the pattern. */
function repeated(from: Side, pattern: Buffer, bytes: number): Turn {
  const size = Math.ceil(bytes / pattern.length) * pattern.length;
  const times = Math.max(1, Math.min(Math.floor(BLOCK / pattern.length), size / pattern.length));
  return { from, bytes: Buffer.concat(Array.from({ length: times }, () => pattern)), size };
}

/** So much is written at a time, about. */
const BLOCK = 64 * 1024;

/** Lines that no chunk's end cuts at the same place. */
const LINE = Buffer.from(`${"x".repeat(71)}\r\n`);

/** Its body is long. */
const MAIL: Conversation = {
  name: "mail",
  protocol: "smtp",
  reader: "server",
  before: [
    line("server", "220 mx.example ESMTP"),
    line("client", "EHLO client.example"),
    line("server", "250 mx.example"),
    line("client", "MAIL FROM:<a@client.example>"),
    line("server", "250 2.1.0 ok"),
    line("client", "RCPT TO:<b@mx.example>"),
    line("server", "250 2.1.5 ok"),
    line("client", "DATA"),
    line("server", "354 go on"),
  ],
  long: (bytes) => [repeated("client", LINE, bytes)],
  after: [
    line("client", "."),
    line("server", "250 2.0.0 taken"),
    line("client", "QUIT"),
    line("server", "221 2.0.0 bye"),
  ],
  book: {
    sessions_total: 1,
    [key("session_ends_total", { reason: "quit" })]: 1,
    [key("transactions_total", { outcome: "committed" })]: 1,
    [key("messages_total", { mode: "data" })]: 1,
    [key("replies_total", { verb: "quit", class: "2xx" })]: 1,
    message_bytes_count: 1,
  },
};

const BIND = [
  turn("client", bindRequest(1, "cn=ann", "secret")),
  turn("server", result(1, BIND_RESPONSE)),
] as const;

/** What a bind, one more operation and Unbind come to. */
const CONNECTION: Books = {
  connections_total: 1,
  [key("connection_ends_total", { reason: "unbind" })]: 1,
  [key("operations_total", { outcome: "answered" })]: 2,
};

const ENTRY = searchEntry(2, "uid=ann,dc=test", [["description", "x".repeat(200)]]);

/** Its entries are many. */
const SEARCH: Conversation = {
  name: "search",
  protocol: "ldap",
  reader: "client",
  before: [...BIND, turn("client", search(2, "dc=test"))],
  long: (bytes) => [repeated("server", ENTRY, bytes)],
  after: [turn("server", result(2, SEARCH_DONE)), turn("client", unbind(3))],
  book: { ...CONNECTION, [key("responses_total", { class: "success", op: "search" })]: 1 },
};

/** Its value is long: at 64 MiB the message is the longest that the filter reads by default. */
const MODIFY: Conversation = {
  name: "modify",
  protocol: "ldap",
  reader: "server",
  before: BIND,
  long: (bytes) => {
    const value = bytes + DECLARATION - modifyHead(0).length;
    return [
      turn("client", modifyHead(value)),
      { from: "client", bytes: Buffer.alloc(BLOCK, "x"), size: value },
    ];
  },
  after: [turn("server", result(2, MODIFY_RESPONSE)), turn("client", unbind(3))],
  book: { ...CONNECTION, [key("responses_total", { class: "success", op: "modify" })]: 1 },
};

/** A message's own tag and length, which its length does not count. */
const DECLARATION = 6;

/** A modification up to its only value, of `value` octets. */
function modifyHead(value: number): Buffer {
  // Lengths of four octets always, so that heads are of one size.
  const open = (tag: number, ...inner: readonly Buffer[]): Buffer => {
    const all = Buffer.concat(inner);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(all.length + value);
    return Buffer.concat([Buffer.of(tag, 0x84), length, all]);
  };
  const values = open(0x31, open(0x04));
  const change = open(0x30, integer(2, 0x0a), open(0x30, text("jpegPhoto"), values));
  return open(0x30, integer(2), open(0x66, text("uid=ann,dc=test"), open(0x30, change)));
}

export const CONVERSATIONS: readonly Conversation[] = [MAIL, SEARCH, MODIFY];
