/** What clients say to Postfix: every kind of session that its summary tells apart. */

import type { Client } from "../support/client.ts";
import { LOGIN } from "./dovecot.ts";
import { HARD_ERROR_LIMIT, MAX_MESSAGE, PEOPLE } from "./postfix.ts";

/** A session. `turn` varies it: numbers of recipients, messages, octets. Both sides end it afterwards. */
export type Dialogue = (client: Client, turn: number) => Promise<void>;

const FROM = "MAIL FROM:<sender@client.example>";
const TO = `RCPT TO:<${PEOPLE.known}>`;
const TO_UNKNOWN = `RCPT TO:<${PEOPLE.unknown}>`;
const TO_BUSY = `RCPT TO:<${PEOPLE.busy}>`;
const TEXT = "Subject: test\r\n\r\nhello\r\n..dot\r\n.";

async function greeted(client: Client, hello = "EHLO client.example"): Promise<void> {
  await client.reply();
  await client.say(hello);
}

async function sayAll(client: Client, lines: readonly string[]): Promise<void> {
  for (const line of lines) await client.say(line);
}

/** Sends lines in one segment and reads the reply to each. */
async function group(client: Client, lines: readonly string[]): Promise<void> {
  client.send(lines.map((line) => `${line}\r\n`).join(""));
  for (let i = 0; i < lines.length; i++) await client.reply();
}

function repeated(line: string, count: number): string[] {
  return Array.from({ length: count }, () => line);
}

/** Recipients of all kinds, the first one known. */
function recipients(turn: number): string[] {
  return [TO, ...repeated(TO_UNKNOWN, turn % 3), ...repeated(TO_BUSY, turn % 2), ...repeated(TO, turn % 4)];
}

const ENVELOPES: Readonly<Record<string, Dialogue>> = {
  "one message": async (client, turn) => {
    await greeted(client, turn % 2 === 0 ? "HELO client.example" : "ehlo client.example");
    await sayAll(client, [FROM, TO, "DATA", TEXT, "QUIT"]);
  },
  "some recipients are refused": async (client, turn) => {
    await greeted(client);
    await sayAll(client, [FROM, ...recipients(turn), "DATA", TEXT, "QUIT"]);
  },
  "all recipients are refused, DATA too": async (client, turn) => {
    await greeted(client);
    await group(client, [FROM, ...repeated(TO_UNKNOWN, 1 + (turn % 3)), "DATA"]);
    await sayAll(client, ["RSET", "QUIT"]);
  },
  "the sender is refused": async (client) => {
    await greeted(client);
    await sayAll(client, ["MAIL FROM:<spammer@client.example>", TO, "DATA", "QUIT"]);
  },
  "null sender, empty message": async (client) => {
    await greeted(client);
    await sayAll(client, ["MAIL FROM:<>", TO, "DATA", ".", "QUIT"]);
  },
  "several messages": async (client, turn) => {
    await greeted(client);
    for (let i = 0; i < 1 + (turn % 5); i++) {
      await sayAll(client, [FROM, ...recipients(turn + i), "DATA", TEXT]);
      if (i % 2 === 1) await client.say("RSET");
    }
    await client.say("QUIT");
  },
  "transactions given up": async (client, turn) => {
    await greeted(client);
    const giveUp = ["RSET", "EHLO client.example", "HELO client.example"][turn % 3] ?? "RSET";
    await sayAll(client, [FROM, TO, giveUp, FROM, giveUp, FROM, TO_BUSY, "QUIT"]);
  },
  "commands out of order": async (client) => {
    await client.reply();
    await sayAll(client, [
      "DATA",
      TO,
      FROM,
      "EHLO client.example",
      TO,
      "DATA",
      FROM,
      FROM,
      "DATA",
      "RSET",
      "QUIT",
    ]);
  },
  "too large a message, announced": async (client) => {
    await greeted(client);
    await sayAll(client, [`${FROM} SIZE=${MAX_MESSAGE + 1}`, `${FROM} SIZE=10`, TO, "DATA", TEXT, "QUIT"]);
  },
  "too large a message, not announced": async (client) => {
    await greeted(client);
    const large = `Subject: large\r\n\r\n${"x".repeat(70)}\r\n`.padEnd(
      MAX_MESSAGE + 2_000,
      `${"y".repeat(70)}\r\n`,
    );
    await sayAll(client, [FROM, TO, "DATA", `${large}\r\n.`, "QUIT"]);
  },
  "many recipients": async (client) => {
    await greeted(client);
    await group(client, [FROM, ...repeated(TO, 60), ...repeated(TO_BUSY, 10), "DATA"]);
    await sayAll(client, [TEXT, "QUIT"]);
  },
};

