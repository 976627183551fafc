/** What clients of a mailbox do, from the careful to the broken. */

import type { Pop3Client } from "./pop3-client.ts";
import { PASSWORD } from "./pop3-dovecot.ts";

/** A session with the mailbox of `user`; `turn` varies it. It ends the connection. */
export type Dialogue = (client: Pop3Client, user: string, turn: number) => Promise<void>;

/** In every mailbox: short and long ones, with lines of dots, octets beyond ASCII, long lines, and no lines at all. */
export const MESSAGES: readonly string[] = [
  "Subject: 1\n\nhello\n",
  "Subject: 2\n\n.\n..\n...\n.dot\nend.\n",
  `Subject: 3\n\n${"A line of a long message, with words in it.\n".repeat(300)}`,
  `Subject: 4\n\n${"x".repeat(5_000)}\n`,
  `Subject: 5\n\nj\xf6rg \xff\xfe\n${".".repeat(80)}\n`,
  "Subject: 6\n\n",
  `Subject: 7\n\n${"YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU2Nzg5YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4\n".repeat(2_000)}`,
  "Subject: 8\n\nlast line without an end",
];

export const DIALOGUES: readonly Dialogue[] = [
  careful,
  pipelined,
  previews,
  dropped,
  secondTry,
  neverIn,
  challenged,
  refused,
  digest,
  silent,
];

/** One command after the other; some messages are deleted. */
async function careful(client: Pop3Client, user: string, turn: number): Promise<void> {
  await client.ask("CAPA");
  await logIn(client, user);
  await client.say("STAT");
  await client.ask("LIST");
  await client.ask("UIDL");
  for (let i = 1; i <= 1 + (turn % MESSAGES.length); i++) await client.ask(`RETR ${i}`);
  for (let i = 1; i <= turn % 4; i++) await client.say(`DELE ${i}`);
  await client.quit();
}

/** All in one segment. */
async function pipelined(client: Pop3Client, user: string, turn: number): Promise<void> {
  const numbers = Array.from({ length: 1 + (turn % MESSAGES.length) }, (_, i) => i + 1);
  await client.say(`AUTH PLAIN ${base64(`\0${user}\0${PASSWORD}`)}`);
  const retrs = numbers.map((n) => `RETR ${n}`);
  const deles = numbers.map((n) => `DELE ${n}`);
  client.send([...retrs, "STAT", ...deles, "QUIT"].map((line) => `${line}\r\n`).join(""));
  for (const retr of retrs) await client.lines(retr);
  for (let i = 0; i < deles.length + 2; i++) await client.line();
  client.leave();
}

/** The heads of messages only, and marks that are taken away again. */
async function previews(client: Pop3Client, user: string, turn: number): Promise<void> {
  await logIn(client, user);
  await client.say("STAT");
  for (let i = 1; i <= MESSAGES.length; i++) await client.ask(`TOP ${i} ${turn % 3}`);
  await client.say("DELE 1");
  await client.say("DELE 2");
  await client.say("RSET");
  if (turn % 4 === 2) await client.say("DELE 3");
  await client.quit();
}

/** Leaves without QUIT: what it deleted stays. */
async function dropped(client: Pop3Client, user: string): Promise<void> {
  await logIn(client, user);
  await client.ask("RETR 2");
  await client.say("STAT");
  await client.say("DELE 1");
  await client.say("DELE 2");
  client.leave();
}

async function secondTry(client: Pop3Client, user: string): Promise<void> {
  await client.say(`USER ${user}`);
  await client.say("PASS wrong");
  await logIn(client, user);
  await client.ask("RETR 1");
  await client.quit();
}

async function neverIn(client: Pop3Client, user: string, turn: number): Promise<void> {
  for (let i = 0; i < 2; i++) {
    await client.say(`USER ${user}`);
    await client.say("PASS wrong");
  }
  if (turn % 4 === 1) await client.quit();
  else client.leave();
}

/** AUTH LOGIN, and the end by a client that wants nothing. */
async function challenged(client: Pop3Client, user: string): Promise<void> {
  await client.say("AUTH LOGIN");
  await client.say(base64(user));
  await client.say(base64(PASSWORD));
  await client.say("NOOP");
  await client.ask("RETR 3");
  await client.quit();
}

/** Messages that are not there, commands that nobody knows. */
async function refused(client: Pop3Client, user: string): Promise<void> {
  await logIn(client, user);
  // Later on it would leave out what is marked.
  await client.say("STAT");
  await client.ask("RETR 99");
  await client.ask("TOP 99 1");
  await client.say("DELE 99");
  await client.say("DELE 1");
  await client.ask("RETR 1");
  await client.say("FOO");
  await client.say("LIST 2");
  await client.quit();
}

/** Cancels one mechanism and takes another. */
async function digest(client: Pop3Client, user: string): Promise<void> {
  await client.say("AUTH CRAM-MD5");
  await client.say("*");
  await client.ask("AUTH");
  await logIn(client, user);
  await client.ask("RETR 7");
  await client.quit();
}

/** Looks at what the server can do, and goes. */
async function silent(client: Pop3Client): Promise<void> {
  await client.ask("CAPA");
  await client.quit();
}

async function logIn(client: Pop3Client, user: string): Promise<void> {
  await client.say(`USER ${user}`);
  await client.say(`PASS ${PASSWORD}`);
}

function base64(text: string): string {
  return Buffer.from(text, "latin1").toString("base64");
}
