/** Mail clients that a server of a demo would not put up with: they break off, say nothing, are slow, send very much. */

import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { players, type Scenario, type Worker } from "../../demo/crowd.ts";
import { anyOf } from "../../demo/material.ts";
import type { Address } from "../../host/envoy/address.ts";
import { openClient, type End } from "../../host/testing/sockets.ts";
import { IDLE_MS } from "./idle.ts";

const RESETTERS = 2;
const IDLERS = 10;
const SLOW = 2;

/** The issue's own measure of a large message. */
const HUGE_BYTES = 64 << 20;
const PIECE_BYTES = 64 << 10;
/** Between two of them: they would leave no room for anything else. */
const HUGE_PAUSE_MS = 20_000;
/** Between two bytes of a slow client. */
const BYTE_PAUSE_MS = 4;

/** All of them. */
export function roughClients(server: Address): Worker[] {
  return [
    ...players(RESETTERS, [resetting], server),
    ...players(IDLERS, [idle], server),
    ...players(SLOW, [slow], server),
    { act: () => huge(server), pauseMs: HUGE_PAUSE_MS },
  ];
}

const HELLO = "EHLO client.example\r\n";
const MAIL = "MAIL FROM:<a@client.example>\r\n";
const RCPT = "RCPT TO:<b@mx.example>\r\n";
const TEXT = "Subject: test\r\n\r\nhello\r\n..dot\r\n";

/** Gone with a reset: behind the greeting, in the middle of a transaction, in the middle of a message. */
const resetting: Scenario = async ({ port }) => {
  const client = await openClient(port);
  await client.has("220 ");
  await anyOf(
    () => Promise.resolve(),
    () => transaction(client),
    async () => {
      await transaction(client);
      client.send(TEXT);
    },
  )();
  const closed = once(client.socket, "close");
  client.reset();
  await closed;
};

/** Says hello and nothing more for long. */
const idle: Scenario = async ({ port }) => {
  const client = await openClient(port);
  await client.has("220 ");
  client.send(HELLO);
  await client.has("250 ");
  await delay(IDLE_MS);
  await quit(client);
};

/** A whole delivery in segments of one byte. */
const slow: Scenario = async ({ port }) => {
  const client = await openClient(port);
  client.socket.setNoDelay(true);
  await client.has("220 ");
  for (const [text, answer] of [
    [HELLO, "250 "],
    [MAIL, "2.1.0"],
    [RCPT, "2.1.5"],
    ["DATA\r\n", "354 "],
    [`${TEXT}.\r\n`, "2.0.0"],
  ] as const) {
    for (const byte of text) {
      client.send(byte);
      await delay(BYTE_PAUSE_MS);
    }
    await client.has(answer);
  }
  await quit(client);
};

/** One message of {@link HUGE_BYTES}. */
const huge: Scenario = async ({ port }) => {
  const client = await openClient(port);
  await client.has("220 ");
  await transaction(client);
  const piece = `${"x".repeat(1_022)}\r\n`.repeat(PIECE_BYTES / 1_024);
  for (let sent = 0; sent < HUGE_BYTES; sent += piece.length)
    if (!client.socket.write(piece, "latin1")) await once(client.socket, "drain");
  client.send(".\r\n");
  await client.has("2.0.0");
  await quit(client);
};

/** Up to the go-ahead for the message. */
async function transaction(client: End): Promise<void> {
  for (const [line, answer] of [
    [HELLO, "250 "],
    [MAIL, "2.1.0"],
    [RCPT, "2.1.5"],
    ["DATA\r\n", "354 "],
  ] as const) {
    client.send(line);
    await client.has(answer);
  }
}

async function quit(client: End): Promise<void> {
  client.send("QUIT\r\n");
  await client.has("221 ");
  client.finish();
  if (!client.socket.destroyed) await once(client.socket, "close");
}