const GROUPS: Readonly<Record<string, Dialogue>> = {
  "a group up to DATA, QUIT behind the dot": async (client, turn) => {
    await greeted(client);
    await group(client, [FROM, ...recipients(turn), "DATA"]);
    await group(client, [TEXT, "QUIT"]);
  },
  "all in one segment": async (client, turn) => {
    await greeted(client);
    await group(client, [FROM, ...recipients(turn), "DATA", TEXT, FROM, TO, "DATA", TEXT, "QUIT"]);
  },
  "MAIL, RSET and QUIT behind the dot": async (client) => {
    await greeted(client);
    await group(client, [FROM, TO, "DATA"]);
    await group(client, [TEXT, FROM, TO, "RSET", "NOOP", "QUIT"]);
  },
  "RSET behind a DATA that is refused": async (client) => {
    await greeted(client);
    await group(client, [FROM, TO_UNKNOWN, "DATA", "RSET", FROM, TO, "RSET", "QUIT"]);
  },
  "the body behind a DATA that is refused": async (client) => {
    await greeted(client);
    client.send(`${FROM}\r\n${TO_UNKNOWN}\r\nDATA\r\n${TEXT}\r\nQUIT\r\n`);
    await client.rest();
  },
  "a body without headers behind a DATA that is refused": async (client) => {
    await greeted(client);
    await group(client, [FROM, TO_BUSY, "DATA", "hello you", "there", ".", "QUIT"]);
  },
  "the client talks first": async (client) => {
    client.send(`EHLO client.example\r\n${FROM}\r\n`);
    for (let i = 0; i < 3; i++) await client.reply();
    await sayAll(client, [TO, "DATA", TEXT, "QUIT"]);
  },
};

const CHUNKS: Readonly<Record<string, Dialogue>> = {
  "BDAT in chunks": async (client, turn) => {
    await greeted(client);
    await sayAll(client, [FROM, TO]);
    for (let i = 0; i < turn % 4; i++) {
      client.send(`BDAT 12\r\nSubject: ${i}\r\n`);
      await client.reply();
    }
    client.send("BDAT 7 LAST\r\n\r\nhello");
    await client.reply();
    await client.say("QUIT");
  },
  "BDAT pipelined with all": async (client, turn) => {
    await greeted(client);
    const people = recipients(turn);
    client.send(`${[FROM, ...people].join("\r\n")}\r\nBDAT 4\r\na: bBDAT 9 LAST\r\n\r\n\r\nhelloQUIT\r\n`);
    for (let i = 0; i < people.length + 4; i++) await client.reply();
  },
  "an empty last chunk": async (client) => {
    await greeted(client);
    await sayAll(client, [FROM, TO]);
    client.send("BDAT 6\r\nhello\n");
    await client.reply();
    await sayAll(client, ["BDAT 0 LAST", FROM, TO, "BDAT 0 LAST", "QUIT"]);
  },
  "BDAT without recipients": async (client) => {
    await greeted(client);
    client.send(`${FROM}\r\n${TO_UNKNOWN}\r\nBDAT 5\r\nhelloBDAT 5 LAST\r\nhelloRSET\r\n`);
    for (let i = 0; i < 5; i++) await client.reply();
    await client.say("QUIT");
  },
  "BDAT after the last one, DATA amid": async (client) => {
    await greeted(client);
    await sayAll(client, [FROM, TO]);
    client.send("BDAT 5\r\nhelloDATA\r\nBDAT 5 LAST\r\nhelloBDAT 5 LAST\r\nhello");
    for (let i = 0; i < 4; i++) await client.reply();
    await sayAll(client, ["DATA", "QUIT"]);
  },
  "BDAT too large": async (client) => {
    await greeted(client);
    await sayAll(client, [FROM, TO]);
    const half = "z".repeat(MAX_MESSAGE / 2 + 1_000);
    client.send(`BDAT ${half.length}\r\n${half}BDAT ${half.length} LAST\r\n${half}`);
    await client.reply();
    await client.reply();
    await client.say("QUIT");
  },
  "BDAT of no size": async (client, turn) => {
    await greeted(client);
    const size = ["", " x", " -1", " 5 LAST x", " 99999999999999999999"][turn % 5] ?? "";
    client.send(`${FROM}\r\n${TO}\r\nBDAT${size}\r\nNOOP\r\n`);
    await client.rest();
  },
  "BDAT unfinished": async (client) => {
    await greeted(client);
    await sayAll(client, [FROM, TO]);
    client.send("BDAT 5000 LAST\r\nhello");
  },
};

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const PASSWORD = base64(LOGIN.password);
const PLAIN = base64(`\0${LOGIN.name}\0${LOGIN.password}`);
const WRONG = base64(`\0${LOGIN.name}\0wrong`);

