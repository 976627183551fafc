/** What few clients say to Postfix: AUTH in all its forms, odd lines, and what Postfix counts as no one else can know. */

import { LOGIN } from "./dovecot.ts";
import { FROM, greeted, group, sayAll, TEXT, TO, type Dialogue } from "./lines.ts";
import { HARD_ERROR_LIMIT, PEOPLE } from "./postfix.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const PASSWORD = base64(LOGIN.password);
const PLAIN = base64(`\0${LOGIN.name}\0${LOGIN.password}`);
const WRONG = base64(`\0${LOGIN.name}\0wrong`);

/** AUTH; Postfix asks Dovecot. */
export const AUTHENTICATION: Readonly<Record<string, Dialogue>> = {
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

/** Lines that have something odd. */
export const ODDITIES: Readonly<Record<string, Dialogue>> = {
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
