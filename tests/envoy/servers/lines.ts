/** What the dialogues with Postfix are made of. */

import type { Client } from "../support/client.ts";
import { PEOPLE } from "./postfix.ts";

/** A session. `turn` varies it: numbers of recipients, messages, octets. Both sides end it afterwards. */
export type Dialogue = (client: Client, turn: number) => Promise<void>;

export const FROM = "MAIL FROM:<sender@client.example>";
export const TO = `RCPT TO:<${PEOPLE.known}>`;
export const TO_UNKNOWN = `RCPT TO:<${PEOPLE.unknown}>`;
export const TO_BUSY = `RCPT TO:<${PEOPLE.busy}>`;
export const TEXT = "Subject: test\r\n\r\nhello\r\n..dot\r\n.";

export async function greeted(client: Client, hello = "EHLO client.example"): Promise<void> {
  await client.reply();
  await client.say(hello);
}

export async function sayAll(client: Client, lines: readonly string[]): Promise<void> {
  for (const line of lines) await client.say(line);
}

/** Sends lines in one segment and reads the reply to each. */
export async function group(client: Client, lines: readonly string[]): Promise<void> {
  client.send(lines.map((line) => `${line}\r\n`).join(""));
  for (let i = 0; i < lines.length; i++) await client.reply();
}

export function repeated(line: string, count: number): string[] {
  return Array.from({ length: count }, () => line);
}

/** Recipients of all kinds, the first one known. */
export function recipients(turn: number): string[] {
  return [TO, ...repeated(TO_UNKNOWN, turn % 3), ...repeated(TO_BUSY, turn % 2), ...repeated(TO, turn % 4)];
}