const AUTHENTICATION: Readonly<Record<string, Dialogue>> = {
  "AUTH PLAIN, and a message": async (client, turn) => {
    await greeted(client);
    await sayAll(client, turn % 2 === 0 ? [`AUTH PLAIN ${PLAIN}`] : ["AUTH PLAIN", PLAIN]);
    await sayAll(client, [FROM, TO, "DATA", TEXT, "QUIT"]);
  },
  "AUTH LOGIN": async (client, turn) => {
    await greeted(client);
    const name = base64(LOGIN.name);
    await sayAll(client, turn % 2 === 0 ? ["AUTH LOGIN", name, PASSWORD] : [`AUTH LOGIN ${name}`, PASSWORD]);
    await sayAll(client, ["AUTH LOGIN", "QUIT"]);
  },
  "AUTH that fails": async (client, turn) => {
    await greeted(client);
    const wrong = [
      [`AUTH PLAIN ${WRONG}`],
      ["AUTH PLAIN", WRONG],
      ["AUTH LOGIN", "*"],
      ["AUTH GSSAPI"],
      ["AUTH PLAIN ="],
      ["AUTH"],
    ];
    await sayAll(client, [...(wrong[turn % wrong.length] ?? []), FROM, `AUTH PLAIN ${PLAIN}`, "RSET"]);
    await sayAll(client, [`AUTH PLAIN ${PLAIN}`, "QUIT"]);
  },
  "AUTH in one segment with what follows": async (client) => {
    await greeted(client);
    await group(client, ["AUTH LOGIN", base64(LOGIN.name), PASSWORD, "NOOP", "QUIT"]);
  },
  "gone within AUTH": async (client) => {
    await greeted(client);
    await client.say("AUTH LOGIN");
  },
};

const ODDITIES: Readonly<Record<string, Dialogue>> = {
  "VRFY, NOOP, ETRN and verbs it does not know": async (client, turn) => {
    await greeted(client);
    await sayAll(client, [`VRFY ${PEOPLE.known}`, `VRFY <${PEOPLE.unknown}>`, "NOOP hello", "noop"]);
    const strange = [
      "EXPN list",
      "HELP",
      "LHLO client.example",
      "TURN",
      "BURL imap://x/ LAST",
      "XYZZY",
      "SEND FROM:<a@b>",
    ];
    await sayAll(client, [strange[turn % strange.length] ?? "", "FOO bar", "ETRN mx.example", "QUIT now"]);
  },
  "wrong arguments": async (client) => {
    await greeted(client, "EHLO");
    const wrong = [
      "HELO",
      "EHLO client.example",
      "MAIL",
      "MAIL FROM:",
      "MAIL TO:<a@b>",
      FROM,
      "RCPT",
      "RCPT TO:<",
      "RSET now",
    ];
    await sayAll(client, [...wrong, "DATA now", "VRFY", "ETRN", "QUIT"]);
  },
  "what is switched off": async (client) => {
    await greeted(client);
    await sayAll(client, [
      "STARTTLS",
      "XCLIENT NAME=x",
      "XFORWARD NAME=x",
      "X-EXPS GSSAPI",
      "XEXCH50 2 2",
      "QUIT",
    ]);
  },
  "bare line feeds": async (client) => {
    await client.reply();
    client.send("EHLO client.example\n");
    await client.reply();
    client.send(`${FROM}\n${TO}\nDATA\n`);
    for (let i = 0; i < 3; i++) await client.reply();
    client.send("Subject: bare\n\nhello\n.\n");
    await client.reply();
    client.send("NOOP\nQUIT\n");
  },
  "smuggled behind a bare line feed": async (client) => {
    await greeted(client);
    await sayAll(client, [FROM, TO, "DATA"]);
    client.send(`Subject: one\r\n\r\nhello\n.\r\n`);
    await client.reply();
    await sayAll(client, [FROM, TO, "DATA", TEXT, "QUIT"]);
  },
  "a verb ends at the first blank or control character": async (client) => {
    await greeted(client);
    await sayAll(client, ["NOOP\rRSET", "NOOP\0x", "NOOP\tx", "NOOPx", "NO OP", "QUIT"]);
  },
  "a long line": async (client, turn) => {
    await greeted(client);
    await sayAll(client, [`NOOP ${"x".repeat(1_000 + 900 * (turn % 8))}`, "QUIT"]);
  },
  "octets outside ASCII": async (client) => {
    await greeted(client);
    // In UTF-8; two octets each.
    const name = "j\xc3\xb6rg";
    await sayAll(client, [
      `MAIL FROM:<${name}@client.example> SMTPUTF8`,
      TO,
      "DATA",
      TEXT,
      `NOOP ${name}`,
      "QUIT",
    ]);
  },
  "too many errors": async (client) => {
    await greeted(client);
    for (let i = 0; i < HARD_ERROR_LIMIT; i++) await client.say("NONSENSE");
    await client.rest();
  },
  "HTTP behind a hello": async (client, turn) => {
    await greeted(client);
    client.send(`${["GET", "POST", "CONNECT"][turn % 3]} / HTTP/1.1\r\nHost: mx.example\r\n\r\n`);
    await client.rest();
  },
  "lines without a word": async (client) => {
    await greeted(client);
    await sayAll(client, ["", "   ", "\0", "NO\0OP", "\x01", "QUIT"]);
  },
  "commands behind QUIT": async (client) => {
    await greeted(client);
    client.send("NOOP\r\nQUIT\r\nNOOP\r\nRSET\r\n");
    await client.rest();
  },
};

