import type { Address } from "../../../host/envoy/address.ts";
import type { Scenario } from "../../crowd.ts";
import { anyOf, integer } from "../../material.ts";
import { MAX_MESSAGE_BYTES } from "../server/policy.ts";
import { Dialog } from "./dialog.ts";
import { bodyOf, recipients } from "./material.ts";

const SENDER = "MAIL FROM:<sender@client.demo.test>";

/** Groups of commands in one segment (RFC 2920), several messages in one session. */
export const pipelined: Scenario = async (server) => {
  const dialog = await hello(server);
  for (let left = integer(1, 4); left > 0; left--) {
    const to = recipients(integer(1, 3));
    dialog.send(SENDER, ...to.map(rcpt), "DATA");
    for (let replies = to.length + 1; replies > 0; replies--) await dialog.expect(250);
    await dialog.expect(354);
    dialog.write(bodyOf(integer(200, 20_000)));
    await dialog.expect(250);
  }
  await dialog.quit();
};

/** Some recipients do not exist, some have no room; the message goes to the rest. */
export const someRefused: Scenario = async (server) => {
  const dialog = await hello(server);
  await dialog.ask(SENDER, 250);
  await dialog.ask(rcpt("nobody@demo.test"), 550);
  await dialog.ask(rcpt("full@demo.test"), 452);
  await dialog.ask(rcpt("office@demo.test"), 250);
  await message(dialog, bodyOf(1_500));
  await dialog.quit();
};

/** Every recipient is refused, and so is the DATA that was sent along with them. */
export const allRefused: Scenario = async (server) => {
  const dialog = await hello(server);
  const codes = anyOf([550], [452], [550, 452]);
  dialog.send(
    SENDER,
    ...codes.map((code) => rcpt(code === 550 ? "nobody@demo.test" : "full@demo.test")),
    "DATA",
  );
  await dialog.expect(250);
  for (const code of codes) await dialog.expect(code);
  await dialog.expect(503);
  await anyOf(
    async () => {
      await dialog.ask("RSET", 250);
      await dialog.quit();
    },
    () => dialog.quit(),
    () => dialog.hangUp(),
  )();
};

/** Says beforehand how large the message is: too large. */
const oversizedDeclared: Scenario = async (server) => {
  const dialog = await hello(server);
  await dialog.ask(`${SENDER} SIZE=${MAX_MESSAGE_BYTES * 4}`, 552);
  await dialog.quit();
};

/** Says nothing beforehand; refused at the end of the data. */
export const oversized: Scenario = async (server) => {
  const dialog = await hello(server);
  await dialog.ask(SENDER, 250);
  await dialog.ask(rcpt("office@demo.test"), 250);
  await message(dialog, bodyOf(MAX_MESSAGE_BYTES + 10_000), 552);
  await dialog.quit();
};

/** Thinks better of it, then sends another one. */
const reset: Scenario = async (server) => {
  const dialog = await hello(server);
  await dialog.ask(`${SENDER} SIZE=1000`, 250);
  await dialog.ask(rcpt("office@demo.test"), 250);
  await dialog.ask("RSET", 250);
  await dialog.ask(SENDER, 250);
  await dialog.ask(rcpt("sales@demo.test"), 250);
  await message(dialog, bodyOf(800));
  await dialog.ask("RSET", 250);
  await dialog.quit();
};

/** Starts over with a new hello in the middle of a transaction. */
const helloAgain: Scenario = async (server) => {
  const dialog = await hello(server);
  await dialog.ask(SENDER, 250);
  await dialog.ask("EHLO client.demo.test", 250);
  await dialog.quit();
};

const quitInTransaction: Scenario = async (server) => {
  const dialog = await hello(server);
  await dialog.ask(SENDER, 250);
  await dialog.ask(rcpt("office@demo.test"), 250);
  await dialog.quit();
};

const hangUpInTransaction: Scenario = async (server) => {
  const dialog = await hello(server);
  await dialog.ask(SENDER, 250);
  await dialog.ask(rcpt("office@demo.test"), 250);
  await dialog.hangUp();
};

/** Goes away in the middle of the message. */
const hangUpInMessage: Scenario = async (server) => {
  const dialog = await hello(server);
  await dialog.ask(SENDER, 250);
  await dialog.ask(rcpt("office@demo.test"), 250);
  await dialog.ask("DATA", 354);
  dialog.write(bodyOf(5_000).slice(0, 3_000));
  await dialog.hangUp();
};

/** An old client: HELO, one command at a time. */
const oldClient: Scenario = async (server) => {
  const dialog = await Dialog.open(server);
  await dialog.ask("HELO printer.demo.test", 250);
  await dialog.ask(SENDER, 250);
  await dialog.ask(rcpt("sales@demo.test"), 250);
  await message(dialog, anyOf(bodyOf(300), ".\r\n"));
  await dialog.quit();
};

/** A bounce: nobody to answer to. */
export const bounce: Scenario = async (server) => {
  const dialog = await hello(server);
  await dialog.ask("MAIL FROM:<>", 250);
  await dialog.ask(rcpt("office@demo.test"), 250);
  await message(dialog, bodyOf(2_000));
  await dialog.quit();
};

/** No mail at all: a monitor that looks whether the server answers. */
const smallTalk: Scenario = async (server) => {
  const dialog = await hello(server);
  await dialog.ask("NOOP", 250);
  await dialog.ask("VRFY office@demo.test", 252);
  await dialog.ask("HELP", 214);
  await dialog.ask("XMONITOR 1", 500);
  await dialog.quit();
};

/** Connects, sees the greeting, goes. */
const knock: Scenario = async (server) => {
  const dialog = await Dialog.open(server);
  await dialog.hangUp();
};

/** Every kind once; the usual ones more often. */
export const SCENARIOS: readonly Scenario[] = [
  ...[pipelined, pipelined, pipelined, pipelined, someRefused, someRefused, oldClient, bounce],
  ...[allRefused, oversizedDeclared, oversized, reset, helloAgain, quitInTransaction],
  ...[hangUpInTransaction, hangUpInMessage, smallTalk, knock],
];

async function hello(server: Address): Promise<Dialog> {
  const dialog = await Dialog.open(server);
  await dialog.ask("EHLO client.demo.test", 250);
  return dialog;
}

async function message(dialog: Dialog, body: string, code = 250): Promise<void> {
  await dialog.ask("DATA", 354);
  dialog.write(body);
  await dialog.expect(code);
}

function rcpt(address: string): string {
  return `RCPT TO:<${address}>`;
}