const ENDS: Readonly<Record<string, Dialogue>> = {
  "nothing at all": async (client) => {
    await client.reply();
  },
  "gone after the hello": (client) => greeted(client),
  "gone behind an accepted recipient": async (client) => {
    await greeted(client);
    await sayAll(client, [FROM, TO]);
  },
  "gone within the body": async (client) => {
    await greeted(client);
    await sayAll(client, [FROM, TO, "DATA"]);
    client.send("Subject: cut\r\n\r\nhel");
  },
  "gone right behind the dot": async (client) => {
    await greeted(client);
    await sayAll(client, [FROM, TO, "DATA"]);
    client.send(`${TEXT}\r\n`);
    client.leave();
  },
  "gone with replies to come": async (client) => {
    await greeted(client);
    client.send(`${FROM}\r\n${TO}\r\n${TO_BUSY}\r\nNOOP\r\n`);
    client.leave();
  },
  "gone within a line": async (client) => {
    await greeted(client);
    client.send("MAIL FR");
  },
};

/** What Postfix counts in a way that no one else can know, with its count and the filter's. */
export interface Difference {
  readonly why: string;
  readonly dialogue: Dialogue;
  readonly postfix: string;
  readonly filter: string;
}

/** All that is known to differ. */
export const DIFFERENCES: readonly Difference[] = [
  {
    why: "a line that is not UTF-8 is refused before it is counted (smtputf8_enable)",
    dialogue: async (client) => {
      await greeted(client);
      await sayAll(client, ["NOOP \xff", "\xff\xfe", "QUIT"]);
    },
    postfix: "ehlo=1 quit=1 commands=2",
    filter: "ehlo=1 quit=1 noop=0/1 other=0/1 commands=2/4",
  },
  {
    why: "a verb may have blanks before it",
    dialogue: async (client) => {
      await greeted(client);
      await sayAll(client, [" NOOP", "\tNOOP", "QUIT"]);
    },
    postfix: "ehlo=1 noop=2 quit=1 commands=4",
    filter: "ehlo=1 quit=1 other=2 commands=4",
  },
  {
    why: "a 421 after too many errors answers none of the commands that wait: it is said before the next one is read",
    dialogue: async (client) => {
      await greeted(client);
      client.send("NONSENSE\r\n".repeat(2 * HARD_ERROR_LIMIT));
      await client.rest();
    },
    postfix: `ehlo=1 unknown=0/${HARD_ERROR_LIMIT} commands=1/${HARD_ERROR_LIMIT + 1}`,
    filter: `ehlo=1 other=0/${HARD_ERROR_LIMIT + 1} commands=1/${HARD_ERROR_LIMIT + 2}`,
  },
];

/** All others by name: both count the same. */
export const DIALOGUES: Readonly<Record<string, Dialogue>> = {
  ...ENVELOPES,
  ...GROUPS,
  ...CHUNKS,
  ...AUTHENTICATION,
  ...ODDITIES,
  ...ENDS,
};
